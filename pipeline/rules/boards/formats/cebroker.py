"""CE Broker: a roster of course completions, for the licensing boards that take them from there.

The columns, which have no header, are those of CE Broker's help center: "Creating Excel Files", articles
15226514662548 (full credit) and 15226532103572 (partial credit).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.rules.boards.checks import amounts_right, given
from pipeline.rules.boards.format import BoardFormat, FileColumn, Lack, Reporter, ReportLine
from pipeline.rules.boards.learners import Learner
from pipeline.rules.boards.records import BoardCredit, CreditOnRecord
from pipeline.rules.boards.states import state_code
from pipeline.rules.certificates.activities import Activity

BOARD = "CE Broker"
HELP = "help.cebroker.com, articles 15226514662548 and 15226532103572"


def _credits(
    certificate: CreditOnRecord, activity: Activity, learner: Learner | None, known: frozenset[str]
) -> Iterator[BoardCredit]:
    """Whoever is in the export with a licence and a profession, which are of no use elsewhere."""
    day = certificate.completed_on or activity.end
    is_licensed = learner is not None and bool(learner.licence and learner.profession)
    if day is not None and (BOARD in known or is_licensed):
        yield BoardCredit(BOARD, day, certificate.cme)


def _lacking(activity: Activity, sender: Reporter) -> Iterator[Lack]:
    if not sender.ce_broker_provider.isdecimal():
        yield "CE_BROKER_PROVIDER", "must be set in .env: the provider's tracking number, without 50-"
    if not activity.ce_broker_course:
        yield "CE_Broker_course", "is missing in the activity's file: its tracking number, without 20-"


def _faults(line: ReportLine) -> Iterator[Lack]:
    learner = line.learner
    yield from amounts_right(line)
    yield from given(line, "licence", learner.licence)
    yield from given(line, "state", learner.state)
    is_code = re.fullmatch(r"[A-Z][A-Z0-9]{0,5}", learner.profession)
    shape = "" if is_code else "is no code of CE Broker, such as RN"
    yield from given(line, "profession", learner.profession, shape)
    if _is_partial(line) and not line.activity.ce_broker_subject:
        yield (
            "CE_Broker_subject",
            "is missing in the activity's file: whoever claimed less needs a subject area",
        )


def _is_partial(line: ReportLine) -> bool:
    return line.credit.cme != line.activity.cme_max


FORMAT = BoardFormat(
    key="cebroker",
    label=BOARD,
    columns=(
        FileColumn("Provider tracking number", lambda line: line.sender.ce_broker_provider, HELP),
        FileColumn("Course tracking number", lambda line: line.activity.ce_broker_course, HELP),
        FileColumn("Course ID of our own", lambda _line: None, f"{HELP}: instead of column B"),
        FileColumn("Publishing number", lambda _line: None, f"{HELP}: blank for most providers"),
        FileColumn("Licence number", lambda line: line.learner.licence, HELP),
        FileColumn("Completion date", lambda line: line.credit.completed_on, f"{HELP}: a date of Excel's"),
        FileColumn("State", lambda line: f"State={state_code(line.learner.state)}", f"{HELP}: State=FL"),
        FileColumn(
            "Profession", lambda line: f"Profession={line.learner.profession}", f"{HELP}: Profession=RN"
        ),
        FileColumn(
            "Subject area code",
            lambda line: line.activity.ce_broker_subject if _is_partial(line) else None,
            f"{HELP}: of partial credit",
        ),
        FileColumn(
            "Hours",
            lambda line: line.credit.cme if _is_partial(line) else None,
            f"{HELP}: of partial credit",
        ),
    ),
    credits=_credits,
    lacking=_lacking,
    faults=_faults,
    has_header=False,
    corrects=False,  # what was posted is neither edited nor deleted by a roster (article 15226531873556)
    rules={
        "The file's kind": "unconfirmed: CE Broker asks for .xls; ours is .xlsx, which Excel saves as .xls",
        "Profession codes": "unconfirmed: capital letters and digits, six at most",
        "Hours": "unconfirmed: an hour is one AMA PRA Category 1 Credit",
        "A roster is new each time": f"{HELP}: nobody who was reported before is in it again",
    },
)
