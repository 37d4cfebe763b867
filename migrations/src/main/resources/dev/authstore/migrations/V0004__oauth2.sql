-- OAuth 2.0 and OpenID Connect: the clients, what they ask for, and the sessions and tokens they get.

-- The operators of pg_trgm are where V0001 has found or put them.
SELECT set_config('search_path', format('%I, %I', current_schema(), nspname), true)
FROM pg_extension
JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'pg_trgm';

CREATE TABLE oauth2_clients (
  id                              uuid NOT NULL,
  metadata_digest                 text COLLATE "C",
  encrypted_client_secret         text,
  application_type                text,
  redirect_uris                   text[] NOT NULL,
  grant_types                     text[] NOT NULL,
  client_name                     text,
  client_name_folded              text COLLATE "C",
  logo_uri                        text,
  client_uri                      text,
  client_uri_folded               text COLLATE "C",
  policy_uri                      text,
  tos_uri                         text,
  jwks_uri                        text,
  jwks                            jsonb,
  id_token_signed_response_alg    text,
  userinfo_signed_response_alg    text,
  token_endpoint_auth_method      text,
  token_endpoint_auth_signing_alg text,
  initiate_login_uri              text,
  is_static                       boolean NOT NULL,
  CONSTRAINT oauth2_clients_pk PRIMARY KEY (id),
  CONSTRAINT oauth2_clients_metadata_digest_key UNIQUE (metadata_digest),
  CONSTRAINT oauth2_clients_metadata_digest_check CHECK (metadata_digest ~ '^[0-9a-f]{64}$'),
  CONSTRAINT oauth2_clients_shared_check CHECK (
    metadata_digest IS NULL OR (encrypted_client_secret IS NULL AND NOT is_static)),
  CONSTRAINT oauth2_clients_jwks_check CHECK (num_nonnulls(jwks, jwks_uri) <= 1),
  CONSTRAINT oauth2_clients_redirect_uris_check CHECK (array_position(redirect_uris, NULL) IS NULL),
  CONSTRAINT oauth2_clients_grant_types_check CHECK (array_position(grant_types, NULL) IS NULL),
  CONSTRAINT oauth2_clients_client_name_check CHECK ((client_name IS NULL) = (client_name_folded IS NULL)),
  CONSTRAINT oauth2_clients_client_uri_check CHECK ((client_uri IS NULL) = (client_uri_folded IS NULL))
);

COMMENT ON TABLE oauth2_clients IS
  'Static ones mirror the configuration, dynamic ones have registered themselves. A digest of the metadata makes equal '
  'registrations one client; one that got a secret is never shared.';
COMMENT ON COLUMN oauth2_clients.metadata_digest IS 'SHA-256 in hex, no secret';
COMMENT ON COLUMN oauth2_clients.encrypted_client_secret IS 'encrypted by the service, opaque here';

CREATE INDEX oauth2_clients_static_idx ON oauth2_clients (id) WHERE is_static; -- few among many
CREATE INDEX oauth2_clients_grant_types_idx ON oauth2_clients USING gin (grant_types);
CREATE INDEX oauth2_clients_client_name_folded_trgm_idx ON oauth2_clients USING gin (client_name_folded gin_trgm_ops);
CREATE INDEX oauth2_clients_client_uri_folded_trgm_idx ON oauth2_clients USING gin (client_uri_folded gin_trgm_ops);

