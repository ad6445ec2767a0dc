"""The desk: a screen in a browser for what staff and help desk do, on this machine alone.

It is a second face on workflow, beside cli: it asks, shows, and decides nothing.

    serve     the server, and its end -> app: the addresses, and the way in
    guard     what may reach it at all -> sittings: who is there -> calls: one request, and its answer
    people    finding somebody, their card, the way of a deed -> verbs: what can be done
    board     the day's figures, and what is sent from it; mailbox: requests; activities; history: runs
    claims    a claims file from drop to result -> work: what takes longer than a request; charts
    offers    what was shown and waits for a yes; large: deeds about many people at once
    office    the project, opened for each request; screens: theme/desk; pictures: of certificates
"""

from pipeline.desk.office import Office
from pipeline.desk.serve import serve_desk

__all__ = ["Office", "serve_desk"]
