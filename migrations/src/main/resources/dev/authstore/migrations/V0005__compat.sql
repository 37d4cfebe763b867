-- Logins by the older API of Matrix: the sessions of its clients, their tokens, and the way to them through a browser.

CREATE TABLE compat_sessions (
  id                 uuid NOT NULL,
  user_id            uuid NOT NULL,
  browser_session_id uuid,
  device_id          text COLLATE "C",
  human_name         text,
  is_synapse_admin   boolean NOT NULL,
  created_at         timestamptz NOT NULL,
  finished_at        timestamptz,
  user_agent         text,
  last_active_at     timestamptz,
  last_active_ip     inet,
  active_day         date NOT NULL GENERATED ALWAYS AS ((coalesce(last_active_at, created_at) AT TIME ZONE 'UTC')::date) STORED,
  ip_day             date GENERATED ALWAYS AS (
    CASE WHEN last_active_ip IS NOT NULL THEN (last_active_at AT TIME ZONE 'UTC')::date END) STORED,
  CONSTRAINT compat_sessions_pk PRIMARY KEY (id),
  CONSTRAINT compat_sessions_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT compat_sessions_browser_session_id_fk
    FOREIGN KEY (browser_session_id, user_id) REFERENCES browser_sessions (id, user_id),
  CONSTRAINT compat_sessions_device_id_check CHECK (octet_length(device_id) BETWEEN 1 AND 512),
  CONSTRAINT compat_sessions_human_name_check CHECK (octet_length(human_name) BETWEEN 1 AND 512),
  CONSTRAINT compat_sessions_user_agent_check CHECK (char_length(user_agent) <= 1024),
  CONSTRAINT compat_sessions_last_active_ip_check CHECK (last_active_ip IS NULL OR last_active_at IS NOT NULL)
);

COMMENT ON TABLE compat_sessions IS
  'A device has one session at a time; only imported sessions are without a device. Activity as in browser_sessions.';
COMMENT ON CONSTRAINT compat_sessions_browser_session_id_fk ON compat_sessions IS
  'Not by cascade: a logout sent by an upstream provider finds the session through the browser session.';

CREATE UNIQUE INDEX compat_sessions_active_key ON compat_sessions (user_id, device_id) WHERE finished_at IS NULL;
CREATE INDEX compat_sessions_user_id_id_idx ON compat_sessions (user_id, id);
CREATE INDEX compat_sessions_device_id_id_idx ON compat_sessions (device_id, id) WHERE device_id IS NOT NULL;
CREATE INDEX compat_sessions_browser_session_id_user_id_idx
  ON compat_sessions (browser_session_id, user_id) WHERE browser_session_id IS NOT NULL;
CREATE INDEX compat_sessions_finished_at_id_idx ON compat_sessions (finished_at, id) WHERE finished_at IS NOT NULL; -- clean-up
CREATE INDEX compat_sessions_active_day_id_idx ON compat_sessions (active_day, id) WHERE finished_at IS NULL; -- inactivity
CREATE INDEX compat_sessions_ip_day_idx ON compat_sessions (ip_day) WHERE ip_day IS NOT NULL; -- erasing addresses

CREATE TABLE compat_access_tokens (
  id           uuid NOT NULL,
  session_id   uuid NOT NULL,
  token_digest bytea NOT NULL,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz,
  CONSTRAINT compat_access_tokens_pk PRIMARY KEY (id),
  CONSTRAINT compat_access_tokens_session_id_id_key UNIQUE (session_id, id),
  CONSTRAINT compat_access_tokens_token_digest_key UNIQUE (token_digest),
  CONSTRAINT compat_access_tokens_session_id_fk FOREIGN KEY (session_id) REFERENCES compat_sessions (id) ON DELETE CASCADE,
  CONSTRAINT compat_access_tokens_token_digest_check CHECK (octet_length(token_digest) = 32)
);

COMMENT ON TABLE compat_access_tokens IS 'A session may have several at once. Finishing the session disables them all.';
COMMENT ON COLUMN compat_access_tokens.token_digest IS 'SHA-256: a stolen backup opens no session';
COMMENT ON COLUMN compat_access_tokens.expires_at IS 'never, if absent';
COMMENT ON CONSTRAINT compat_access_tokens_session_id_id_key ON compat_access_tokens IS 'refresh tokens refer to both';

