"""certs withdraw --activity, certs reinstate --activity: an activity that was issued by mistake."""

from __future__ import annotations

import pytest

from tests.support.college import College
from tests.support.shell import Shell, digest

HEADER = "activity,learner_id,email,name,cme_credits\n"
ANA = "spring,L1,ana@example.org,Ana Alva,5"
BO = "spring,L2,bo@example.org,Bo Berg,6"
CY = "spring,L3,cy@example.org,Cy Cole,0"
OTHER = "autumn,L1,ana@example.org,Ana Alva,7"
WITHDRAW = "withdraw", "--activity", "spring", "--reason", "issued by mistake"
REINSTATE = "reinstate", "--activity", "spring", "--reason", "it was right"


@pytest.fixture
def issued(shell: Shell) -> Shell:
    """Ana, Bo and Cy have certificates of spring, and were told; Ana has some of autumn, too."""
    for slug in ("spring", "autumn"):
        shell.college.write_meeting(slug)
    shell.college.take(ANA, BO, CY, OTHER, header=HEADER)
    return shell


def standings(college: College, activity: str = "spring") -> dict[tuple[str, str], str]:
    return {
        (name, kind): standing for name, slug, kind, standing in college.certificates() if slug == activity
    }


def number(shell: Shell, who: str, kind: str) -> str:
    (person,) = shell.json("find", who)
    return next(
        str(one["number"])
        for one in person["certificates"]
        if (one["activity"], one["kind"]) == ("spring", kind)
    )


def test_a_plan_comes_first_and_changes_nothing(issued: Shell) -> None:
    """How many certificates and people, how many were mailed; where nobody can be asked nothing is done."""
    before = digest(issued.college.root)
    assert issued(*WITHDRAW, "--mail", "--dry-run").stdout.splitlines() == [
        "spring: 3 Certificate of Participation",
        "spring: 2 CME Certificate",
        "3 people, of whom 3 were told by mail",
        "3 mails go out, one to each of these",
    ]
    assert issued.json(*WITHDRAW, "--dry-run") == {
        "activity": "spring",
        "certificates": 5,
        "by_kind": {"participation": 3, "cme": 2},
        "people": 3,
        "mailed": 3,
        "left": [],
        "stops": [],
    }
    assert digest(issued.college.root) == before
    assert "Withdraw 5 certificates of spring?" in issued(*WITHDRAW, status=1).stderr
    assert set(standings(issued.college).values()) == {"valid"}


def test_all_of_an_activity_is_withdrawn_and_comes_back(issued: Shell) -> None:
    """Files go, verification pages say so and why, holders are told once each, another activity stays;
    what had been withdrawn alone before stays withdrawn when the activity comes back."""
    college = issued.college
    alone = number(issued, "L2", "cme")
    issued("withdraw", alone, "--reason", "claimed by mistake")
    mails = len(college.mails())
    done = issued.json(*WITHDRAW, "--mail", "--yes")
    assert (done["certificates"], done["people"], done["messages"]) == (4, 3, {"sent": 3})
    assert set(standings(college).values()) == {"withdrawn"}
    assert set(standings(college, "autumn").values()) == {"valid"}
    told = [str(mail["To"]) for mail in college.mails()[mails:]]
    assert len(told) == len(set(told)) == 3
    shown = (college.output / "verify" / number(issued, "L1", "cme") / "index.html").read_text()
    assert "issued by mistake" in shown
    assert not list(college.page("Cy Cole").glob("*-certificate-*.pdf"))

    assert "no certificate of spring counts" in issued.refused(*WITHDRAW, "--yes").casefold()
    done = issued.json(*REINSTATE, "--mail", "--yes")
    assert (done["certificates"], done["messages"]) == (4, {"sent": 3})
    left = {who for who, standing in standings(college).items() if standing != "valid"}
    assert left == {("Bo Berg", "cme")}
    assert "claimed by mistake" in (college.output / "verify" / alone / "index.html").read_text()
    assert "nothing can be reinstated" in issued.refused(*REINSTATE, "--yes")
    assert issued.json("find", "L1")[0]["certificates"][0]["standing"] == "valid"


