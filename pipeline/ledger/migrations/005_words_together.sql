    -- Nor are their words noted one by one.
    DROP TRIGGER word_new;
    DROP TRIGGER participant_renamed;
    CREATE TRIGGER participant_renamed AFTER UPDATE OF name, said_name ON participant
        WHEN old.name <> new.name OR old.said_name <> new.said_name
        BEGIN DELETE FROM named WHERE participant_id = new.id;
        INSERT INTO named SELECT value, new.id FROM json_each(name_words(new.name, new.said_name));
        INSERT INTO word SELECT value FROM json_each(name_words(new.name, new.said_name)) WHERE true
        ON CONFLICT DO NOTHING; END;
