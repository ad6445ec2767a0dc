"""Certificates of a medical society: claim records in; PDFs, private pages and mail out; six years kept.

The way of the data:

    claims file -> intake -> rules/claims -> ledger -> rules/certificates -> documents -> vault -> site
        -> publish -> proved -> mail -> a person
    a person's mail, returned mail -> inbox -> rules/messages -> ledger -> mail

The way of imports: cli and desk -> workflow -> edges -> rules. Edges (intake, ledger, vault, documents,
cluster, review, reports, sealing, site, publish, mail, inbox, backup, preview, nameserver) do not know each
other; rules know nothing but values. errors, files, lock, login and processes serve all above rules; settings
are read by cli and handed down as values.

One word, one thing:

    activity        what people attended or completed; a file in content/activities
    plan            what a run would do, shown before it is done
    load            one claims file, read into the ledger
    claim           what one person claims for one activity: attendance, credit, requirements met
    row             a line of a claims file, before it is judged
    set aside       a row that cannot be right, kept with its reason for staff to mend
    participant     a person on record; the holder, where a certificate is spoken of
    former record   of a participant: another one of theirs that was merged into this one
    share           of a claim: what the rows of one of a participant's records say of it
    award           a certificate that a claim earns, or would earn if nothing were missing
    withheld        an award that waits for a requirement
    certificate     what was issued, under a number, for one claim and kind; it has versions
    version         one PDF of a certificate; a correction or a reissue makes the next
    facts           what a version states, frozen
    edition         what all certificates of one activity and kind state alike
    standing        of a certificate: valid, corrected, replaced, withdrawn
    number          printed on a certificate, public
    token           of a private page, secret; the link is the page's address with it
    page            a participant's private page, or a certificate's verification page
    stamp           a digest of what a page shows, by which it is known to be up to date
    credit record   the Record of credits: what of a participant's certificates counts, with sums, as PDF
    seal            a signature over all bytes of a certificate, in it: it proves itself by the key
    key             of seals; its public half stays on the site for good
    device          that holds the key of a signature and never gives it away: a USB token, a card, an HSM
    backup          the ledger and every certificate of it, in one file or in a folder of backups
    pack            a file of such a folder that holds certificates; the backups in it share them
    run             one certs run, on record with what it did, under a number
    taken back      of a certificate: nobody can have seen it, and it is as if it had never been issued
    release         pages built, published and proved, and what is gone forgotten
    proof           the web host's own answer that a link is live, or gone
    review          of a plan: one private HTML file, for staff or whoever approves, before a run is done
    sample          a certificate with a made-up name, for sign-off: `certs proof` makes them
    message         one mail to one person; its fate is queued, sending, sent, deferred, failed or unknown
    occasion        why a message is sent: see rules/messages/occasions
    advice          mail besides that about certificates: what is missing, and records that will be deleted
    event           what a message tells of a certificate; told once
    returned mail   a message that a server took and sent back later
    board           a certifying board, or whoever else takes records of credit
    record          what a board is told of one certificate; accepted or rejected
    learner         a row of an export of people, with what boards need; kept nowhere
    refusal         a server's no, while sending or later: about the recipient's mailbox, or about us
    marked          of an address: dead, or its mailbox full; nothing new goes there until that ends
    request         a mail to the office that asks for the link
    retention       six years from the date of the activity; then deletion
    hold            a record kept beyond six years, on staff's word
    erasure         deletion on the person's request; they may not come back by an old file
"""
