-- What the policy engine is told while it runs.

CREATE TABLE policy_data (
  id         uuid NOT NULL,
  created_at timestamptz NOT NULL,
  data       jsonb NOT NULL,
  CONSTRAINT policy_data_pk PRIMARY KEY (id)
);

COMMENT ON TABLE policy_data IS
  'What administrators tell the policy engine. Each row is a version; the one with the greatest id is in force.';
