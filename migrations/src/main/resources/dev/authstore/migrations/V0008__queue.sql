-- The job queue: who works, who leads, what recurs, and what is to be done.

CREATE TABLE queue_workers (
  id            uuid NOT NULL,
  queue_names   text[] COLLATE "C" NOT NULL,
  registered_at timestamptz NOT NULL,
  last_seen_at  timestamptz NOT NULL,
  shutdown_at   timestamptz,
  CONSTRAINT queue_workers_pk PRIMARY KEY (id)
);

COMMENT ON TABLE queue_workers IS 'Processes that work on jobs, or did.';
COMMENT ON COLUMN queue_workers.queue_names IS 'what it says it serves, so that it is noticed if nobody serves a queue';
COMMENT ON COLUMN queue_workers.last_seen_at IS 'in no index, so that a heartbeat stays heap-only';

CREATE INDEX queue_workers_alive_idx ON queue_workers (id) WHERE shutdown_at IS NULL;
CREATE INDEX queue_workers_shut_down_idx ON queue_workers (id) WHERE shutdown_at IS NOT NULL; -- clean-up

CREATE UNLOGGED TABLE queue_leader (
  active     boolean NOT NULL,
  worker_id  uuid NOT NULL,
  elected_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT queue_leader_pk PRIMARY KEY (active),
  CONSTRAINT queue_leader_worker_id_fk FOREIGN KEY (worker_id) REFERENCES queue_workers (id) ON DELETE CASCADE,
  CONSTRAINT queue_leader_active_check CHECK (active)
);

COMMENT ON TABLE queue_leader IS
  'One row at most. Unlogged: a lease lasts seconds, and after a crash the next round elects a leader again.';

CREATE INDEX queue_leader_worker_id_idx ON queue_leader (worker_id);

CREATE TABLE queue_schedules (
  name              text COLLATE "C" NOT NULL,
  last_scheduled_at timestamptz,
  last_job_id       uuid,
  CONSTRAINT queue_schedules_pk PRIMARY KEY (name),
  CONSTRAINT queue_schedules_name_check CHECK (octet_length(name) BETWEEN 1 AND 200 AND name ~ '\S'),
  CONSTRAINT queue_schedules_last_scheduled_at_check CHECK (last_job_id IS NULL OR last_scheduled_at IS NOT NULL)
);

COMMENT ON TABLE queue_schedules IS 'What recurs, and when its latest job was or is due.';
COMMENT ON COLUMN queue_schedules.last_scheduled_at IS 'when the latest job is or was due';

CREATE TABLE queue_jobs (
  id              uuid NOT NULL,
  status          text COLLATE "C" NOT NULL,
  queue_name      text COLLATE "C" NOT NULL,
  payload         jsonb NOT NULL,
  metadata        jsonb NOT NULL,
  attempt         integer NOT NULL,
  schedule_name   text COLLATE "C",
  created_at      timestamptz NOT NULL,
  scheduled_at    timestamptz,
  started_at      timestamptz,
  started_by      uuid,
  completed_at    timestamptz,
  failed_at       timestamptz,
  failed_reason   text,
  next_attempt_id uuid,
  CONSTRAINT queue_jobs_pk PRIMARY KEY (id),
  CONSTRAINT queue_jobs_schedule_name_fk FOREIGN KEY (schedule_name) REFERENCES queue_schedules (name) ON DELETE SET NULL,
  CONSTRAINT queue_jobs_next_attempt_id_fk FOREIGN KEY (next_attempt_id) REFERENCES queue_jobs (id) ON DELETE SET NULL,
  CONSTRAINT queue_jobs_queue_name_check CHECK (octet_length(queue_name) BETWEEN 1 AND 200 AND queue_name ~ '\S'),
  CONSTRAINT queue_jobs_metadata_check CHECK (
    jsonb_typeof(metadata) = 'object'
    AND coalesce(jsonb_typeof(metadata -> 'trace_id'), 'string') = 'string'
    AND coalesce(jsonb_typeof(metadata -> 'span_id'), 'string') = 'string'
    AND coalesce(jsonb_typeof(metadata -> 'trace_flags'), 'number') = 'number'),
  CONSTRAINT queue_jobs_attempt_check CHECK (attempt >= 0),
  CONSTRAINT queue_jobs_next_attempt_id_check CHECK (next_attempt_id <> id),
  CONSTRAINT queue_jobs_stage_check CHECK (
    CASE status
      WHEN 'available' THEN
        num_nonnulls(started_at, started_by, completed_at, failed_at, failed_reason, next_attempt_id) = 0
      WHEN 'scheduled' THEN
        scheduled_at IS NOT NULL
        AND num_nonnulls(started_at, started_by, completed_at, failed_at, failed_reason, next_attempt_id) = 0
      WHEN 'running' THEN
        started_at IS NOT NULL AND started_by IS NOT NULL
        AND num_nonnulls(completed_at, failed_at, failed_reason, next_attempt_id) = 0
      WHEN 'completed' THEN
        started_at IS NOT NULL AND completed_at IS NOT NULL
        AND num_nonnulls(failed_at, failed_reason, next_attempt_id) = 0
      WHEN 'failed' THEN
        started_at IS NOT NULL AND failed_at IS NOT NULL AND failed_reason IS NOT NULL AND completed_at IS NULL
      WHEN 'lost' THEN
        started_at IS NOT NULL AND failed_at IS NOT NULL AND failed_reason IS NOT NULL AND completed_at IS NULL
      ELSE false
    END)
) WITH (autovacuum_vacuum_scale_factor = 0.02); -- the finished rows are many, those that matter are few

COMMENT ON TABLE queue_jobs IS
  'One row for each attempt. It runs at most once; another attempt is another row with another id, so that whoever '
  'comes late with the result of an attempt that was given up meets a row that no longer runs.';
COMMENT ON COLUMN queue_jobs.started_by IS
  'no foreign key: reserving locks the worker, and checking it again takes as long as all the rest';
COMMENT ON COLUMN queue_jobs.failed_at IS 'also of lost ones';

-- Each stage has an index of its own rows only, so that what has finished costs nothing.
CREATE INDEX queue_jobs_available_idx ON queue_jobs (id) WHERE status = 'available';
CREATE INDEX queue_jobs_due_idx ON queue_jobs (scheduled_at, id) WHERE status = 'scheduled';
CREATE INDEX queue_jobs_running_idx ON queue_jobs (started_by, id) WHERE status = 'running';
CREATE INDEX queue_jobs_finished_idx ON queue_jobs (id) WHERE status IN ('completed', 'failed', 'lost'); -- clean-up
CREATE UNIQUE INDEX queue_jobs_pending_key ON queue_jobs (schedule_name)
  WHERE schedule_name IS NOT NULL AND status IN ('available', 'scheduled', 'running'); -- runs of a schedule never overlap
CREATE UNIQUE INDEX queue_jobs_next_attempt_id_key ON queue_jobs (next_attempt_id) WHERE next_attempt_id IS NOT NULL;
CREATE INDEX queue_jobs_schedule_name_idx ON queue_jobs (schedule_name) WHERE schedule_name IS NOT NULL;
CREATE INDEX queue_jobs_started_by_idx ON queue_jobs (started_by) WHERE started_by IS NOT NULL;

ALTER TABLE queue_schedules ADD CONSTRAINT queue_schedules_last_job_id_fk
  FOREIGN KEY (last_job_id) REFERENCES queue_jobs (id) ON DELETE SET NULL;

CREATE INDEX queue_schedules_last_job_id_idx ON queue_schedules (last_job_id) WHERE last_job_id IS NOT NULL;
