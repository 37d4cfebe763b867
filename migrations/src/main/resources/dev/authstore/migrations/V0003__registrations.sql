-- Sign-ups in progress, proofs of control over an e-mail address, and how people proved who they are.

CREATE TABLE user_registrations (
  id                            uuid NOT NULL,
  username                      text COLLATE "C" NOT NULL,
  display_name                  text,
  terms_url                     text,
  email_authentication_id       uuid,
  email_authentication_attached boolean NOT NULL DEFAULT false,
  registration_token_id         uuid,
  registration_token_attached   boolean NOT NULL DEFAULT false,
  upstream_session_id           uuid,
  upstream_session_attached     boolean NOT NULL DEFAULT false,
  hashed_password               text COLLATE "C",
  password_version              integer,
  post_auth_action              jsonb,
  ip_address                    inet,
  user_agent                    text,
  created_at                    timestamptz NOT NULL,
  completed_at                  timestamptz,
  CONSTRAINT user_registrations_pk PRIMARY KEY (id),
  CONSTRAINT user_registrations_registration_token_id_fk
    FOREIGN KEY (registration_token_id) REFERENCES user_registration_tokens (id) ON DELETE SET NULL,
  CONSTRAINT user_registrations_upstream_session_id_fk
    FOREIGN KEY (upstream_session_id) REFERENCES upstream_oauth_authorization_sessions (id) ON DELETE SET NULL,
  CONSTRAINT user_registrations_username_check CHECK (octet_length(username) BETWEEN 1 AND 255),
  CONSTRAINT user_registrations_display_name_check CHECK (octet_length(display_name) <= 1024),
  CONSTRAINT user_registrations_terms_url_check CHECK (octet_length(terms_url) BETWEEN 1 AND 2000),
  CONSTRAINT user_registrations_attached_check CHECK (
    (email_authentication_attached OR email_authentication_id IS NULL)
    AND (registration_token_attached OR registration_token_id IS NULL)
    AND (upstream_session_attached OR upstream_session_id IS NULL)),
  CONSTRAINT user_registrations_password_check CHECK (
    num_nonnulls(hashed_password, password_version) IN (0, 2) AND password_version BETWEEN 0 AND 65535),
  CONSTRAINT user_registrations_completed_check CHECK (completed_at IS NULL OR hashed_password IS NULL),
  CONSTRAINT user_registrations_user_agent_check CHECK (char_length(user_agent) <= 1024)
);

COMMENT ON TABLE user_registrations IS
  'What the steps of a sign-up have brought together. An attached row that is deleted leaves its column empty; the '
  'flag beside it remembers, so that an address or invitation that was asked for is not taken for one that was not.';

CREATE INDEX user_registrations_registration_token_id_idx
  ON user_registrations (registration_token_id) WHERE registration_token_id IS NOT NULL;
CREATE INDEX user_registrations_upstream_session_id_idx
  ON user_registrations (upstream_session_id) WHERE upstream_session_id IS NOT NULL;
CREATE INDEX user_registrations_password_idx ON user_registrations (id) WHERE hashed_password IS NOT NULL; -- erasing them

CREATE TABLE user_email_authentications (
  id                   uuid NOT NULL,
  browser_session_id   uuid,
  user_registration_id uuid,
  email                text COLLATE "C" NOT NULL,
  created_at           timestamptz NOT NULL,
  failed_attempts      integer NOT NULL DEFAULT 0,
  completed_at         timestamptz,
  CONSTRAINT user_email_authentications_pk PRIMARY KEY (id),
  CONSTRAINT user_email_authentications_browser_session_id_fk
    FOREIGN KEY (browser_session_id) REFERENCES browser_sessions (id) ON DELETE CASCADE,
  CONSTRAINT user_email_authentications_user_registration_id_fk
    FOREIGN KEY (user_registration_id) REFERENCES user_registrations (id) ON DELETE CASCADE,
  CONSTRAINT user_email_authentications_origin_check CHECK (num_nonnulls(browser_session_id, user_registration_id) = 1),
  CONSTRAINT user_email_authentications_email_check CHECK (octet_length(email) BETWEEN 1 AND 320),
  CONSTRAINT user_email_authentications_failed_attempts_check CHECK (failed_attempts >= 0)
);

