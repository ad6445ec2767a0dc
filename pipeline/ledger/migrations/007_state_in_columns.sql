-- What a message is, what it tells of and why a record goes is told by columns, not by words meant for people.

-- 1: it failed, as a server that had taken it returned it.
ALTER TABLE message ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
UPDATE message SET returned = 1
    WHERE state = 'failed' AND code IS NULL AND (text GLOB 'returned: *' OR text GLOB 'returned of *: *');

-- 1: heard by returned mail, whether the message failed by it or not.
ALTER TABLE transition ADD COLUMN returned INTEGER NOT NULL DEFAULT 0;
UPDATE transition SET returned = 1
    WHERE code IS NULL AND (text GLOB 'returned: *' OR text GLOB 'returned of *: *');

-- What a message is about.
CREATE TABLE mention_new (
    certificate_id INTEGER NOT NULL REFERENCES certificate ON DELETE CASCADE,
    message_id INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    event TEXT NOT NULL,                 -- what it tells of the certificate: an occasion of mail
    version INTEGER NOT NULL DEFAULT 0,  -- of a correction: the certificate's version that has it
    request TEXT NOT NULL DEFAULT '',    -- of a link that was asked for: digest of the mail that asked
    retired INTEGER NOT NULL DEFAULT 0,  -- 1: the message tells of it no more; kept, as retention goes by it
    PRIMARY KEY (certificate_id, event, version, request, message_id)
) STRICT, WITHOUT ROWID;
INSERT INTO mention_new
    SELECT t.certificate_id, t.message_id,
           CASE WHEN t.event = 'new' THEN 'new' WHEN t.event GLOB 'corrected-*' THEN 'corrected'
                WHEN t.event GLOB 'request-*' THEN 'resent' WHEN t.event GLOB 'was-*' THEN m.occasion
                ELSE substr(t.event, 1, instr(t.event, '-') - 1) END,
           CASE WHEN t.event GLOB 'corrected-*' THEN CAST(substr(t.event, 11) AS INTEGER) ELSE 0 END,
           CASE WHEN t.event GLOB 'request-*' THEN substr(t.event, 9) ELSE '' END,
           t.event GLOB 'was-*'
    FROM mention t JOIN message m ON m.id = t.message_id WHERE true
    ON CONFLICT DO NOTHING;
DROP TABLE mention;
ALTER TABLE mention_new RENAME TO mention;
CREATE INDEX mention_message ON mention (message_id);
-- That it was issued, a correction and the answer to a request are told once: nobody is mailed twice for it.
CREATE UNIQUE INDEX mention_once ON mention (certificate_id, event, version, request)
    WHERE retired = 0 AND (event IN ('new', 'corrected') OR request <> '');

-- How many certificates of the claim wait for a requirement.
ALTER TABLE claim ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0;
UPDATE claim SET withheld = length(missing) - length(replace(missing, ':', ''));

-- 1: erased on request. It goes with the next retention, unless the person is held.
ALTER TABLE claim ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
UPDATE claim SET erased = 1, kept_until = date(activity_date, '+6 years') WHERE kept_until = '0001-01-01';
CREATE INDEX claim_erased ON claim (id) WHERE erased = 1;

-- 1: withdrawn as a claims file removed the credit, or the attendance, that it states.
ALTER TABLE certificate ADD COLUMN removed INTEGER NOT NULL DEFAULT 0;
UPDATE certificate SET removed = 1
    WHERE standing = 'withdrawn' AND reason IN ('credit removed', 'attendance removed');
