"""Who is awarded credit: physicians and, unless an activity says otherwise, whoever claims it."""

from __future__ import annotations

from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,credentials,cme_credits\n"
ROWS = (
    'open-2025,N1,rae@example.org,Rae Nurse,"RN, MSN",10',
    "open-2025,N2,phil@example.org,Phil Pharm,PharmD,10",
    "open-2025,N3,no@example.org,No Letters,,10",
    "open-2025,N4,dee@example.org,Dee Doctor,MD,10",
    "open-2025,N5,ola@example.org,Ola Other,PharmD,",
)
CAUTION = (
    "open-2025: credit is awarded as claimed to people who are no physicians by their credentials: "
    "1 without credentials, 1 with PharmD, 1 with RN, MSN; "
    "to award it to physicians alone: CME_for: physicians"
)


def kinds(shell: Shell) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, _, kind, _ in shell.college.certificates():
        found.setdefault(name, set()).add(kind)
    return found


def test_credit_that_others_than_physicians_claim_is_counted(shell: Shell) -> None:
    """It is awarded as claimed; staff hear how many there are with which letters."""
    shell.college.write_meeting("open-2025")
    claims = shell.college.claims(*ROWS, header=HEADER)
    assert CAUTION in shell.json("check", claims)["cautions"]
    assert CAUTION in shell("check", claims).output
    assert CAUTION in shell.json("run", claims, "--yes", "--workers", 1)["cautions"]
    assert kinds(shell)["Rae Nurse"] == {"participation", "cme"}


def test_credit_for_physicians_alone(shell: Shell) -> None:
    """Others have the certificate of participation, and are listed; when the activity is opened, or somebody
    turns out to be a physician, the credit follows."""
    shell.college.write_meeting("open-2025", more="CME_for: physicians\n")
    claims = shell.college.claims(*ROWS, header=HEADER)
    listed = [
        {"activity": "open-2025", "credentials": "", "people": ["No Letters <no@example.org>"]},
        {"activity": "open-2025", "credentials": "PharmD", "people": ["Phil Pharm <phil@example.org>"]},
        {"activity": "open-2025", "credentials": "RN, MSN", "people": ["Rae Nurse <rae@example.org>"]},
    ]
    assert shell.json("check", claims)["not_awarded"] == listed
    said = shell("check", claims).output
    assert (
        "not awarded: open-2025: credit for physicians alone, participation for others: PharmD: 1 person"
        in said
    )
    assert "no physicians by their credentials" not in said
    assert shell.json("run", claims, "--yes", "--workers", 1)["not_awarded"] == listed
    participation = {"participation"}
    expected = dict.fromkeys(("Rae Nurse", "Phil Pharm", "No Letters", "Ola Other"), participation)
    assert kinds(shell) == {**expected, "Dee Doctor": {"participation", "cme"}}
    shell("correct", "N3", "--credentials", "MBBS", "--reason", "told us")
    shell("run", "--yes", "--workers", 1)
    assert kinds(shell)["No Letters"] == {"participation", "cme"}
    shell.college.write_meeting("open-2025")
    shell("run", "--yes", "--workers", 1)
    assert kinds(shell)["Rae Nurse"] == {"participation", "cme"}


def test_what_was_issued_stays_when_an_activity_closes(shell: Shell) -> None:
    """A certificate is frozen: what its activity's file says later takes nothing away."""
    shell.college.write_meeting("open-2025")
    shell("run", shell.college.claims(ROWS[0], header=HEADER), "--yes", "--workers", 1)
    shell.college.write_meeting("open-2025", more="CME_for: physicians\n")
    shell("run", shell.college.claims(ROWS[0].replace("Rae", "Raya"), header=HEADER), "--yes", "--workers", 1)
    assert kinds(shell) == {"Raya Nurse": {"participation", "cme"}}
