-- Public keys of seals, every one there ever was: a certificate is checked by them for good. days in ISO 8601
CREATE TABLE seal_key (
    id TEXT PRIMARY KEY,          -- thumbprint of the key (RFC 7638)
    x BLOB NOT NULL,
    y BLOB NOT NULL,
    since TEXT NOT NULL,
    until TEXT,                   -- NULL: it seals
    revoked TEXT                  -- since when it is known that others have it; NULL: nobody has
) WITHOUT ROWID;

-- Certificates that are deleted and did not count, or not as first issued: number and standing, and no person.
CREATE TABLE former_standing (
    number TEXT PRIMARY KEY,
    standing TEXT NOT NULL,
    day TEXT NOT NULL,
    version INTEGER NOT NULL      -- the newest
) WITHOUT ROWID;

CREATE TRIGGER standing_kept BEFORE DELETE ON certificate
    WHEN old.standing <> 'valid' AND old.current > 0 AND old.changed_on IS NOT NULL
    BEGIN INSERT OR REPLACE INTO former_standing VALUES (old.number, old.standing, old.changed_on, old.current); END;

-- What does not count, or not as first issued, is listed at each build.
CREATE INDEX certificate_standing ON certificate (number) WHERE standing <> 'valid';
