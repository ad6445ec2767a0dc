-- A certificate with the claim that it was issued for; is_live as Standing.is_live says.
CREATE VIEW certificate_and_claim AS
    SELECT x.*, x.standing IN ('valid', 'corrected') AS is_live, c.participant_id, c.activity, c.activity_date,
           c.kept_until, c.erased, c.download_until, c.reopened_until, c.attended, c.cme
    FROM certificate x JOIN claim c ON c.id = x.claim_id;
