-- A record that became part of a participant's, as both are one person: by what rows of claims files still name it,
-- where its old link leads, and whose the entries of the audit trail about it are.
CREATE TABLE former (
    id INTEGER PRIMARY KEY,              -- the number that it had as a participant
    participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
    turn INTEGER NOT NULL,               -- of all that were merged, in order: the last one is parted first
    learner_id TEXT UNIQUE,
    name TEXT NOT NULL,
    said_name TEXT NOT NULL,             -- what the newest file says under its learner id or name
    said_credentials TEXT NOT NULL,
    said_load INTEGER NOT NULL,
    token TEXT UNIQUE,                   -- its link, which leads to the participant's page; NULL: it is dead
    merged_on TEXT NOT NULL,
    undo TEXT NOT NULL DEFAULT ''        -- JSON, what it was; empty from the next day on
) STRICT;
CREATE INDEX former_participant ON former (participant_id);

-- What the rows of each record of one person say of a claim, where the person has several: the claim is the highest.
CREATE TABLE share (
    claim_id INTEGER NOT NULL REFERENCES claim ON DELETE CASCADE,
    former INTEGER NOT NULL,             -- 0: the record that the others became part of
    attended INTEGER NOT NULL,
    completed_on TEXT,
    cme TEXT NOT NULL,
    abim TEXT NOT NULL,
    abp TEXT NOT NULL,
    met TEXT NOT NULL,
    withdrawn INTEGER NOT NULL,          -- 1: its credit was withdrawn, and does not count
    PRIMARY KEY (claim_id, former)
) STRICT, WITHOUT ROWID;

-- A person is found by the names of all their records.
CREATE TRIGGER former_named AFTER INSERT ON former
    BEGIN INSERT INTO named SELECT value, new.participant_id FROM json_each(name_words(new.name, new.said_name))
        WHERE true ON CONFLICT DO NOTHING;
    INSERT INTO word SELECT value FROM json_each(name_words(new.name, new.said_name)) WHERE true
        ON CONFLICT DO NOTHING; END;
CREATE TRIGGER former_renamed AFTER UPDATE OF participant_id, said_name ON former
    BEGIN INSERT INTO named SELECT value, new.participant_id FROM json_each(name_words(new.name, new.said_name))
        WHERE true ON CONFLICT DO NOTHING;
    INSERT INTO word SELECT value FROM json_each(name_words(new.name, new.said_name)) WHERE true
        ON CONFLICT DO NOTHING; END;
DROP TRIGGER participant_renamed;
CREATE TRIGGER participant_renamed AFTER UPDATE OF name, said_name ON participant
    WHEN old.name <> new.name OR old.said_name <> new.said_name
    BEGIN DELETE FROM named WHERE participant_id = new.id;
    INSERT INTO named SELECT value, new.id FROM json_each(name_words(new.name, new.said_name));
    INSERT INTO named SELECT value, new.id FROM former f, json_each(name_words(f.name, f.said_name))
        WHERE f.participant_id = new.id ON CONFLICT DO NOTHING;
    INSERT INTO word SELECT word FROM named WHERE participant_id = new.id ON CONFLICT DO NOTHING; END;

-- What moves to another person is shown on other pages.
CREATE TRIGGER claim_moved AFTER UPDATE OF participant_id ON claim WHEN new.participant_id <> old.participant_id
    BEGIN UPDATE participant SET revision = revision + 1 WHERE id IN (old.participant_id, new.participant_id); END;
CREATE TRIGGER certificate_moved AFTER UPDATE OF claim_id ON certificate WHEN new.claim_id <> old.claim_id
    BEGIN
        UPDATE certificate SET revision = revision + 1 WHERE id = new.id;
        UPDATE participant SET revision = revision + 1
            WHERE id IN (SELECT participant_id FROM claim WHERE id IN (old.claim_id, new.claim_id));
    END;
