"""What the program does, a file a step or command, in the order of the business.

The main job, run: load takes claims files in, award plans what each claim is due, render makes certificates
(executor says who), release builds, publishes and proves (recovery puts back what the vault lost), tell
queues mail, send asks and sends (due says what is due, outgoing hands it to the sender), verify adds up.
Before a run: check. What may be asked at any time: activities, find, status, verify, preview, proof.
For a person: desk. Mail that comes in: requests, returned. After a change of design: reissue.
After six years: retention. For safety: backup (backups: one before each run),
and restore with findings and rebuild, the way back. All of them work on a Project (project).
"""
