    -- Names keep the vowel signs of their script, addresses have one form of their domain: both anew.
    DELETE FROM named;
    INSERT INTO named SELECT value, p.id FROM participant p, json_each(name_words(p.name, p.said_name));
    INSERT INTO address SELECT address_key(email), participant_id, email, seen_load FROM address
        WHERE key <> address_key(email) ON CONFLICT DO NOTHING;
    DELETE FROM address WHERE key <> address_key(email);
    UPDATE participant SET email_key = address_key(email) WHERE email_key <> address_key(email);
