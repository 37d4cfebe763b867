-- Login at other identity providers: the providers, the identities met there, and each run of the flow.

-- The operators of pg_trgm are where V0001 has found or put them.
SELECT set_config('search_path', format('%I, %I', current_schema(), nspname), true)
FROM pg_extension
JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'pg_trgm';

CREATE TABLE upstream_oauth_providers (
  id                                  uuid NOT NULL,
  issuer                              text,
  human_name                          text,
  brand_name                          text,
  scope                               text[] NOT NULL,
  client_id                           text NOT NULL,
  encrypted_client_secret             text,
  token_endpoint_auth_method          text NOT NULL,
  token_endpoint_signing_alg          text,
  id_token_signed_response_alg        text NOT NULL DEFAULT 'RS256',
  fetch_userinfo                      boolean NOT NULL DEFAULT false,
  userinfo_signed_response_alg        text,
  discovery_mode                      text NOT NULL DEFAULT 'oidc',
  pkce_mode                           text NOT NULL DEFAULT 'auto',
  response_mode                       text,
  authorization_endpoint_override     text,
  token_endpoint_override             text,
  userinfo_endpoint_override          text,
  jwks_uri_override                   text,
  claims_imports                      jsonb NOT NULL DEFAULT '{}',
  additional_authorization_parameters jsonb NOT NULL DEFAULT '[]',
  forward_login_hint                  boolean NOT NULL DEFAULT false,
  on_backchannel_logout               text NOT NULL DEFAULT 'do_nothing',
  registration_token_required         boolean NOT NULL DEFAULT false,
  ui_order                            integer NOT NULL DEFAULT 0,
  created_at                          timestamptz NOT NULL,
  disabled_at                         timestamptz,
  CONSTRAINT upstream_oauth_providers_pk PRIMARY KEY (id),
  CONSTRAINT upstream_oauth_providers_scope_check CHECK (cardinality(scope) > 0 AND array_position(scope, NULL) IS NULL),
  CONSTRAINT upstream_oauth_providers_client_id_check CHECK (client_id <> ''),
  CONSTRAINT upstream_oauth_providers_token_endpoint_auth_method_check CHECK (token_endpoint_auth_method IN (
    'none', 'client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'sign_in_with_apple')),
  CONSTRAINT upstream_oauth_providers_discovery_mode_check CHECK (discovery_mode IN ('oidc', 'insecure', 'disabled')),
  CONSTRAINT upstream_oauth_providers_pkce_mode_check CHECK (pkce_mode IN ('auto', 's256', 'disabled')),
  CONSTRAINT upstream_oauth_providers_response_mode_check CHECK (response_mode IN ('query', 'form_post')),
  CONSTRAINT upstream_oauth_providers_on_backchannel_logout_check CHECK (on_backchannel_logout IN (
    'do_nothing', 'logout_browser_only', 'logout_all')),
  CONSTRAINT upstream_oauth_providers_claims_imports_check CHECK (jsonb_typeof(claims_imports) = 'object'),
  CONSTRAINT upstream_oauth_providers_authorization_parameters_check CHECK (
    jsonb_typeof(additional_authorization_parameters) = 'array')
);

COMMENT ON TABLE upstream_oauth_providers IS 'Other identity providers that people may log in with.';
COMMENT ON COLUMN upstream_oauth_providers.encrypted_client_secret IS 'encrypted by the service, opaque here';

CREATE TABLE upstream_oauth_links (
  id                        uuid NOT NULL,
  provider_id               uuid NOT NULL,
  user_id                   uuid,
  subject                   text COLLATE "C" NOT NULL,
  human_account_name        text,
  human_account_name_folded text COLLATE "C",
  created_at                timestamptz NOT NULL,
  CONSTRAINT upstream_oauth_links_pk PRIMARY KEY (id),
  CONSTRAINT upstream_oauth_links_subject_provider_id_key UNIQUE (subject, provider_id),
  CONSTRAINT upstream_oauth_links_id_provider_id_key UNIQUE (id, provider_id),
  CONSTRAINT upstream_oauth_links_provider_id_fk FOREIGN KEY (provider_id) REFERENCES upstream_oauth_providers (id) ON DELETE CASCADE,
  CONSTRAINT upstream_oauth_links_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT upstream_oauth_links_subject_check CHECK (octet_length(subject) BETWEEN 1 AND 2048),
  CONSTRAINT upstream_oauth_links_human_account_name_check CHECK (
    (human_account_name IS NULL) = (human_account_name_folded IS NULL) AND octet_length(human_account_name) <= 1024)
);

COMMENT ON TABLE upstream_oauth_links IS 'An identity met at a provider, and the account it belongs to, if any yet.';
COMMENT ON CONSTRAINT upstream_oauth_links_id_provider_id_key ON upstream_oauth_links IS 'sessions refer to both';

CREATE INDEX upstream_oauth_links_provider_id_id_idx ON upstream_oauth_links (provider_id, id);
CREATE INDEX upstream_oauth_links_user_id_provider_id_id_idx ON upstream_oauth_links (user_id, provider_id, id);
CREATE INDEX upstream_oauth_links_orphan_idx ON upstream_oauth_links (id) WHERE user_id IS NULL; -- clean-up
CREATE INDEX upstream_oauth_links_human_account_name_folded_trgm_idx
  ON upstream_oauth_links USING gin (human_account_name_folded gin_trgm_ops);

CREATE TABLE upstream_oauth_authorization_sessions (
  id                        uuid NOT NULL,
  provider_id               uuid NOT NULL,
  state                     text COLLATE "C" NOT NULL,
  code_challenge_verifier   text,
  nonce                     text,
  created_at                timestamptz NOT NULL,
  link_id                   uuid,
  browser_session_id        uuid,
  completed_at              timestamptz,
  consumed_at               timestamptz,
  unlinked_at               timestamptz,
  id_token                  text,
  id_token_claims           jsonb,
  extra_callback_parameters jsonb,
  userinfo                  jsonb,
  CONSTRAINT upstream_oauth_authorization_sessions_pk PRIMARY KEY (id),
  CONSTRAINT upstream_oauth_authorization_sessions_state_key UNIQUE (state),
  CONSTRAINT upstream_oauth_authorization_sessions_provider_id_fk
    FOREIGN KEY (provider_id) REFERENCES upstream_oauth_providers (id) ON DELETE CASCADE,
  CONSTRAINT upstream_oauth_authorization_sessions_link_id_fk
    FOREIGN KEY (link_id, provider_id) REFERENCES upstream_oauth_links (id, provider_id),
  CONSTRAINT upstream_oauth_authorization_sessions_browser_session_id_fk
    FOREIGN KEY (browser_session_id) REFERENCES browser_sessions (id) ON DELETE SET NULL,
  CONSTRAINT upstream_oauth_authorization_sessions_state_check CHECK (octet_length(state) BETWEEN 1 AND 1024),
  CONSTRAINT upstream_oauth_authorization_sessions_stage_check CHECK (
    CASE
      WHEN unlinked_at IS NOT NULL THEN completed_at IS NOT NULL AND link_id IS NULL
        AND num_nonnulls(code_challenge_verifier, nonce, id_token, extra_callback_parameters, userinfo) = 0
      WHEN completed_at IS NOT NULL THEN link_id IS NOT NULL
        AND num_nonnulls(code_challenge_verifier, nonce) = 0
      ELSE link_id IS NULL AND consumed_at IS NULL
        AND num_nonnulls(id_token, id_token_claims, extra_callback_parameters, userinfo) = 0
    END)
);

COMMENT ON TABLE upstream_oauth_authorization_sessions IS
  'One run of the authorization code flow at a provider. Kept as long as its browser session: a logout sent by the '
  'provider finds the browser session through it.';
COMMENT ON COLUMN upstream_oauth_authorization_sessions.code_challenge_verifier IS
  'this and the nonce have served when the person comes back';

CREATE INDEX upstream_oauth_authorization_sessions_link_id_idx
  ON upstream_oauth_authorization_sessions (link_id, provider_id) WHERE link_id IS NOT NULL;
CREATE INDEX upstream_oauth_authorization_sessions_browser_session_id_idx
  ON upstream_oauth_authorization_sessions (browser_session_id) WHERE browser_session_id IS NOT NULL;
CREATE INDEX upstream_oauth_authorization_sessions_orphan_idx
  ON upstream_oauth_authorization_sessions (id) WHERE browser_session_id IS NULL; -- clean-up
-- A logout token names the subject, the provider's session, or both. What is longer than an index takes is found by how it
-- begins.
CREATE INDEX upstream_oauth_authorization_sessions_sub_sid_idx
  ON upstream_oauth_authorization_sessions (
    provider_id,
    (left(id_token_claims ->> 'sub', 255) COLLATE "C"),
    (left(id_token_claims ->> 'sid', 255) COLLATE "C"));
CREATE INDEX upstream_oauth_authorization_sessions_sid_sub_idx
  ON upstream_oauth_authorization_sessions (
    provider_id,
    (left(id_token_claims ->> 'sid', 255) COLLATE "C"),
    (left(id_token_claims ->> 'sub', 255) COLLATE "C"));
