-- A message is known by the key of its address, as a participant is: addresses are compared by key alone.
ALTER TABLE message ADD COLUMN email_key TEXT NOT NULL DEFAULT '';
UPDATE message SET email_key = address_key(email);

-- The same key for every way in which Unicode writes an address.
INSERT INTO address SELECT address_key(email), participant_id, email, seen_load FROM address
    WHERE key <> address_key(email)
    ON CONFLICT DO UPDATE SET seen_load = max(seen_load, excluded.seen_load);
DELETE FROM address WHERE key <> address_key(email);
UPDATE participant SET email_key = address_key(email) WHERE email_key <> address_key(email);