CREATE TABLE oauth2_sessions (
  id                 uuid NOT NULL,
  client_id          uuid NOT NULL,
  user_id            uuid,
  browser_session_id uuid,
  scope              text[] NOT NULL,
  created_at         timestamptz NOT NULL,
  finished_at        timestamptz,
  user_agent         text,
  human_name         text,
  last_active_at     timestamptz,
  last_active_ip     inet,
  active_day         date NOT NULL GENERATED ALWAYS AS ((coalesce(last_active_at, created_at) AT TIME ZONE 'UTC')::date) STORED,
  ip_day             date GENERATED ALWAYS AS (
    CASE WHEN last_active_ip IS NOT NULL THEN (last_active_at AT TIME ZONE 'UTC')::date END) STORED,
  CONSTRAINT oauth2_sessions_pk PRIMARY KEY (id),
  CONSTRAINT oauth2_sessions_client_id_id_key UNIQUE (client_id, id),
  CONSTRAINT oauth2_sessions_client_id_fk FOREIGN KEY (client_id) REFERENCES oauth2_clients (id) ON DELETE CASCADE,
  CONSTRAINT oauth2_sessions_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT oauth2_sessions_browser_session_id_fk
    FOREIGN KEY (browser_session_id, user_id) REFERENCES browser_sessions (id, user_id),
  CONSTRAINT oauth2_sessions_browser_session_id_check CHECK (browser_session_id IS NULL OR user_id IS NOT NULL),
  CONSTRAINT oauth2_sessions_scope_check CHECK (array_position(scope, NULL) IS NULL),
  CONSTRAINT oauth2_sessions_user_agent_check CHECK (char_length(user_agent) <= 1024),
  CONSTRAINT oauth2_sessions_human_name_check CHECK (octet_length(human_name) BETWEEN 1 AND 512),
  CONSTRAINT oauth2_sessions_last_active_ip_check CHECK (last_active_ip IS NULL OR last_active_at IS NOT NULL)
);

COMMENT ON TABLE oauth2_sessions IS
  'What a client holds: for a user who approved it in a browser, for a user by an administrator''s act, or, without a '
  'user, for itself. Activity as in browser_sessions.';
COMMENT ON CONSTRAINT oauth2_sessions_client_id_id_key ON oauth2_sessions IS 'grants refer to both';

