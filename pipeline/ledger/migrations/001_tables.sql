    -- A claims file that was read; `id` orders them. The same bytes are the same load.
    CREATE TABLE load (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        at TEXT NOT NULL,
        catalog TEXT NOT NULL DEFAULT '', -- digest of the activities it was read by; empty: not all rows were good
        rows INTEGER NOT NULL DEFAULT 0,
        claims INTEGER NOT NULL DEFAULT 0
    ) STRICT;

    CREATE TABLE participant (
        id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: the audit trail names it
        learner_id TEXT UNIQUE,
        email TEXT NOT NULL,              -- the address on record, as given
        email_key TEXT NOT NULL,
        name TEXT NOT NULL,
        credentials TEXT NOT NULL,
        said_name TEXT NOT NULL,          -- what the newest file said, beside what staff corrected
        said_credentials TEXT NOT NULL,
        said_load INTEGER NOT NULL,
        token TEXT NOT NULL UNIQUE,
        held TEXT NOT NULL DEFAULT '',    -- reason of a hold: kept beyond six years until released
        bounced TEXT NOT NULL DEFAULT '', -- what the mail system said of the address on record
        revision INTEGER NOT NULL DEFAULT 1
    ) STRICT;
    CREATE INDEX participant_email ON participant (email_key);

    -- Every address a participant was seen with, by the newest load that shows them together.
    CREATE TABLE address (
        key TEXT NOT NULL,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        email TEXT NOT NULL,
        seen_load INTEGER NOT NULL,
        PRIMARY KEY (key, participant_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX address_participant ON address (participant_id);

    CREATE TABLE claim (
        id INTEGER PRIMARY KEY,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        activity TEXT NOT NULL,
        activity_date TEXT NOT NULL,
        kept_until TEXT NOT NULL,
        download_until TEXT,              -- the activity's window, copied so that a page's state is one query
        reopened_until TEXT,
        attended INTEGER NOT NULL,
        completed_on TEXT,
        cme TEXT NOT NULL,
        abim TEXT NOT NULL,
        abp TEXT NOT NULL,
        met TEXT NOT NULL,                -- requirement names joined by commas, sorted
        said_load INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'changed' CHECK (state IN ('changed', 'withheld', 'settled')),
        missing TEXT NOT NULL DEFAULT '', -- of a withheld claim: kind:requirement,requirement;...
        UNIQUE (participant_id, activity)
    ) STRICT;
    CREATE INDEX claim_kept_until ON claim (kept_until);
    CREATE INDEX claim_open ON claim (state) WHERE state <> 'settled';
    CREATE INDEX claim_activity ON claim (activity);

    -- Which claims a file speaks of.
    CREATE TABLE reading (
        load_id INTEGER NOT NULL REFERENCES load,
        claim_id INTEGER NOT NULL REFERENCES claim ON DELETE CASCADE,
        PRIMARY KEY (load_id, claim_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX reading_claim ON reading (claim_id);

    -- What all certificates of one activity and kind have in common, as it stood when they were made.
    CREATE TABLE edition (
        id INTEGER PRIMARY KEY,
        digest TEXT NOT NULL UNIQUE,
        facts TEXT NOT NULL               -- JSON
    ) STRICT;

    CREATE TABLE certificate (
        id INTEGER PRIMARY KEY,
        claim_id INTEGER NOT NULL REFERENCES claim ON DELETE CASCADE,
        number TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        standing TEXT NOT NULL DEFAULT 'valid',
        issued_on TEXT NOT NULL,
        current INTEGER NOT NULL DEFAULT 0, -- the newest rendered version; 0: not issued yet
        replaces INTEGER REFERENCES certificate,
        replaced_by TEXT NOT NULL DEFAULT '',
        changed_on TEXT,
        reason TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX certificate_claim ON certificate (claim_id);
    CREATE INDEX certificate_replaces ON certificate (replaces) WHERE replaces IS NOT NULL;

    CREATE TABLE version (
        certificate_id INTEGER NOT NULL REFERENCES certificate ON DELETE CASCADE,
        version INTEGER NOT NULL,
        edition_id INTEGER NOT NULL REFERENCES edition,
        name TEXT NOT NULL,
        credentials TEXT NOT NULL,
        completed_on TEXT,
        cme TEXT NOT NULL,
        abim TEXT NOT NULL,
        abp TEXT NOT NULL,
        kept_until TEXT NOT NULL,
        made_on TEXT NOT NULL,
        reason TEXT NOT NULL,             -- of a correction, for the reader
        sha256 TEXT,                      -- NULL: still to be rendered
        size INTEGER,
        problem TEXT NOT NULL DEFAULT '', -- why it could not be rendered
        PRIMARY KEY (certificate_id, version)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX version_pending ON version (certificate_id) WHERE sha256 IS NULL;
    CREATE INDEX version_sha256 ON version (sha256);

    CREATE TABLE message (
        id INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        occasion TEXT NOT NULL,
        email TEXT NOT NULL,
        queued_at TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'queued',
        attempt INTEGER NOT NULL DEFAULT 0,
        due_at TEXT,
        at TEXT NOT NULL,
        code INTEGER,
        enhanced TEXT NOT NULL DEFAULT '',
        text TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX message_participant ON message (participant_id);
    CREATE INDEX message_state ON message (state) WHERE state <> 'sent';

    -- What a message is about. One event of a certificate is told once: nobody is mailed twice for it.
    CREATE TABLE mention (
        certificate_id INTEGER NOT NULL REFERENCES certificate ON DELETE CASCADE,
        event TEXT NOT NULL,              -- new, corrected-2, or the occasion and message of a resend
        message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        PRIMARY KEY (certificate_id, event)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX mention_message ON mention (message_id);

    CREATE TABLE transition (
        message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
        at TEXT NOT NULL,
        attempt INTEGER NOT NULL,
        state TEXT NOT NULL,
        code INTEGER,
        enhanced TEXT NOT NULL DEFAULT '',
        text TEXT NOT NULL DEFAULT ''
    ) STRICT;
    CREATE INDEX transition_message ON transition (message_id);

    -- Pages as they were last written: path below output/ and the stamp of what went into them.
    CREATE TABLE page (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) STRICT, WITHOUT ROWID;

    -- The same for the web host: noted once the proof has come. Another target starts anew.
    CREATE TABLE published (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, target TEXT NOT NULL) STRICT, WITHOUT ROWID;

    -- Append-only; `detail` may name a person and is forgotten with them, the chain stays whole.
    CREATE TABLE audit (
        seq INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        participant INTEGER,              -- means nothing once the participant is gone
        detail TEXT,
        salt TEXT,
        digest TEXT NOT NULL,
        hash TEXT NOT NULL
    ) STRICT;
    CREATE INDEX audit_participant ON audit (participant);

    -- What is left of what was deleted: counts, no person.
    CREATE TABLE deletion (
        at TEXT NOT NULL,
        activity TEXT NOT NULL,
        activity_date TEXT NOT NULL,
        rule TEXT NOT NULL,
        certificates INTEGER NOT NULL,
        claims INTEGER NOT NULL
    ) STRICT;

    -- Erased on request: a keyed digest that refuses the person's return without keeping who it was.
    CREATE TABLE erased (digest TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
    CREATE TABLE key (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

    -- Whatever a person's pages show bumps their revision; no caller can forget to.
    CREATE TRIGGER participant_shown AFTER UPDATE OF name, credentials, token ON participant
        BEGIN UPDATE participant SET revision = revision + 1 WHERE id = new.id; END;
    CREATE TRIGGER claim_shown AFTER UPDATE OF missing, download_until, reopened_until ON claim
        BEGIN UPDATE participant SET revision = revision + 1 WHERE id = new.participant_id; END;
    CREATE TRIGGER claim_gone AFTER DELETE ON claim
        BEGIN UPDATE participant SET revision = revision + 1 WHERE id = old.participant_id; END;
    CREATE TRIGGER certificate_shown AFTER UPDATE OF standing, current, replaced_by, reason ON certificate
        BEGIN UPDATE participant SET revision = revision + 1
        WHERE id = (SELECT participant_id FROM claim WHERE id = new.claim_id); END;
