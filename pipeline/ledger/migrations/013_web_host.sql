-- Public files as they were proved at a bucket; without a stamp while they are sent.
CREATE TABLE published_file (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, target TEXT NOT NULL) STRICT, WITHOUT ROWID;
-- Files that were to be removed from the web host, until that is proved and whoever keeps copies was told.
CREATE TABLE leaving (path TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
