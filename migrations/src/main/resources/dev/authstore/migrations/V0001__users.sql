-- Accounts, their addresses and passwords, how lost ones are reset, and the browsers they are logged in with.

-- One extension serves all Authstore schemas of a database. The lock keeps two migrators from creating it at once;
-- the search path finds its operators wherever the first one has put it.
SELECT pg_advisory_xact_lock(hashtext('authstore/extension'), hashtext('pg_trgm'));

CREATE EXTENSION IF NOT EXISTS pg_trgm;

SELECT set_config('search_path', format('%I, %I', current_schema(), nspname), true)
FROM pg_extension
JOIN pg_namespace ON pg_namespace.oid = extnamespace
WHERE extname = 'pg_trgm';

CREATE TABLE schema_compatibility (
  id            integer NOT NULL,
  oldest_script integer NOT NULL,
  CONSTRAINT schema_compatibility_pk PRIMARY KEY (id),
  CONSTRAINT schema_compatibility_id_check CHECK (id = 1)
);

COMMENT ON TABLE schema_compatibility IS
  'One row, for programs older than the schema: the oldest script that they must know to work with it. A script that '
  'older programs cannot live with raises it to its own number.';

INSERT INTO schema_compatibility (id, oldest_script) VALUES (1, 1);

CREATE TABLE users (
  id                uuid NOT NULL,
  username          text COLLATE "C" NOT NULL,
  username_folded   text COLLATE "C" NOT NULL,
  created_at        timestamptz NOT NULL,
  locked_at         timestamptz,
  deactivated_at    timestamptz,
  can_request_admin boolean NOT NULL DEFAULT false,
  is_guest          boolean NOT NULL DEFAULT false,
  CONSTRAINT users_pk PRIMARY KEY (id),
  CONSTRAINT users_username_key UNIQUE (username),
  CONSTRAINT users_username_check CHECK (octet_length(username) BETWEEN 1 AND 255)
);

COMMENT ON TABLE users IS
  'Accounts. Folded text is made by the program (dev.authstore.model.Folding), so that equal names do not depend on '
  'the server''s locale.';

CREATE INDEX users_username_folded_idx ON users (username_folded); -- not unique: imported names may differ in case only
CREATE INDEX users_username_folded_trgm_idx ON users USING gin (username_folded gin_trgm_ops);
-- Few among many, which administrators look for.
CREATE INDEX users_locked_idx ON users (id) WHERE locked_at IS NOT NULL;
CREATE INDEX users_deactivated_idx ON users (id) WHERE deactivated_at IS NOT NULL;
CREATE INDEX users_can_request_admin_idx ON users (id) WHERE can_request_admin;
CREATE INDEX users_guest_idx ON users (id) WHERE is_guest;

CREATE TABLE user_unsupported_third_party_ids (
  user_id    uuid NOT NULL,
  medium     text COLLATE "C" NOT NULL,
  address    text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT user_unsupported_third_party_ids_pk PRIMARY KEY (user_id, medium, address),
  CONSTRAINT user_unsupported_third_party_ids_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
);

COMMENT ON TABLE user_unsupported_third_party_ids IS
  'Telephone numbers and the like that an import brought along; only ever deleted.';

CREATE TABLE user_emails (
  id           uuid NOT NULL,
  user_id      uuid NOT NULL,
  email        text COLLATE "C" NOT NULL,
  email_folded text COLLATE "C" NOT NULL,
  created_at   timestamptz NOT NULL,
  CONSTRAINT user_emails_pk PRIMARY KEY (id),
  CONSTRAINT user_emails_user_id_email_folded_key UNIQUE (user_id, email_folded),
  CONSTRAINT user_emails_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT user_emails_email_check CHECK (octet_length(email) BETWEEN 1 AND 320)
);

COMMENT ON TABLE user_emails IS 'Verified addresses only. Several accounts may share one.';

CREATE INDEX user_emails_email_folded_id_idx ON user_emails (email_folded, id);

CREATE TABLE user_passwords (
  id               uuid NOT NULL,
  user_id          uuid NOT NULL,
  hashed_password  text COLLATE "C",
  version          integer NOT NULL,
  upgraded_from_id uuid,
  created_at       timestamptz NOT NULL,
  superseded_at    timestamptz,
  CONSTRAINT user_passwords_pk PRIMARY KEY (id),
  CONSTRAINT user_passwords_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT user_passwords_upgraded_from_id_fk FOREIGN KEY (upgraded_from_id) REFERENCES user_passwords (id) ON DELETE SET NULL,
  CONSTRAINT user_passwords_version_check CHECK (version BETWEEN 0 AND 65535),
  CONSTRAINT user_passwords_hashed_password_check CHECK ((superseded_at IS NULL) = (hashed_password IS NOT NULL))
);

COMMENT ON TABLE user_passwords IS 'Every password a user has had; the one not superseded counts. Superseding erases the hash.';

CREATE UNIQUE INDEX user_passwords_active_key ON user_passwords (user_id) WHERE superseded_at IS NULL;
CREATE INDEX user_passwords_user_id_idx ON user_passwords (user_id);
CREATE INDEX user_passwords_upgraded_from_id_idx ON user_passwords (upgraded_from_id) WHERE upgraded_from_id IS NOT NULL;

CREATE TABLE user_recovery_sessions (
  id           uuid NOT NULL,
  email        text COLLATE "C" NOT NULL,
  email_folded text COLLATE "C" NOT NULL,
  user_agent   text NOT NULL,
  ip_address   inet,
  locale       text NOT NULL,
  created_at   timestamptz NOT NULL,
  consumed_at  timestamptz,
  CONSTRAINT user_recovery_sessions_pk PRIMARY KEY (id),
  CONSTRAINT user_recovery_sessions_email_check CHECK (octet_length(email) BETWEEN 1 AND 320),
  CONSTRAINT user_recovery_sessions_user_agent_check CHECK (char_length(user_agent) <= 1024),
  CONSTRAINT user_recovery_sessions_locale_check CHECK (octet_length(locale) BETWEEN 1 AND 64)
);

