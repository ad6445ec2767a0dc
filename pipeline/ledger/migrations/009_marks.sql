-- Why an address is marked, since when, and the day from which it is tried again (NULL: not before somebody knows
-- that it works).
ALTER TABLE participant ADD COLUMN bounced_kind TEXT NOT NULL DEFAULT '';
ALTER TABLE participant ADD COLUMN bounced_on TEXT NOT NULL DEFAULT '';
ALTER TABLE participant ADD COLUMN bounced_until TEXT;

-- What the failure of a message was about.
ALTER TABLE message ADD COLUMN cause TEXT NOT NULL DEFAULT '';
UPDATE message SET cause = refusal_cause(text) WHERE state = 'failed';

-- Marks were set for whatever a server refused. One that does not say that the address is dead goes.
UPDATE participant SET bounced_kind = 'address dead', bounced_on = coalesce(
    (SELECT date(max(t.at)) FROM transition t JOIN message m ON m.id = t.message_id
     WHERE m.participant_id = participant.id AND t.returned = 1), date('now'))
    WHERE bounced <> '' AND refusal_cause(bounced) = 'address dead';
UPDATE participant SET bounced = '' WHERE bounced_kind = '';
