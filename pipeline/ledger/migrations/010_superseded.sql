-- What files said before a later one said something else. A file that says it again goes back to an older one.
CREATE TABLE superseded (
    participant_id INTEGER NOT NULL REFERENCES participant ON DELETE CASCADE,
    claim_id INTEGER REFERENCES claim ON DELETE CASCADE, -- NULL: said of the person, not of a claim
    field TEXT NOT NULL,                                 -- a column of claims files
    value TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX superseded_once ON superseded (participant_id, coalesce(claim_id, 0), field, value);
CREATE INDEX superseded_claim ON superseded (claim_id);

-- What issued certificates stated before they were corrected is known, as far as files alone can change it.
INSERT INTO superseded
    SELECT DISTINCT participant_id, claim_id, field, CASE WHEN instr(value, '.') THEN rtrim(rtrim(value, '0'), '.') ELSE value END
    FROM (
        SELECT c.participant_id, c.id AS claim_id, 'cme_credits' AS field, v.cme AS value, c.cme AS now
            FROM version v JOIN certificate x ON x.id = v.certificate_id JOIN claim c ON c.id = x.claim_id
        UNION ALL
        SELECT c.participant_id, c.id, 'abim_moc_points', v.abim, c.abim
            FROM version v JOIN certificate x ON x.id = v.certificate_id JOIN claim c ON c.id = x.claim_id
        UNION ALL
        SELECT c.participant_id, c.id, 'abp_moc_points', v.abp, c.abp
            FROM version v JOIN certificate x ON x.id = v.certificate_id JOIN claim c ON c.id = x.claim_id
    )
    WHERE CAST(value AS REAL) > 0 AND CAST(value AS REAL) <> CAST(now AS REAL)
    ON CONFLICT DO NOTHING;
