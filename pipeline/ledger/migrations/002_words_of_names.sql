    -- The folded words of each participant's name, as it stands and as files say it: what `find` goes by.
    -- Plain tables and no full-text index, which keeps the words of deleted rows until it is rebuilt.
    CREATE TABLE named (
        word TEXT NOT NULL,
        participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
        PRIMARY KEY (word, participant_id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX named_participant ON named (participant_id);

    -- Each of these words once, so that a misspelt one can be held against all of them.
    CREATE TABLE word (word TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

    CREATE TRIGGER word_new AFTER INSERT ON named
        BEGIN INSERT INTO word VALUES (new.word) ON CONFLICT DO NOTHING; END;
    CREATE TRIGGER word_gone AFTER DELETE ON named
        BEGIN DELETE FROM word WHERE word = old.word
        AND NOT EXISTS (SELECT 1 FROM named WHERE word = old.word); END;
    CREATE TRIGGER participant_named AFTER INSERT ON participant
        BEGIN INSERT INTO named SELECT value, new.id FROM json_each(name_words(new.name, new.said_name)); END;
    CREATE TRIGGER participant_renamed AFTER UPDATE OF name, said_name ON participant
        WHEN old.name <> new.name OR old.said_name <> new.said_name
        BEGIN DELETE FROM named WHERE participant_id = new.id;
        INSERT INTO named SELECT value, new.id FROM json_each(name_words(new.name, new.said_name)); END;

    INSERT INTO named SELECT value, p.id FROM participant p, json_each(name_words(p.name, p.said_name));