def test_one_that_was_reinstated_and_withdrawn_alone_since_is_staffs_own(issued: Shell) -> None:
    one = number(issued, "L1", "cme")
    issued(*WITHDRAW, "--yes")
    issued("reinstate", one, "--reason", "hers was right")
    issued("withdraw", one, "--reason", "no, it was not")
    assert issued.json(*REINSTATE, "--yes")["certificates"] == 4
    assert standings(issued.college)["Ana Alva", "cme"] == "withdrawn"


def test_the_last_withdrawal_comes_back_first(issued: Shell) -> None:
    """What was issued after a withdrawal and withdrawn by another is told apart; what waits is said."""
    issued(*WITHDRAW, "--yes")
    issued.college.take("spring,L4,dee@example.org,Dee Doe,3", header=HEADER)
    assert issued.json(*WITHDRAW, "--yes")["certificates"] == 2
    done = issued(*REINSTATE, "--yes")
    assert "2 certificates are valid again." in done.stdout
    assert "5 certificates that an earlier withdrawal took: give the command once more" in done.stdout
    assert issued.json(*REINSTATE, "--yes")["certificates"] == 5


def test_credit_that_a_file_removed_meanwhile_stays_withdrawn(issued: Shell) -> None:
    issued(*WITHDRAW, "--yes")
    issued.college.take("spring,L1,ana@example.org,Ana Alva,", header=HEADER, allow_removals=True)
    done = issued.json(*REINSTATE, "--yes")
    assert done["certificates"] == 4
    assert [one["number"] for one in done["left"]] == [number(issued, "L1", "cme")]
    assert "removed its credit" in done["left"][0]["reason"]


def test_who_was_not_told_of_it_is_not_told_that_it_is_gone(shell: Shell) -> None:
    """The mail that waited has nothing left to tell, and is taken off at once; once the certificate is
    back the next run tells of it."""
    college = shell.college
    college.write_meeting("spring")
    college.take(ANA, header=HEADER, send=False)
    assert shell.json(*WITHDRAW, "--mail", "--yes")["messages"] == {}
    assert shell.json("status")["messages"] == {"failed": 1}
    assert shell.json("status")["failed"] == []
    shell(*REINSTATE, "--yes", "--mail")
    assert college.run().sent == 1
    assert len(college.mails()) == 1


def test_many_holders_are_a_reason_to_stop(shell: Shell) -> None:
    """51 people may have used what they were mailed; --accept goes on."""
    shell.college.write_meeting("spring")
    rows = [f"spring,L{one},p{one}@example.org,Pat Pound,0" for one in range(51)]
    shell.college.take(*rows, header=HEADER)
    (stop,) = shell.json(*WITHDRAW, "--yes", status=5)["stops"]
    assert stop["name"] == "large-withdrawal"
    assert "51 people were told of them by mail" in stop["text"]
    assert set(standings(shell.college).values()) == {"valid"}
    shell(*WITHDRAW, "--yes", "--accept", "large-withdrawal")
    assert set(standings(shell.college).values()) == {"withdrawn"}


def test_an_activity_without_a_file_can_be_withdrawn(issued: Shell) -> None:
    """It was a mistake altogether: its file is gone. One that nobody knows is named."""
    (issued.college.root / "content" / "activities" / "spring.md").unlink()
    issued(*WITHDRAW, "--yes")
    assert set(standings(issued.college).values()) == {"withdrawn"}
    assert 'no activity "sprnig"' in issued.refused(
        "withdraw", "--activity", "sprnig", "--reason", "x", "--yes"
    )


def test_a_number_or_an_activity(issued: Shell) -> None:
    for words in (("withdraw",), ("withdraw", "1234", "--activity", "spring")):
        assert "--activity" in issued(*words, "--reason", "x", status=2).stderr
    one = number(issued, "L1", "cme")
    assert (
        "--dry-run goes with --activity"
        in issued("withdraw", one, "--reason", "x", "--dry-run", status=2).stderr
    )
    assert standings(issued.college)["Ana Alva", "cme"] == "valid"
    shown = issued.json("withdraw", one, "--reason", "x")
    assert shown == {"number": one, "messages": {}, "stops": []}


def test_it_is_on_record(issued: Shell) -> None:
    issued("--actor", "ida", *WITHDRAW, "--yes")
    with issued.college.project(locked=False) as project:
        row = project.ledger._db.execute(
            "SELECT actor, detail FROM audit WHERE action = 'withdraw'"
        ).fetchone()
    assert tuple(row) == ("ida", "spring, 5 certificates of 3 people; issued by mistake")
