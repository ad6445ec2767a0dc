-- What a board or roster was told of a certificate, and what it answered. Never an ID, a birth day, a licence or a
-- consent: those are in the file that was written, and nowhere here.
CREATE TABLE reported (
    id INTEGER PRIMARY KEY,
    certificate_id INTEGER NOT NULL REFERENCES certificate ON DELETE CASCADE,
    form TEXT NOT NULL,                   -- of the file: pars, cebroker
    board TEXT NOT NULL,
    version INTEGER NOT NULL,             -- of the certificate, that stated it
    completed_on TEXT NOT NULL,
    cme TEXT NOT NULL,
    points TEXT NOT NULL,
    types TEXT NOT NULL,                  -- of the points, a line each
    reported_on TEXT NOT NULL,
    file TEXT NOT NULL,                   -- SHA-256 of the file; empty: by hand
    state TEXT NOT NULL DEFAULT 'reported' CHECK (state IN ('reported', 'accepted', 'rejected')),
    refusal TEXT NOT NULL DEFAULT '',     -- of one that was rejected: why, as a word of ours
    answered_on TEXT,
    ended_on TEXT,                        -- deleted at the board, or reported anew after it was rejected
    ended_file TEXT NOT NULL DEFAULT ''   -- SHA-256 of the file that did so; empty: by hand
) STRICT;
CREATE UNIQUE INDEX reported_once ON reported (certificate_id, board) WHERE ended_on IS NULL;
CREATE INDEX reported_certificate ON reported (certificate_id);

-- A person's page tells of it.
CREATE TRIGGER reported_shown AFTER INSERT ON reported
    BEGIN UPDATE participant SET revision = revision + 1 WHERE id = (SELECT c.participant_id FROM certificate x
    JOIN claim c ON c.id = x.claim_id WHERE x.id = new.certificate_id); END;
CREATE TRIGGER reported_changed AFTER UPDATE OF state, refusal, ended_on ON reported
    BEGIN UPDATE participant SET revision = revision + 1 WHERE id = (SELECT c.participant_id FROM certificate x
    JOIN claim c ON c.id = x.claim_id WHERE x.id = new.certificate_id); END;
CREATE TRIGGER reported_gone AFTER DELETE ON reported
    BEGIN UPDATE participant SET revision = revision + 1 WHERE id = (SELECT c.participant_id FROM certificate x
    JOIN claim c ON c.id = x.claim_id WHERE x.id = old.certificate_id); END;

-- That a board could not match somebody is told once for each time that it said so (`version`: the record's id).
CREATE UNIQUE INDEX mention_board_once ON mention (certificate_id, version) WHERE event = 'board' AND retired = 0;
