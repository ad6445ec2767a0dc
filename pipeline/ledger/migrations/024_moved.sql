-- Whose page, and which certificate's, may have to change since a build went over all pages: that build left every
-- other page as it must be, but for what the day, the activities' files and the look of pages do to it.
CREATE TABLE built (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    day TEXT NOT NULL,
    look TEXT NOT NULL,
    activities TEXT NOT NULL      -- JSON: a number for what is shown of each, by slug
) STRICT;
CREATE TABLE moved_participant (id INTEGER PRIMARY KEY) STRICT;
CREATE TABLE moved_certificate (id INTEGER PRIMARY KEY) STRICT;
CREATE INDEX page_unfinished ON page (path) WHERE stamp = '';

CREATE TRIGGER due_participant AFTER UPDATE OF revision, held, token ON participant
    BEGIN INSERT INTO moved_participant VALUES (new.id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER due_participant_held AFTER UPDATE OF held ON participant WHEN new.held <> old.held
    BEGIN INSERT INTO moved_certificate SELECT x.id FROM claim c JOIN certificate x ON x.claim_id = c.id
        WHERE c.participant_id = new.id ON CONFLICT DO NOTHING; END;
CREATE TRIGGER due_participant_relinked AFTER UPDATE OF token ON participant WHEN new.token <> old.token
    BEGIN UPDATE page SET stamp = '' WHERE path = 'c/' || old.token; END;
CREATE TRIGGER due_participant_gone AFTER DELETE ON participant
    BEGIN UPDATE page SET stamp = '' WHERE path = 'c/' || old.token; END;

CREATE TRIGGER due_claim_added AFTER INSERT ON claim
    BEGIN INSERT INTO moved_participant VALUES (new.participant_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER due_claim
    AFTER UPDATE OF participant_id, activity, kept_until, erased, download_until, reopened_until, withheld ON claim
    WHEN (new.participant_id, new.activity, new.kept_until, new.erased, new.download_until, new.reopened_until,
          new.withheld) IS NOT (old.participant_id, old.activity, old.kept_until, old.erased, old.download_until,
          old.reopened_until, old.withheld)
    BEGIN
        INSERT INTO moved_participant VALUES (new.participant_id) ON CONFLICT DO NOTHING;
        INSERT INTO moved_participant VALUES (old.participant_id) ON CONFLICT DO NOTHING;
        INSERT INTO moved_certificate SELECT id FROM certificate WHERE claim_id = new.id ON CONFLICT DO NOTHING;
    END;
CREATE TRIGGER due_claim_gone AFTER DELETE ON claim
    BEGIN INSERT INTO moved_participant VALUES (old.participant_id) ON CONFLICT DO NOTHING; END;

CREATE TRIGGER due_certificate_added AFTER INSERT ON certificate
    BEGIN
        INSERT INTO moved_certificate VALUES (new.id) ON CONFLICT DO NOTHING;
        INSERT INTO moved_participant SELECT participant_id FROM claim WHERE id = new.claim_id ON CONFLICT DO NOTHING;
    END;
CREATE TRIGGER due_certificate AFTER UPDATE OF revision, current, number, claim_id ON certificate
    BEGIN INSERT INTO moved_certificate VALUES (new.id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER due_certificate_renumbered AFTER UPDATE OF number ON certificate WHEN new.number <> old.number
    BEGIN UPDATE page SET stamp = '' WHERE path = 'verify/' || old.number; END;
CREATE TRIGGER due_certificate_gone AFTER DELETE ON certificate
    BEGIN UPDATE page SET stamp = '' WHERE path = 'verify/' || old.number; END;

CREATE TRIGGER due_former_added AFTER INSERT ON former
    BEGIN INSERT INTO moved_participant VALUES (new.participant_id) ON CONFLICT DO NOTHING; END;
CREATE TRIGGER due_former AFTER UPDATE OF token, participant_id ON former
    BEGIN
        INSERT INTO moved_participant VALUES (new.participant_id) ON CONFLICT DO NOTHING;
        UPDATE page SET stamp = '' WHERE path = 'c/' || old.token AND old.token IS NOT new.token;
    END;
CREATE TRIGGER due_former_gone AFTER DELETE ON former
    BEGIN UPDATE page SET stamp = '' WHERE path = 'c/' || old.token; END;

CREATE TRIGGER due_page_gone AFTER DELETE ON page
    BEGIN
        INSERT INTO moved_participant SELECT id FROM participant WHERE token = substr(old.path, 3)
            UNION SELECT participant_id FROM former WHERE token = substr(old.path, 3) ON CONFLICT DO NOTHING;
        INSERT INTO moved_certificate SELECT id FROM certificate WHERE number = substr(old.path, 8)
            ON CONFLICT DO NOTHING;
    END;
