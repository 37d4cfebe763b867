-- What administrators tell the policy engine while it runs. Each row is a version; the one with the greatest id is in force.
CREATE TABLE policy_data (
  id         uuid NOT NULL,
  created_at timestamptz NOT NULL,
  data       jsonb NOT NULL,
  CONSTRAINT policy_data_pk PRIMARY KEY (id)
);