COMMENT ON TABLE user_email_authentications IS
  'One attempt to prove control over an address, by somebody who is logged in or is signing up.';

CREATE INDEX user_email_authentications_browser_session_id_idx
  ON user_email_authentications (browser_session_id) WHERE browser_session_id IS NOT NULL;
CREATE INDEX user_email_authentications_user_registration_id_idx
  ON user_email_authentications (user_registration_id) WHERE user_registration_id IS NOT NULL;

ALTER TABLE user_registrations ADD CONSTRAINT user_registrations_email_authentication_id_fk
  FOREIGN KEY (email_authentication_id) REFERENCES user_email_authentications (id) ON DELETE SET NULL;

CREATE INDEX user_registrations_email_authentication_id_idx
  ON user_registrations (email_authentication_id) WHERE email_authentication_id IS NOT NULL;

CREATE TABLE user_email_authentication_codes (
  id                uuid NOT NULL,
  authentication_id uuid NOT NULL,
  digest            bytea NOT NULL,
  created_at        timestamptz NOT NULL,
  expires_at        timestamptz NOT NULL,
  CONSTRAINT user_email_authentication_codes_pk PRIMARY KEY (id),
  CONSTRAINT user_email_authentication_codes_authentication_id_digest_key UNIQUE (authentication_id, digest),
  CONSTRAINT user_email_authentication_codes_authentication_id_fk
    FOREIGN KEY (authentication_id) REFERENCES user_email_authentications (id) ON DELETE CASCADE,
  CONSTRAINT user_email_authentication_codes_digest_check CHECK (octet_length(digest) = 32),
  CONSTRAINT user_email_authentication_codes_expires_at_check CHECK (expires_at > created_at)
);

COMMENT ON TABLE user_email_authentication_codes IS 'A code sent to the address of an attempt.';
COMMENT ON COLUMN user_email_authentication_codes.digest IS
  'over the authentication''s id and the code, with a key if there is one';

CREATE TABLE browser_session_authentications (
  id                  uuid NOT NULL,
  browser_session_id  uuid NOT NULL,
  created_at          timestamptz NOT NULL,
  user_password_id    uuid,
  upstream_session_id uuid,
  CONSTRAINT browser_session_authentications_pk PRIMARY KEY (id),
  CONSTRAINT browser_session_authentications_browser_session_id_fk
    FOREIGN KEY (browser_session_id) REFERENCES browser_sessions (id) ON DELETE CASCADE,
  CONSTRAINT browser_session_authentications_user_password_id_fk
    FOREIGN KEY (user_password_id) REFERENCES user_passwords (id) ON DELETE SET NULL,
  CONSTRAINT browser_session_authentications_upstream_session_id_fk
    FOREIGN KEY (upstream_session_id) REFERENCES upstream_oauth_authorization_sessions (id) ON DELETE SET NULL,
  CONSTRAINT browser_session_authentications_method_check CHECK (num_nonnulls(user_password_id, upstream_session_id) <= 1)
);

COMMENT ON TABLE browser_session_authentications IS 'Each event in a browser session in which the person proved who they are.';

CREATE INDEX browser_session_authentications_last_idx
  ON browser_session_authentications (browser_session_id, created_at DESC, id DESC);
CREATE INDEX browser_session_authentications_user_password_id_idx
  ON browser_session_authentications (user_password_id) WHERE user_password_id IS NOT NULL;
CREATE INDEX browser_session_authentications_upstream_session_id_idx
  ON browser_session_authentications (upstream_session_id) WHERE upstream_session_id IS NOT NULL;
