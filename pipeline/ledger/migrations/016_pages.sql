-- How the last build left each page: by these a run knows what nobody has changed, and reads and lists nothing.
-- All pages are looked at once after this; those that say the same are not written.
ALTER TABLE page ADD COLUMN pdfs INTEGER NOT NULL DEFAULT 0;   -- that lie beside it
ALTER TABLE page ADD COLUMN folder TEXT NOT NULL DEFAULT '';   -- permissions and time of its folder
ALTER TABLE page ADD COLUMN file TEXT NOT NULL DEFAULT '';     -- permissions, time and size of the page itself
ALTER TABLE page ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';   -- of the page; it names the PDFs beside it
UPDATE page SET sha256 = coalesce((SELECT m.sha256 FROM made m WHERE m.path = page.path), '');

-- What is live is known by what it says, not by what it was made of.
ALTER TABLE published RENAME COLUMN stamp TO sha256;
UPDATE published SET sha256 = coalesce((SELECT g.sha256 FROM page g
    WHERE g.path = published.path AND g.stamp <> '' AND (g.stamp = published.sha256 OR g.stamp LIKE published.sha256 || ' %')), '');
UPDATE page SET stamp = '';
DROP TRIGGER page_gone;
DROP TABLE made;

-- A folder of many, as it was when all that lies in it was looked through and was as it must be.
CREATE TABLE folder (path TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What must lie in the vault is read from the index alone.
DROP INDEX version_sha256;
CREATE INDEX version_stored ON version (sha256, size);

-- Few certificates wait to be made; pages that show one are found among all.
CREATE INDEX certificate_unissued ON certificate (claim_id) WHERE current = 0;

-- Whatever a certificate's own page shows bumps its revision, as whatever its holder's page shows bumps theirs.
ALTER TABLE certificate ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
DROP TRIGGER certificate_shown;
CREATE TRIGGER certificate_shown
    AFTER UPDATE OF standing, current, replaced_by, reason, changed_on, issued_on ON certificate
    BEGIN
        UPDATE certificate SET revision = revision + 1 WHERE id = new.id;
        UPDATE participant SET revision = revision + 1
            WHERE id = (SELECT participant_id FROM claim WHERE id = new.claim_id);
    END;
CREATE TRIGGER certificate_gone AFTER DELETE ON certificate
    BEGIN UPDATE participant SET revision = revision + 1
        WHERE id = (SELECT participant_id FROM claim WHERE id = old.claim_id); END;
-- That a version lies in the vault is told by the certificate's own `current`.
CREATE TRIGGER version_shown AFTER UPDATE OF size, problem ON version
    WHEN new.problem <> old.problem OR new.size <> old.size
    BEGIN
        UPDATE certificate SET revision = revision + 1 WHERE id = new.certificate_id;
        UPDATE participant SET revision = revision + 1 WHERE id = (SELECT c.participant_id
            FROM claim c JOIN certificate x ON x.claim_id = c.id WHERE x.id = new.certificate_id);
    END;
DROP TRIGGER claim_shown;
CREATE TRIGGER claim_shown AFTER UPDATE OF missing, activity_date ON claim
    WHEN new.missing <> old.missing OR new.activity_date <> old.activity_date
    BEGIN UPDATE participant SET revision = revision + 1 WHERE id = new.participant_id; END;
CREATE TRIGGER claim_open AFTER UPDATE OF download_until, reopened_until, kept_until ON claim
    WHEN new.download_until IS NOT old.download_until OR new.reopened_until IS NOT old.reopened_until
        OR new.kept_until <> old.kept_until
    BEGIN
        UPDATE participant SET revision = revision + 1 WHERE id = new.participant_id;
        UPDATE certificate SET revision = revision + 1 WHERE claim_id = new.id;
    END;
