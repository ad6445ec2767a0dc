-- Certificates of made-up people, most of whom have two; the table number holds 0, 1, 2 ...
INSERT INTO participant (id, learner_id, email, email_key, name, credentials, said_name, said_credentials, said_load,
        token)
    SELECT value + 1000, 'M' || value, 'm' || value || '@example.org', 'm' || value || '@example.org', 'Mo ' || value,
        'MD', 'Mo ' || value, 'MD', 1, 'token' || value FROM number WHERE value % 2 = 0;
INSERT INTO address SELECT email_key, id, email, 1 FROM participant WHERE id > 999;
INSERT INTO named SELECT 'mo', id FROM participant WHERE id > 999;
INSERT INTO claim (id, participant_id, activity, activity_date, kept_until, attended, cme, abim, abp, met, said_load,
        state)
    SELECT value + 1000, value - value % 2 + 1000, 'meeting-' || (value % 6),
        date('now', '-60 days', '-' || (value % 6) || ' years'),
        date('now', '-60 days', '+' || (6 - value % 6) || ' years'),
        1, '5', '0', '0', 'evaluation', 1, 'settled' FROM number;
INSERT INTO certificate (id, claim_id, number, kind, issued_on, current, told)
    SELECT value + 1000, value + 1000, printf('MANY-%012d', value), 'cme', '2025-11-14', 1, 1 FROM number;
INSERT INTO version (certificate_id, version, edition_id, name, credentials, cme, abim, abp, kept_until, made_on,
        reason, sha256, size)
    SELECT id, 1, (SELECT min(id) FROM edition), 'Mo', 'MD', '5', '0', '0', date('now', '+300 days'), '2025-11-14', '',
        printf('%064x', id), 60000 FROM certificate WHERE id > 999;
INSERT INTO message (id, message_id, participant_id, occasion, email, email_key, queued_at, state, attempt, at)
    SELECT id, 'm' || id || '@x', id, 'new', email, email_key, '2025-11-14T12:00:00.000000+00:00', 'sent', 1,
        '2025-11-14T12:00:00.000000+00:00' FROM participant WHERE id > 999;
INSERT INTO transition SELECT id, at, 1, 'sent', 250, '', 'ok', 0 FROM message WHERE id > 999;
INSERT INTO mention (certificate_id, message_id, event)
    SELECT x.id, c.participant_id, 'new' FROM certificate x JOIN claim c ON c.id = x.claim_id WHERE x.id > 999;
INSERT INTO page (path, stamp) SELECT 'verify/' || number, '1' FROM certificate WHERE id > 999;
INSERT INTO page (path, stamp) SELECT 'c/' || token, '1' FROM participant WHERE id > 999;
