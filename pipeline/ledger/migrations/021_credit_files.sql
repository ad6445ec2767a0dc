-- PDFs about all of a person's certificates that lie beside their page: they are made for it and not kept elsewhere.
CREATE TABLE credit_file (
    page TEXT NOT NULL,        -- its path below output/
    kind TEXT NOT NULL,        -- record, merged
    year INTEGER NOT NULL,     -- 0: of all years
    name TEXT NOT NULL,        -- of the file
    size INTEGER NOT NULL,     -- bytes
    sha256 TEXT NOT NULL,
    source TEXT NOT NULL,      -- a digest of all that it was made of
    PRIMARY KEY (page, kind, year)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER credit_files_gone AFTER DELETE ON page
    BEGIN DELETE FROM credit_file WHERE page = old.path; END;