COMMENT ON TABLE user_recovery_sessions IS
  'One request to reset a lost password, by a browser that nobody is logged in with. The address may be nobody''s.';

CREATE TABLE user_recovery_tickets (
  id                  uuid NOT NULL,
  recovery_session_id uuid NOT NULL,
  user_email_id       uuid NOT NULL,
  ticket_digest       bytea NOT NULL,
  created_at          timestamptz NOT NULL,
  expires_at          timestamptz NOT NULL,
  CONSTRAINT user_recovery_tickets_pk PRIMARY KEY (id),
  CONSTRAINT user_recovery_tickets_ticket_digest_key UNIQUE (ticket_digest),
  CONSTRAINT user_recovery_tickets_recovery_session_id_fk
    FOREIGN KEY (recovery_session_id) REFERENCES user_recovery_sessions (id) ON DELETE CASCADE,
  CONSTRAINT user_recovery_tickets_user_email_id_fk FOREIGN KEY (user_email_id) REFERENCES user_emails (id) ON DELETE CASCADE,
  CONSTRAINT user_recovery_tickets_ticket_digest_check CHECK (octet_length(ticket_digest) = 32)
);

COMMENT ON TABLE user_recovery_tickets IS 'What is mailed as a link. It may expire before it was made: a sibling''s use ends it.';
COMMENT ON COLUMN user_recovery_tickets.ticket_digest IS 'SHA-256: whoever reads a backup cannot take over an account';

CREATE INDEX user_recovery_tickets_recovery_session_id_idx ON user_recovery_tickets (recovery_session_id);
CREATE INDEX user_recovery_tickets_user_email_id_idx ON user_recovery_tickets (user_email_id);

CREATE TABLE user_registration_tokens (
  id           uuid NOT NULL,
  token        text COLLATE "C" NOT NULL,
  usage_limit  integer,
  times_used   integer NOT NULL DEFAULT 0,
  created_at   timestamptz NOT NULL,
  last_used_at timestamptz,
  expires_at   timestamptz,
  revoked_at   timestamptz,
  CONSTRAINT user_registration_tokens_pk PRIMARY KEY (id),
  CONSTRAINT user_registration_tokens_token_key UNIQUE (token),
  CONSTRAINT user_registration_tokens_token_check CHECK (octet_length(token) BETWEEN 1 AND 255),
  CONSTRAINT user_registration_tokens_usage_limit_check CHECK (usage_limit >= 0),
  CONSTRAINT user_registration_tokens_times_used_check CHECK (times_used >= 0)
);

COMMENT ON TABLE user_registration_tokens IS
  'Invitations to sign up. Readable, since administrators look them up. The limit may be lowered below the uses.';

CREATE TABLE user_terms (
  id         uuid NOT NULL,
  user_id    uuid NOT NULL,
  terms_url  text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT user_terms_pk PRIMARY KEY (id),
  CONSTRAINT user_terms_user_id_terms_url_key UNIQUE (user_id, terms_url),
  CONSTRAINT user_terms_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE,
  CONSTRAINT user_terms_terms_url_check CHECK (octet_length(terms_url) BETWEEN 1 AND 2000)
);

COMMENT ON TABLE user_terms IS 'Evidence of which terms an account has accepted, and when first.';

CREATE TABLE browser_sessions (
  id             uuid NOT NULL,
  user_id        uuid NOT NULL,
  created_at     timestamptz NOT NULL,
  finished_at    timestamptz,
  user_agent     text,
  last_active_at timestamptz,
  last_active_ip inet,
  active_day     date NOT NULL GENERATED ALWAYS AS ((coalesce(last_active_at, created_at) AT TIME ZONE 'UTC')::date) STORED,
  ip_day         date GENERATED ALWAYS AS (
    CASE WHEN last_active_ip IS NOT NULL THEN (last_active_at AT TIME ZONE 'UTC')::date END) STORED,
  CONSTRAINT browser_sessions_pk PRIMARY KEY (id),
  CONSTRAINT browser_sessions_user_id_id_key UNIQUE (user_id, id),
  CONSTRAINT browser_sessions_user_id_fk FOREIGN KEY (user_id) REFERENCES users (id),
  CONSTRAINT browser_sessions_user_agent_check CHECK (char_length(user_agent) <= 1024),
  CONSTRAINT browser_sessions_last_active_ip_check CHECK (last_active_ip IS NULL OR last_active_at IS NOT NULL)
);

COMMENT ON TABLE browser_sessions IS 'Browsers that somebody is or was logged in with.';
COMMENT ON COLUMN browser_sessions.last_active_at IS 'in no index, as the address, so that writing activity stays heap-only';
COMMENT ON COLUMN browser_sessions.active_day IS 'what clean-up searches by; changes once a day';
COMMENT ON COLUMN browser_sessions.ip_day IS 'what erasing addresses searches by';
COMMENT ON CONSTRAINT browser_sessions_user_id_id_key ON browser_sessions IS 'what a browser session approves refers to both';

CREATE INDEX browser_sessions_finished_at_id_idx ON browser_sessions (finished_at, id) WHERE finished_at IS NOT NULL; -- clean-up
CREATE INDEX browser_sessions_active_day_id_idx ON browser_sessions (active_day, id) WHERE finished_at IS NULL; -- inactivity
CREATE INDEX browser_sessions_ip_day_idx ON browser_sessions (ip_day) WHERE ip_day IS NOT NULL; -- erasing addresses