CREATE INDEX oauth2_sessions_user_id_id_idx ON oauth2_sessions (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX oauth2_sessions_browser_session_id_user_id_idx
  ON oauth2_sessions (browser_session_id, user_id) WHERE browser_session_id IS NOT NULL;
CREATE INDEX oauth2_sessions_without_user_idx ON oauth2_sessions (id) WHERE user_id IS NULL;
CREATE INDEX oauth2_sessions_active_client_id_user_id_idx ON oauth2_sessions (client_id, user_id) WHERE finished_at IS NULL;
CREATE INDEX oauth2_sessions_scope_idx ON oauth2_sessions USING gin (scope); -- devices are named in scopes
CREATE INDEX oauth2_sessions_finished_at_id_idx ON oauth2_sessions (finished_at, id) WHERE finished_at IS NOT NULL; -- clean-up
CREATE INDEX oauth2_sessions_active_day_id_idx ON oauth2_sessions (active_day, id) WHERE finished_at IS NULL; -- inactivity
CREATE INDEX oauth2_sessions_ip_day_idx ON oauth2_sessions (ip_day) WHERE ip_day IS NOT NULL; -- erasing addresses

CREATE TABLE oauth2_access_tokens (
  id            uuid NOT NULL,
  session_id    uuid NOT NULL,
  token_digest  bytea NOT NULL,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz,
  revoked_at    timestamptz,
  first_used_at timestamptz,
  CONSTRAINT oauth2_access_tokens_pk PRIMARY KEY (id),
  CONSTRAINT oauth2_access_tokens_token_digest_key UNIQUE (token_digest),
  CONSTRAINT oauth2_access_tokens_session_id_fk FOREIGN KEY (session_id) REFERENCES oauth2_sessions (id) ON DELETE CASCADE,
  CONSTRAINT oauth2_access_tokens_token_digest_check CHECK (octet_length(token_digest) = 32)
);

COMMENT ON TABLE oauth2_access_tokens IS 'Short-lived tokens of a session.';
COMMENT ON COLUMN oauth2_access_tokens.token_digest IS 'SHA-256: a stolen backup opens no session';
COMMENT ON COLUMN oauth2_access_tokens.expires_at IS 'never, if absent';
COMMENT ON COLUMN oauth2_access_tokens.first_used_at IS 'in no index, so that marking the first use stays heap-only';

CREATE INDEX oauth2_access_tokens_session_id_idx ON oauth2_access_tokens (session_id);
CREATE INDEX oauth2_access_tokens_revoked_at_id_idx
  ON oauth2_access_tokens (revoked_at, id) WHERE revoked_at IS NOT NULL; -- clean-up
CREATE INDEX oauth2_access_tokens_expires_at_id_idx
  ON oauth2_access_tokens (expires_at, id) WHERE expires_at IS NOT NULL; -- clean-up

CREATE TABLE oauth2_refresh_tokens (
  id                    uuid NOT NULL,
  session_id            uuid NOT NULL,
  access_token_id       uuid,
  next_refresh_token_id uuid,
  token_digest          bytea NOT NULL,
  created_at            timestamptz NOT NULL,
  consumed_at           timestamptz,
  revoked_at            timestamptz,
  CONSTRAINT oauth2_refresh_tokens_pk PRIMARY KEY (id),
  CONSTRAINT oauth2_refresh_tokens_token_digest_key UNIQUE (token_digest),
  CONSTRAINT oauth2_refresh_tokens_valid_key
    EXCLUDE USING btree (session_id WITH =) WHERE (consumed_at IS NULL AND revoked_at IS NULL)
    DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT oauth2_refresh_tokens_session_id_fk FOREIGN KEY (session_id) REFERENCES oauth2_sessions (id) ON DELETE CASCADE,
  CONSTRAINT oauth2_refresh_tokens_access_token_id_fk
    FOREIGN KEY (access_token_id) REFERENCES oauth2_access_tokens (id) ON DELETE SET NULL,
  CONSTRAINT oauth2_refresh_tokens_next_refresh_token_id_fk
    FOREIGN KEY (next_refresh_token_id) REFERENCES oauth2_refresh_tokens (id) ON DELETE SET NULL,
  CONSTRAINT oauth2_refresh_tokens_token_digest_check CHECK (octet_length(token_digest) = 32),
  CONSTRAINT oauth2_refresh_tokens_stage_check CHECK (
    num_nonnulls(consumed_at, revoked_at) <= 1 AND (next_refresh_token_id IS NULL OR consumed_at IS NOT NULL)),
  CONSTRAINT oauth2_refresh_tokens_next_refresh_token_id_check CHECK (next_refresh_token_id <> id)
);

COMMENT ON TABLE oauth2_refresh_tokens IS
  'Each use replaces a token by its successor, so those of a session form a chain of which only the end is valid. The '
  'links are single columns: to set a composite key null would take the session with it. All writers stay in one '
  'session.';
COMMENT ON COLUMN oauth2_refresh_tokens.access_token_id IS 'issued together; absent once that one was cleaned up';
COMMENT ON CONSTRAINT oauth2_refresh_tokens_valid_key ON oauth2_refresh_tokens IS
  'At the end of the transaction, since a successor is added before its predecessor is consumed.';

CREATE INDEX oauth2_refresh_tokens_session_id_idx ON oauth2_refresh_tokens (session_id);
CREATE INDEX oauth2_refresh_tokens_access_token_id_idx
  ON oauth2_refresh_tokens (access_token_id) WHERE access_token_id IS NOT NULL;
CREATE INDEX oauth2_refresh_tokens_next_refresh_token_id_idx
  ON oauth2_refresh_tokens (next_refresh_token_id) WHERE next_refresh_token_id IS NOT NULL;
CREATE INDEX oauth2_refresh_tokens_revoked_at_id_idx
  ON oauth2_refresh_tokens (revoked_at, id) WHERE revoked_at IS NOT NULL; -- clean-up
CREATE INDEX oauth2_refresh_tokens_consumed_at_id_idx
  ON oauth2_refresh_tokens (consumed_at, id) WHERE consumed_at IS NOT NULL; -- clean-up

CREATE TABLE oauth2_authorization_grants (
  id                     uuid NOT NULL,
  client_id              uuid NOT NULL,
  session_id             uuid,
  browser_session_id     uuid,
  redirect_uri           text NOT NULL,
  scope                  text[] NOT NULL,
  response_type_code     boolean NOT NULL,
  response_type_id_token boolean NOT NULL,
  response_mode          text NOT NULL,
  code_digest            bytea,
  code_challenge         text,
  code_challenge_method  text,
  state                  text,
  nonce                  text,
  login_hint             text,
  locale                 text,
  raw_parameters         jsonb NOT NULL,
  created_at             timestamptz NOT NULL,
  fulfilled_at           timestamptz,
  exchanged_at           timestamptz,
  cancelled_at           timestamptz,
  CONSTRAINT oauth2_authorization_grants_pk PRIMARY KEY (id),
  CONSTRAINT oauth2_authorization_grants_code_digest_key UNIQUE (code_digest),
  CONSTRAINT oauth2_authorization_grants_client_id_fk FOREIGN KEY (client_id) REFERENCES oauth2_clients (id) ON DELETE CASCADE,
  CONSTRAINT oauth2_authorization_grants_client_id_session_id_fk
    FOREIGN KEY (client_id, session_id) REFERENCES oauth2_sessions (client_id, id) ON DELETE CASCADE,
  CONSTRAINT oauth2_authorization_grants_browser_session_id_fk
    FOREIGN KEY (browser_session_id) REFERENCES browser_sessions (id) ON DELETE CASCADE,
  CONSTRAINT oauth2_authorization_grants_scope_check CHECK (array_position(scope, NULL) IS NULL),
  CONSTRAINT oauth2_authorization_grants_response_mode_check CHECK (response_mode IN ('query', 'fragment', 'form_post')),
  CONSTRAINT oauth2_authorization_grants_code_digest_check CHECK (octet_length(code_digest) = 32),
  CONSTRAINT oauth2_authorization_grants_code_challenge_check CHECK (
    (code_challenge IS NULL) = (code_challenge_method IS NULL) AND (code_challenge IS NULL OR response_type_code)),
  CONSTRAINT oauth2_authorization_grants_code_challenge_method_check CHECK (code_challenge_method IN ('plain', 'S256')),
  CONSTRAINT oauth2_authorization_grants_state_check CHECK (octet_length(state) BETWEEN 1 AND 4096),
  CONSTRAINT oauth2_authorization_grants_nonce_check CHECK (octet_length(nonce) BETWEEN 1 AND 4096),
  CONSTRAINT oauth2_authorization_grants_login_hint_check CHECK (octet_length(login_hint) BETWEEN 1 AND 4096),
  CONSTRAINT oauth2_authorization_grants_locale_check CHECK (octet_length(locale) BETWEEN 1 AND 64),
  CONSTRAINT oauth2_authorization_grants_raw_parameters_check CHECK (jsonb_typeof(raw_parameters) = 'object'),
  CONSTRAINT oauth2_authorization_grants_code_check CHECK (
    (code_digest IS NOT NULL) = (response_type_code AND fulfilled_at IS NOT NULL)),
  CONSTRAINT oauth2_authorization_grants_stage_check CHECK (
    CASE
      WHEN exchanged_at IS NOT NULL THEN fulfilled_at IS NOT NULL AND session_id IS NOT NULL AND cancelled_at IS NULL
      WHEN fulfilled_at IS NOT NULL THEN browser_session_id IS NOT NULL AND session_id IS NULL AND cancelled_at IS NULL
      ELSE num_nonnulls(browser_session_id, session_id) = 0
    END)
);

COMMENT ON TABLE oauth2_authorization_grants IS
  'One authorization request, from its arrival until its code is exchanged for a session. Cleaned up by id.';
COMMENT ON COLUMN oauth2_authorization_grants.code_digest IS
  'of a code that is made with the approval: until then there is none to steal';

CREATE INDEX oauth2_authorization_grants_client_id_session_id_idx ON oauth2_authorization_grants (client_id, session_id);
CREATE INDEX oauth2_authorization_grants_browser_session_id_idx
  ON oauth2_authorization_grants (browser_session_id) WHERE browser_session_id IS NOT NULL;

CREATE TABLE oauth2_device_code_grants (
  id                 uuid NOT NULL,
  client_id          uuid NOT NULL,
  session_id         uuid,
  browser_session_id uuid,
  scope              text[] NOT NULL,
  user_code          text COLLATE "C" NOT NULL,
  device_code_digest bytea NOT NULL,
  created_at         timestamptz NOT NULL,
  expires_at         timestamptz NOT NULL,
  fulfilled_at       timestamptz,
  rejected_at        timestamptz,
  exchanged_at       timestamptz,
  last_polled_at     timestamptz,
  ip_address         inet,
  user_agent         text,
  locale             text,
  CONSTRAINT oauth2_device_code_grants_pk PRIMARY KEY (id),
  CONSTRAINT oauth2_device_code_grants_user_code_key UNIQUE (user_code),
  CONSTRAINT oauth2_device_code_grants_device_code_digest_key UNIQUE (device_code_digest),
  CONSTRAINT oauth2_device_code_grants_client_id_fk FOREIGN KEY (client_id) REFERENCES oauth2_clients (id) ON DELETE CASCADE,
  CONSTRAINT oauth2_device_code_grants_client_id_session_id_fk
    FOREIGN KEY (client_id, session_id) REFERENCES oauth2_sessions (client_id, id) ON DELETE CASCADE,
  CONSTRAINT oauth2_device_code_grants_browser_session_id_fk
    FOREIGN KEY (browser_session_id) REFERENCES browser_sessions (id) ON DELETE CASCADE,
  CONSTRAINT oauth2_device_code_grants_scope_check CHECK (array_position(scope, NULL) IS NULL),
  CONSTRAINT oauth2_device_code_grants_user_code_check CHECK (octet_length(user_code) BETWEEN 1 AND 64),
  CONSTRAINT oauth2_device_code_grants_device_code_digest_check CHECK (octet_length(device_code_digest) = 32),
  CONSTRAINT oauth2_device_code_grants_user_agent_check CHECK (char_length(user_agent) <= 1024),
  CONSTRAINT oauth2_device_code_grants_locale_check CHECK (octet_length(locale) BETWEEN 1 AND 64),
  CONSTRAINT oauth2_device_code_grants_stage_check CHECK (
    CASE
      WHEN exchanged_at IS NOT NULL THEN num_nonnulls(fulfilled_at, browser_session_id, session_id) = 3 AND rejected_at IS NULL
      WHEN fulfilled_at IS NOT NULL THEN browser_session_id IS NOT NULL AND num_nonnulls(session_id, rejected_at) = 0
      WHEN rejected_at IS NOT NULL THEN browser_session_id IS NOT NULL AND num_nonnulls(session_id, locale) = 0
      ELSE num_nonnulls(browser_session_id, session_id, locale) = 0
    END)
);

COMMENT ON TABLE oauth2_device_code_grants IS
  'A device without a browser polls with the device code while somebody approves the user code elsewhere. Cleaned up '
  'by id; last_polled_at is in no index, so that polling stays heap-only.';
COMMENT ON COLUMN oauth2_device_code_grants.user_code IS 'too short to hide by a digest, and useless without a login';

CREATE INDEX oauth2_device_code_grants_client_id_session_id_idx ON oauth2_device_code_grants (client_id, session_id);
CREATE INDEX oauth2_device_code_grants_browser_session_id_idx
  ON oauth2_device_code_grants (browser_session_id) WHERE browser_session_id IS NOT NULL;
