-- What each run did. It is noted by the run itself, step by step, so that one that was killed has no end.
CREATE TABLE run (
    id INTEGER PRIMARY KEY,           -- by which staff name it: certs undo 7
    actor TEXT NOT NULL,
    begun_at TEXT NOT NULL,
    ended_at TEXT,                    -- NULL: it was killed, or goes on
    state TEXT NOT NULL DEFAULT 'begun' CHECK (state IN ('begun', 'done', 'stopped')),
    undone_at TEXT                    -- what it issued was taken back
) STRICT;
CREATE TABLE run_file (
    run_id INTEGER NOT NULL REFERENCES run,
    number INTEGER NOT NULL,          -- in the order given
    name TEXT NOT NULL,               -- without its folder
    load_id INTEGER REFERENCES load,  -- NULL until it was read
    PRIMARY KEY (run_id, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE run_figure (
    run_id INTEGER NOT NULL REFERENCES run,
    name TEXT NOT NULL,               -- as in the JSON of certs run
    number INTEGER NOT NULL,
    PRIMARY KEY (run_id, name)
) STRICT;

-- The run that made a certificate, or another version of it. NULL: a command for one person, or before runs were
-- on record.
ALTER TABLE version ADD COLUMN run_id INTEGER REFERENCES run;
CREATE INDEX version_run ON version (run_id) WHERE run_id IS NOT NULL;

-- Certificates that were withdrawn together, so that they can come back together: those of an activity, or what a
-- run had issued. One that is withdrawn or reinstated alone belongs to none.
CREATE TABLE withdrawal (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    activity TEXT NOT NULL DEFAULT '', -- of a whole activity
    run_id INTEGER REFERENCES run      -- of a run that was undone
) STRICT;
ALTER TABLE certificate ADD COLUMN withdrawal_id INTEGER REFERENCES withdrawal;
CREATE INDEX certificate_withdrawal ON certificate (withdrawal_id) WHERE withdrawal_id IS NOT NULL;
