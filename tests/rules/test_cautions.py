"""What staff should know of although nothing is set aside for it: one line each, and no more."""

from __future__ import annotations

import json

import pytest
from click.testing import Result

from tests.support.mail_values import dead
from tests.support.shell import Shell

ANA = "meeting-2025,L1,ana@example.org,Ana Alva,MD,yes,,10,,,yes"
LOCAL = "SITE_URL is {}: links in mails and on new certificates work on this machine only"
NOBODY = "SIGNATORY_NAME is empty: the certificates name nobody who signs them"
OURS = ("SITE_URL", "SIGNATORY")
SIGNED = {"SIGNATORY_NAME": "Dr. Made Up"}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [NOBODY]),
        (SIGNED, []),
        ({"SITE_URL": "http://localhost:8000"}, [LOCAL.format("http://localhost:8000"), NOBODY]),
        ({"SITE_URL": "http://127.0.0.1/certs", **SIGNED}, [LOCAL.format("http://127.0.0.1/certs")]),
        ({"SITE_URL": "https://[::1]:8000", **SIGNED}, [LOCAL.format("https://[::1]:8000")]),
        ({"SITE_URL": "https://localhost.example.org", **SIGNED}, []),
    ],
)
def test_said_before_anything_is_issued(shell: Shell, settings: dict[str, str], expected: list[str]) -> None:
    """`certs check` ends with it; `certs run` says it before the certificates are made, and so before the
    question; a run that issues nothing says nothing."""
    claims = shell.college.claims(ANA)
    checked = shell("check", claims, env=settings).stdout.splitlines()
    assert [line for line in checked if line.startswith(OURS)] == expected
    assert checked[len(checked) - len(expected) :] == expected
    run = shell("run", claims, "--yes", "--workers", 1, "--json", env=settings)
    said = run.stderr.splitlines()
    plan = said.index("Pictures and whole lists: var/review/index.html")
    assert said[plan - len(expected) : plan] == expected
    assert said[plan + 1] == "making 2 certificates"
    assert [line for line in said if line.startswith(OURS)] == expected
    again = shell("run", claims, "--yes", "--workers", 1, env=settings)
    assert not [line for line in again.output.splitlines() if line.startswith(OURS)]
    assert "SIGNATORY" not in shell("check", claims, env=settings).output


# People


def row(at: int, host: str, name: str = "Ana Alva") -> str:
    return f"meeting-2025,L{at},p{at}@{host},{name},MD,yes,,10,,,yes"


def moved(at: int, bounced: str = "") -> str:
    comes_back = f", which bounces ({bounced})" if bounced else ""
    old, new = f"p{at}@example.org", f"p{at}@example.net"
    return (
        f"Ana Alva: the file shows {new}, on record is {old}{comes_back}; mail goes to the address on record;"
        f" to change it: certs correct {old} --email {new} --reason ..."
    )


def said(result: Result, words: str) -> list[str]:
    return [line for line in result.output.splitlines() if words in line]


def test_a_new_address_is_said_and_how_to_take_it_over(shell: Shell) -> None:
    """By check and run, in words and in JSON, and not once more; the row is taken, mail goes where it went.
    The command that is named does it."""
    college = shell.college
    shell("run", college.claims(row(1, "example.org")), "--yes", "--workers", 1)
    later = college.claims(row(1, "example.net").replace("10", "11"), row(2, "example.org"))
    assert said(shell("check", later), "on record is") == [moved(1)]
    assert shell.json("check", later, env=SIGNED)["cautions"] == [moved(1)]
    found = json.loads((result := shell("run", later, "--yes", "--json", "--workers", 1)).stdout)
    assert found["cautions"] == [moved(1), NOBODY]
    assert (found["corrected"], found["set_aside"], found["problems"]) == (1, 0, [])
    assert result.stderr.splitlines().count(moved(1)) == 1
    for again in (later, college.claims(row(1, "example.net"), "meeting-2025,L3,,,,,,,,,")):
        for words in (("check", again), ("run", again, "--yes", "--workers", 1)):
            assert not said(shell(*words, status=None), "on record is")
    shell(*moved(1).partition("certs ")[2].split()[:-1], "moved")
    assert shell.json("find", "L1")[0]["email"] == "p1@example.net"


def test_many_new_addresses_are_counted_those_that_bounce_come_first(shell: Shell) -> None:
    """A handful on the terminal, all of them for scripts."""
    college = shell.college
    shell("run", college.claims(*(row(at, "example.org") for at in range(1, 9))), "--yes", "--workers", 1)
    with college.project() as project, project.ledger.transaction():
        project.ledger.people.set_mark("p7@example.org", dead("550 5.1.1 no such user"))
    later = college.claims(*(row(at, "example.net") for at in range(1, 9)))
    first = moved(7, "550 5.1.1 no such user")
    everybody = [first, *(moved(at) for at in range(1, 9) if at != 7)]
    assert shell.json("check", later)["cautions"] == everybody
    few = [*everybody[:5], "... and 3 more like these: all of them with --json"]
    assert said(shell("check", later), "the file shows") + said(shell("check", later), "... and") == few
    told = shell("run", later, "--yes", "--workers", 1).stdout.splitlines()
    assert told[told.index(first) :][: len(few)] == few


