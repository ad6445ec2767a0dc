-- The SHA-256 of what the last build wrote into output/, against which it is held before it is published.
-- PDFs are versions, and have theirs there.
CREATE TABLE made (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID; -- private pages
CREATE TABLE public_file (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- A page that is forgotten leaves nothing here.
CREATE TRIGGER page_gone AFTER DELETE ON page BEGIN DELETE FROM made WHERE path = old.path; END;
