-- Channels, and what is said in them. Both refer to accounts, which are Authstore's.

CREATE TABLE channels (
  id         uuid NOT NULL,
  owner_id   uuid NOT NULL,
  name       text NOT NULL,
  created_at timestamptz NOT NULL,
  CONSTRAINT channels_pk PRIMARY KEY (id),
  CONSTRAINT channels_name_key UNIQUE (name),
  CONSTRAINT channels_owner_id_fk FOREIGN KEY (owner_id) REFERENCES ${authstore}.users (id)
);

CREATE INDEX channels_owner_id_idx ON channels (owner_id);

CREATE TABLE messages (
  id         uuid NOT NULL,
  channel_id uuid NOT NULL,
  author_id  uuid NOT NULL,
  text       text NOT NULL,
  sent_at    timestamptz NOT NULL,
  CONSTRAINT messages_pk PRIMARY KEY (id),
  CONSTRAINT messages_channel_id_fk FOREIGN KEY (channel_id) REFERENCES channels (id) ON DELETE CASCADE,
  CONSTRAINT messages_author_id_fk FOREIGN KEY (author_id) REFERENCES ${authstore}.users (id)
);

CREATE INDEX messages_channel_id_idx ON messages (channel_id, id);
CREATE INDEX messages_author_id_idx ON messages (author_id);
