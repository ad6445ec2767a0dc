-- What a run looks for is found without reading every certificate: whom to tell, whom to tell of a correction,
-- whose credit a file took away.

-- 1: a message tells, or told, that it was issued. Kept by the triggers below, from the table mention.
ALTER TABLE certificate ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
UPDATE certificate SET told = 1 WHERE id IN (SELECT certificate_id FROM mention WHERE event = 'new' AND retired = 0);

CREATE INDEX certificate_untold ON certificate (claim_id) WHERE told = 0;
CREATE INDEX certificate_corrected ON certificate (claim_id) WHERE current > 1;
CREATE INDEX certificate_removed ON certificate (claim_id) WHERE removed = 1;

CREATE TRIGGER mention_added AFTER INSERT ON mention WHEN new.event = 'new' AND new.retired = 0
    BEGIN UPDATE certificate SET told = 1 WHERE id = new.certificate_id; END;
CREATE TRIGGER mention_changed AFTER UPDATE OF retired ON mention WHEN new.event = 'new'
    BEGIN UPDATE certificate SET told = EXISTS (SELECT 1 FROM mention
    WHERE certificate_id = new.certificate_id AND event = 'new' AND retired = 0) WHERE id = new.certificate_id; END;
CREATE TRIGGER mention_gone AFTER DELETE ON mention WHEN old.event = 'new' AND old.retired = 0
    BEGIN UPDATE certificate SET told = EXISTS (SELECT 1 FROM mention
    WHERE certificate_id = old.certificate_id AND event = 'new' AND retired = 0) WHERE id = old.certificate_id; END;

-- What is told of a claims file besides its rows, as JSON: one that was read before is not opened again. Empty
-- where it must be.
ALTER TABLE load ADD COLUMN read_as TEXT NOT NULL DEFAULT '';
