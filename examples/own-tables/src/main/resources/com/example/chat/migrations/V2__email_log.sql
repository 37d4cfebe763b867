-- Which mails were sent to whom: addresses stay with Authstore.

CREATE TABLE email_log (
  id      uuid NOT NULL,
  user_id uuid NOT NULL,
  subject text NOT NULL,
  sent_at timestamptz NOT NULL,
  CONSTRAINT email_log_pk PRIMARY KEY (id),
  CONSTRAINT email_log_user_id_fk FOREIGN KEY (user_id) REFERENCES ${authstore}.users (id)
);

CREATE INDEX email_log_user_id_idx ON email_log (user_id, id);