CREATE INDEX compat_access_tokens_expires_at_id_idx
  ON compat_access_tokens (expires_at, id) WHERE expires_at IS NOT NULL; -- clean-up

CREATE TABLE compat_refresh_tokens (
  id              uuid NOT NULL,
  session_id      uuid NOT NULL,
  access_token_id uuid NOT NULL,
  token_digest    bytea NOT NULL,
  created_at      timestamptz NOT NULL,
  consumed_at     timestamptz,
  CONSTRAINT compat_refresh_tokens_pk PRIMARY KEY (id),
  CONSTRAINT compat_refresh_tokens_token_digest_key UNIQUE (token_digest),
  CONSTRAINT compat_refresh_tokens_session_id_fk FOREIGN KEY (session_id) REFERENCES compat_sessions (id) ON DELETE CASCADE,
  CONSTRAINT compat_refresh_tokens_access_token_id_fk
    FOREIGN KEY (access_token_id, session_id) REFERENCES compat_access_tokens (id, session_id),
  CONSTRAINT compat_refresh_tokens_token_digest_check CHECK (octet_length(token_digest) = 32)
);

COMMENT ON TABLE compat_refresh_tokens IS
  'For one use. Imported sessions may have several that are valid; using one of them consumes the others.';
COMMENT ON COLUMN compat_refresh_tokens.access_token_id IS 'issued together';

CREATE INDEX compat_refresh_tokens_session_id_idx ON compat_refresh_tokens (session_id);
CREATE INDEX compat_refresh_tokens_valid_session_id_idx ON compat_refresh_tokens (session_id) WHERE consumed_at IS NULL;
CREATE INDEX compat_refresh_tokens_access_token_id_session_id_idx ON compat_refresh_tokens (access_token_id, session_id);
CREATE INDEX compat_refresh_tokens_consumed_at_id_idx
  ON compat_refresh_tokens (consumed_at, id) WHERE consumed_at IS NOT NULL; -- clean-up

CREATE TABLE compat_sso_logins (
  id                 uuid NOT NULL,
  browser_session_id uuid,
  session_id         uuid,
  redirect_uri       text NOT NULL,
  login_token_digest bytea,
  created_at         timestamptz NOT NULL,
  fulfilled_at       timestamptz,
  exchanged_at       timestamptz,
  CONSTRAINT compat_sso_logins_pk PRIMARY KEY (id),
  CONSTRAINT compat_sso_logins_session_id_key UNIQUE (session_id),
  CONSTRAINT compat_sso_logins_login_token_digest_key UNIQUE (login_token_digest),
  CONSTRAINT compat_sso_logins_browser_session_id_fk
    FOREIGN KEY (browser_session_id) REFERENCES browser_sessions (id) ON DELETE CASCADE,
  CONSTRAINT compat_sso_logins_session_id_fk FOREIGN KEY (session_id) REFERENCES compat_sessions (id) ON DELETE CASCADE,
  CONSTRAINT compat_sso_logins_redirect_uri_check CHECK (octet_length(redirect_uri) BETWEEN 1 AND 2048),
  CONSTRAINT compat_sso_logins_login_token_digest_check CHECK (octet_length(login_token_digest) = 32),
  CONSTRAINT compat_sso_logins_login_token_check CHECK ((login_token_digest IS NOT NULL) = (fulfilled_at IS NOT NULL)),
  CONSTRAINT compat_sso_logins_stage_check CHECK (
    CASE
      WHEN exchanged_at IS NOT NULL THEN num_nonnulls(fulfilled_at, session_id) = 2
      WHEN fulfilled_at IS NOT NULL THEN browser_session_id IS NOT NULL AND session_id IS NULL
      ELSE num_nonnulls(browser_session_id, session_id) = 0
    END)
);

COMMENT ON TABLE compat_sso_logins IS
  'One login approved in a browser, until the client exchanges its token for a session. Anybody can begin one. Those '
  'that were never exchanged are cleaned up by id.';
COMMENT ON COLUMN compat_sso_logins.login_token_digest IS
  'of a token that is made with the approval: until then there is none to steal';

CREATE INDEX compat_sso_logins_browser_session_id_idx
  ON compat_sso_logins (browser_session_id) WHERE browser_session_id IS NOT NULL;
CREATE INDEX compat_sso_logins_unexchanged_idx ON compat_sso_logins (id) WHERE exchanged_at IS NULL; -- clean-up
