"""What the program does, a file a step or command, in the order of the business.

The main job: opening recognises claims files, plan says on an excerpt of the ledger what a run would do (with
differences, and as review with gallery), stops says what speaks against it; staff look and answer; then
run: backups writes one first, retention deletes, load takes claims files in (recognise: for people taken
back from their pages), award plans what each claim is due, render makes certificates (executor says who),
release builds (pages; credit_files, in workers as making says), publishes and proves (recovery puts back
what the vault lost), tell queues mail, send asks and sends (due says what is due, outgoing hands it to
transport, daily how many a day; mail_settings what the settings say of it), verify adds up.

What may be asked at any time: activities, find, status, verify (with hosted), doctor (with at_once and
read_back), preview, proof, trial. For a person: desk, standing. Mail that comes in: requests, returned.
After a change of design: reissue. After six years: retention (aside: what nobody knows). For safety: backup,
restore with findings and rebuild, marks. All of them work on a Project (project).
"""
