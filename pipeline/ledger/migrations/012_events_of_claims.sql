-- What a message tells of a claim whose certificates wait.
CREATE TABLE claim_mention (
    claim_id INTEGER NOT NULL REFERENCES claim ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    event TEXT NOT NULL,                  -- an occasion of mail
    requirement TEXT NOT NULL DEFAULT '', -- of one that is withheld: what is missing, a row each
    turn INTEGER NOT NULL DEFAULT 0,      -- of a reminder: the first or the second
    request TEXT NOT NULL DEFAULT '',     -- of a link that was asked for: digest of the mail that asked
    retired INTEGER NOT NULL DEFAULT 0,   -- 1: the message tells of it no more
    PRIMARY KEY (claim_id, event, requirement, turn, request, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_mention_message ON claim_mention (message_id);
-- What is missing, each reminder and the answer to a request are told once.
CREATE UNIQUE INDEX claim_mention_once ON claim_mention (claim_id, event, requirement, turn, request)
    WHERE retired = 0 AND (event IN ('withheld', 'reminder') OR request <> '');

-- That another took its place, and that the record will be deleted, is told once, too.
DROP INDEX mention_once;
CREATE UNIQUE INDEX mention_once ON mention (certificate_id, event, version, request)
    WHERE retired = 0 AND (event IN ('new', 'corrected', 'replaced', 'deletion') OR request <> '');

-- Activities that were on record before people were written to about what is missing, or about deletion: nobody
-- is surprised by such mail unless the activity's file asks for it.
CREATE TABLE activity_before (activity TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO activity_before SELECT DISTINCT activity FROM claim;

-- 1: it was written into a folder, as no mail server was set; nobody was mailed.
ALTER TABLE message ADD COLUMN in_folder INTEGER NOT NULL DEFAULT 0;
UPDATE message SET in_folder = 1
    WHERE state = 'sent' AND code IS NULL AND (text GLOB 'into the folder *'
        OR text IN ('written to the Maildir', 'found in the outbox'));
