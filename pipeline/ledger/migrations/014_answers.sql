-- Requests for the link are bounded by the hour, so their answers are found by their time.
CREATE INDEX message_resent ON message (queued_at) WHERE occasion = 'resent';
