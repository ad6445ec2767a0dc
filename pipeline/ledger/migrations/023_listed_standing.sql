-- Of certificates that a lost ledger knew as deleted: what the site's own signed list says of them, for good.
CREATE TABLE listed_standing (
    name TEXT PRIMARY KEY,        -- what the certificate stands under there: no number, but a digest of it
    standing TEXT NOT NULL,
    day TEXT NOT NULL,
    version INTEGER NOT NULL      -- the newest
) WITHOUT ROWID;