def test_where_an_address_is_shared_the_learner_id_says_who(shell: Shell) -> None:
    """The address on record would fit two people, and the command would refuse."""
    office = [
        row(at, "example.org", name).replace(f"p{at}@", "desk@") for at, name in ((1, "Ana"), (2, "Bo"))
    ]
    shell("run", shell.college.claims(*office), "--yes", "--workers", 1)
    (line,) = said(shell("check", shell.college.claims(row(1, "example.net", "Ana"))), "on record is")
    assert "certs correct L1 --email p1@example.net --reason" in line


@pytest.mark.parametrize(
    ("name", "looks"),
    [
        ("<b>Ana</b> Alva", "HTML"),
        ("Ana O&#39;Brien", "HTML"),
        ("Ana &amp; Bo", "HTML"),
        ('"=HYPERLINK(""x"",""Ana"")"', "a spreadsheet formula"),
        ("+Ana", "a spreadsheet formula"),
        (
            "\u0410na Alva",
            "a word of two alphabets (U+0410 CYRILLIC CAPITAL LETTER A beside U+006E LATIN SMALL LETTER N)",
        ),
        ("Ana at evil.com", "a web address"),
        ("Ana evil.example/login", "a web address"),
        ("Анна Alva", ""),
        ("Dr.med. Ana St.John", ""),
        ("Ana & Bo; Alva", ""),
        ("Ana O'Brien-Alva", ""),
    ],
)
def test_a_name_that_looks_like_something_else(shell: Shell, name: str, looks: str) -> None:
    """It is taken as it stands, as any text is; staff hear of it while it can still be mended, and once."""
    claims = shell.college.claims(row(1, "example.org", name))
    text = name.strip('"').replace('""', '"')
    words = f'{claims.name}:2: name: "{text}" looks like {looks}; it is printed as it stands'
    expected = [words] if looks else []
    assert said(shell("check", claims), "looks like") == expected
    found = json.loads((result := shell("run", claims, "--yes", "--json", "--workers", 1)).stdout)
    assert (found["issued"], found["set_aside"]) == (2, 0)
    assert [line for line in result.stderr.splitlines() if "looks like" in line] == expected
    assert found["cautions"] == [*expected, NOBODY]
    more = shell.college.claims(row(1, "example.org", name).replace(",10,", ",11,"))
    assert not said(shell("run", more, "--yes", "--workers", 1), "looks like")
    changed = row(1, "example.org").replace(",10,", ",12,").replace(",MD,", ",<i>MD</i>,")
    assert said(shell("check", shell.college.claims(changed)), "credentials: ")


COURSE = (
    "external_course_id,external_user_id,external_mail,name,credit_type,credits,complete,date_completed\n"
)


@pytest.mark.parametrize(
    ("zone", "day", "is_said"),
    [("", "2024-12-31", True), ("as-written", "2025-01-01", False), ("Europe/Berlin", "2025-01-01", False)],
)
def test_instants_of_another_day_are_counted(shell: Shell, zone: str, day: str, is_said: bool) -> None:
    """Learning systems write UTC; the day is that of the college's time zone, or as staff say."""
    shell.college.write_activity(
        "course", "Title: A Course\nSlug: course\nFormat: enduring material\nCME_max: 10\n"
    )
    rows = [
        f"course,U{at},u{at}@example.org,Ann Lee,CME,5,1,2025-01-01T{time}:00Z"
        for at, time in ((1, "03:30"), (2, "19:00"))
    ]
    claims = shell.college.claims(*rows, header=COURSE)
    found = shell.json("check", claims, env={"CLAIMS_TIMEZONE": zone})
    said = [one for one in found["cautions"] if "another day" in one]
    assert bool(said) == is_said
    assert not said or said[0].startswith(
        f"{claims.name}: 1 completion date is of another day in America/New_York"
    )
    shell("run", claims, "--yes", "--workers", 1, env={"CLAIMS_TIMEZONE": zone})
    with shell.college.project(locked=False) as project:
        facts = [
            entry.facts
            for page in project.ledger.pages.persons(
                shell.college.tokens(project), project.catalog, project.today
            )
            for entry in page.entries
        ]
    assert {one.completed_on.isoformat() for one in facts if one.completed_on} == {day, "2025-01-01"}


def test_a_site_that_is_not_under_the_senders_domain_is_said(shell: Shell) -> None:
    """Filters take such links for phishing: in check and in status, and not where the site is below it."""
    words = "links in mails lead to acr-certs.example.net, which is not under example.org"
    env = {"SITE_URL": "https://acr-certs.example.net"}
    claims = shell.college.claims(ANA)
    assert words in shell("check", claims, env=env).stdout
    assert words in shell("status", env=env).stdout
    assert "links in mails" not in shell("check", claims).stdout
