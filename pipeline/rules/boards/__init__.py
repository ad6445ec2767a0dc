"""What is reported of credit to boards and rosters: who is due, what a file of theirs holds, what they
answer."""
