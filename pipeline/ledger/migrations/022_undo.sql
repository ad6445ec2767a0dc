-- What a run brought, so that it can be undone.

-- The run that a claim came with. NULL: before runs were on record.
ALTER TABLE claim ADD COLUMN run_id INTEGER REFERENCES run;
CREATE INDEX claim_run ON claim (run_id) WHERE run_id IS NOT NULL;

-- The run that a certificate of it came from was undone: nothing more is issued until a file says it again.
-- waits: what it says else stands. void: that run brought it, nothing of it stands.
ALTER TABLE claim ADD COLUMN undone TEXT NOT NULL DEFAULT '' CHECK (undone IN ('', 'waits', 'void'));

-- What a claim said before a run changed it.
CREATE TABLE claim_before (
    run_id INTEGER NOT NULL REFERENCES run,
    claim_id INTEGER NOT NULL REFERENCES claim ON DELETE CASCADE,
    activity_date TEXT NOT NULL,
    kept_until TEXT NOT NULL,
    attended INTEGER NOT NULL,
    completed_on TEXT,
    cme TEXT NOT NULL,
    abim TEXT NOT NULL,
    abp TEXT NOT NULL,
    met TEXT NOT NULL,
    said_load INTEGER NOT NULL,
    PRIMARY KEY (run_id, claim_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_before_claim ON claim_before (claim_id);

-- PDFs of certificates that were taken back, until the vault has let go of them.
CREATE TABLE taken_back (sha256 TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
