-- Each event in a browser session in which the person proved who they are.
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

CREATE INDEX browser_session_authentications_last_idx
  ON browser_session_authentications (browser_session_id, created_at DESC, id DESC);
CREATE INDEX browser_session_authentications_user_password_id_idx
  ON browser_session_authentications (user_password_id) WHERE user_password_id IS NOT NULL;
CREATE INDEX browser_session_authentications_upstream_session_id_idx
  ON browser_session_authentications (upstream_session_id) WHERE upstream_session_id IS NOT NULL;
