-- Access for scripts: sessions that act as a user, made by that user, an administrator or a client, and their tokens.

CREATE TABLE personal_sessions (
  id              uuid NOT NULL,
  owner_user_id   uuid,
  owner_client_id uuid,
  actor_user_id   uuid NOT NULL,
  human_name      text NOT NULL,
  scope           text[] NOT NULL,
  created_at      timestamptz NOT NULL,
  revoked_at      timestamptz,
  last_active_at  timestamptz,
  last_active_ip  inet,
  active_day      date NOT NULL GENERATED ALWAYS AS ((coalesce(last_active_at, created_at) AT TIME ZONE 'UTC')::date) STORED,
  ip_day          date GENERATED ALWAYS AS (
    CASE WHEN last_active_ip IS NOT NULL THEN (last_active_at AT TIME ZONE 'UTC')::date END) STORED,
  CONSTRAINT personal_sessions_pk PRIMARY KEY (id),
  CONSTRAINT personal_sessions_owner_user_id_fk FOREIGN KEY (owner_user_id) REFERENCES users (id),
  CONSTRAINT personal_sessions_owner_client_id_fk
    FOREIGN KEY (owner_client_id) REFERENCES oauth2_clients (id) ON DELETE CASCADE,
  CONSTRAINT personal_sessions_actor_user_id_fk FOREIGN KEY (actor_user_id) REFERENCES users (id),
  CONSTRAINT personal_sessions_owner_check CHECK (num_nonnulls(owner_user_id, owner_client_id) = 1),
  CONSTRAINT personal_sessions_human_name_check CHECK (octet_length(human_name) BETWEEN 1 AND 512),
  CONSTRAINT personal_sessions_scope_check CHECK (array_position(scope, NULL) IS NULL),
  CONSTRAINT personal_sessions_last_active_ip_check CHECK (last_active_ip IS NULL OR last_active_at IS NOT NULL)
);

COMMENT ON TABLE personal_sessions IS 'What a script holds that acts as a user. Activity as in browser_sessions.';

CREATE INDEX personal_sessions_owner_user_id_id_idx ON personal_sessions (owner_user_id, id) WHERE owner_user_id IS NOT NULL;
CREATE INDEX personal_sessions_owner_client_id_id_idx
  ON personal_sessions (owner_client_id, id) WHERE owner_client_id IS NOT NULL;
CREATE INDEX personal_sessions_actor_user_id_id_idx ON personal_sessions (actor_user_id, id);
CREATE INDEX personal_sessions_scope_idx ON personal_sessions USING gin (scope); -- devices are named in scopes
CREATE INDEX personal_sessions_revoked_at_id_idx ON personal_sessions (revoked_at, id) WHERE revoked_at IS NOT NULL; -- clean-up
CREATE INDEX personal_sessions_active_day_id_idx ON personal_sessions (active_day, id) WHERE revoked_at IS NULL; -- inactivity
CREATE INDEX personal_sessions_ip_day_idx ON personal_sessions (ip_day) WHERE ip_day IS NOT NULL; -- erasing addresses

CREATE TABLE personal_access_tokens (
  id           uuid NOT NULL,
  session_id   uuid NOT NULL,
  token_digest bytea NOT NULL,
  created_at   timestamptz NOT NULL,
  expires_at   timestamptz,
  revoked_at   timestamptz,
  CONSTRAINT personal_access_tokens_pk PRIMARY KEY (id),
  CONSTRAINT personal_access_tokens_token_digest_key UNIQUE (token_digest),
  CONSTRAINT personal_access_tokens_session_id_fk
    FOREIGN KEY (session_id) REFERENCES personal_sessions (id) ON DELETE CASCADE,
  CONSTRAINT personal_access_tokens_token_digest_check CHECK (octet_length(token_digest) = 32)
);

COMMENT ON TABLE personal_access_tokens IS
  'A session has one that is not revoked, expired or not. Revoked ones stay as long as their session.';
COMMENT ON COLUMN personal_access_tokens.token_digest IS 'SHA-256: a stolen backup opens no session';
COMMENT ON COLUMN personal_access_tokens.expires_at IS 'never, if absent';

CREATE UNIQUE INDEX personal_access_tokens_active_key ON personal_access_tokens (session_id) WHERE revoked_at IS NULL;
CREATE INDEX personal_access_tokens_session_id_idx ON personal_access_tokens (session_id);
CREATE INDEX personal_access_tokens_active_expires_at_idx
  ON personal_access_tokens (expires_at) WHERE revoked_at IS NULL; -- which sessions expire, and when
