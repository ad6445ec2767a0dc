    -- The names of new participants are taken in together at the end of their transaction (People.index_names):
    -- a trigger for each was a quarter of the time a claims file takes.
    DROP TRIGGER participant_named;
