"""Somebody at the desk: found, seen whole, and served; each deed shown, done once, and on record."""

from __future__ import annotations

import datetime as dt
import re
import shlex
import threading
from http import HTTPStatus
from pathlib import Path

import pytest

from pipeline.desk.verbs import VERBS
from pipeline.errors import MailError
from pipeline.ledger import Ledger
from pipeline.lock import lock
from tests.support.college import TODAY, College
from tests.support.desk_kit import Browser, OpenDesk
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,credentials,cme_credits,evaluation,completed_on\n"
ROWS = (
    "window,L1,ana@example.org,Ana Alva,MD,5,,",
    "meeting-2025,L1,ana@example.org,Ana Alva,MD,6,no,",
    "window,L2,bo@example.org,Bo Berg,,6,,",
    "course,,ana.old@example.org,Ana Alva,MD,3,,2025-10-01",
)


def settled(college: College) -> College:
    """Ana Alva has two certificates of a closed window and one withheld, and two more under another address;
    Bo Berg has two."""
    college.write_meeting("window", more="Download_until: 2025-11-10\n")
    college.take(*ROWS, header=HEADER)
    return college


@pytest.fixture
def desk(quick_college: College) -> OpenDesk:
    return OpenDesk(settled(quick_college))


@pytest.fixture
def ida(desk: OpenDesk) -> Browser:
    return desk.visitor("Ida Lund")


def number_on(page: str) -> str:
    return str(re.findall(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", page)[0])


def audit(college: College) -> list[tuple[str, str, str]]:
    with Ledger(college.data / "ledger.sqlite3") as ledger:
        rows = ledger._db.execute("SELECT actor, action, detail FROM audit WHERE participant IS NOT NULL")
        return [tuple(row) for row in rows]


def shown(browser: Browser, verb: str, **typed: str) -> None:
    """Up to the preview."""
    path = browser.find("ana@example.org")
    asked = "" if verb not in ("withdraw", "reinstate") else f"?number={typed.get('number', '')}"
    browser.get(f"{path}/{verb}{asked}")
    if VERBS[verb].asks:
        browser.post(f"{path}/{verb}", **typed)


def said_yes(browser: Browser) -> None:
    """The one confirmation."""
    path = re.findall(r'action="([^"]*)/yes"', browser.page)[0]
    browser.post(f"{path}/yes", once=browser.hidden("once"))


@pytest.mark.parametrize(
    "text", ["ana@example.org", "Ana Alva", "Anna Alvva", "L1", "alv", "ANA@EXAMPLE.ORG"]
)
def test_one_field_finds_by_whatever_is_known(ida: Browser, text: str) -> None:
    assert "Ana Alva" in (ida.get(f"?q={text}"), ida.words)[1]
    fragment = ida.get(f"found?q={text}").text
    assert "Ana Alva" in fragment
    assert "<html" not in fragment


def test_a_certificate_number_finds_its_holder(ida: Browser) -> None:
    ida.get(ida.find("L1"))
    number = number_on(ida.page)
    assert "Ana Alva" in ida.get(f"found?q={number.replace('-', '').lower()}").text


def test_nobody_is_said_so(ida: Browser) -> None:
    ida.get("?q=Quxxqz")
    assert "Nobody fits “Quxxqz”" in ida.words
    ida.get("?q=%20%20")
    assert "Nobody" not in ida.words


def test_ten_thousand_who_fit_are_a_short_page(desk: OpenDesk, ida: Browser) -> None:
    """The likeliest alone; what else there is is said."""
    with Ledger(desk.desk.office.settings.data_dir / "ledger.sqlite3") as ledger, ledger.transaction():
        ledger._db.executemany(
            "INSERT INTO participant (email, email_key, name, credentials, said_name, said_credentials,"
            " said_load, token) VALUES (?1, ?1, ?2, '', ?2, '', 1, ?1)",
            [(f"kim{at}@example.org", f"Kim Same{'abcdefghij'[at % 10]}") for at in range(10_000)],
        )
        ledger.people._first_new = 3
    answer = ida.get("found?q=kim")
    assert answer.text.count("<li") == 20
    assert "These are the 20 likeliest" in answer.text
    assert len(answer.content) < 30_000


def test_the_card_tells_all_but_the_link(desk: OpenDesk, ida: Browser) -> None:
    """Certificates with credits and their sum, what is withheld and why, mail with its words, page, deeds."""
    ida.get(ida.find("L1"))
    for part in (
        "Ana Alva MD",
        "In all: 2 certificates · 5 AMA PRA Category 1 Credits",
        "download closed",
        "Withheld: evaluation not completed",
        "written into a folder, not sent",
        "into the folder var/outbox, as SMTP_HOST is empty: it reached nobody",
        "No web host is set",
        "certs find ana@example.org",
    ):
        assert part in ida.words, part
    assert token_of(desk) not in ida.page


def token_of(desk: OpenDesk, learner: str = "L1") -> str:
    with Ledger(desk.desk.office.settings.data_dir / "ledger.sqlite3") as ledger:
        return ledger.people.who(learner, None)[0].token


def test_the_link_is_shown_when_asked_for_and_that_is_on_record(desk: OpenDesk, ida: Browser) -> None:
    path = ida.find("L1")
    ida.get(path)
    ida.post(f"{path}/link")
    assert f"https://certificates.example.org/c/{token_of(desk)}/" in ida.page
    ida.get(path)
    assert token_of(desk) not in ida.page
    assert "show-link by Ida Lund" in ida.words
    assert ida.get(f"{path}/link").status_code == HTTPStatus.NOT_FOUND  # no verb of this name


def test_no_page_on_the_way_of_a_deed_has_a_token(desk: OpenDesk, ida: Browser) -> None:
    for verb, typed in DEEDS.items():
        if verb not in ("reinstate", "release", "part"):  # there is nothing yet that they would end
            shown(ida, verb, **{**typed, "number": number_of_ana(ida)})
            assert 'name="once"' in ida.page, verb
            assert token_of(desk) not in ida.page, verb


def number_of_ana(browser: Browser) -> str:
    browser.get(browser.find("L1"))
    return number_on(browser.page)


DEEDS: dict[str, dict[str, str]] = {
    "resend": {},
    "correct": {
        "name": "Ana Alba",
        "credentials": "DO",
        "email": "ana@new.example.org",
        "mail": "yes",
        "reason": "Ana's wish; a hospital & a wedding",
    },
    "rotate": {"reason": "the link leaked"},
    "merge": {"other": "ana.old@example.org", "reason": "asked by phone", "mail": "yes"},
    "part": {"reason": "two people"},
    "withdraw": {"reason": "issued in error", "mail": "yes"},
    "hold": {"reason": "a lawsuit"},
    "forget": {"reason": "asked by mail"},
    "release": {"reason": "it is over"},
    "reinstate": {"reason": "it was right"},
}


@pytest.mark.parametrize("verb", DEEDS)
def test_the_desk_does_what_the_command_that_it_names_does(
    verb: str, tmp_path: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same certificates, mails and audit trail, in a college of its own."""
    settled(shell.college)
    other = tmp_path / "other"
    other.mkdir()
    twin = settled(College(other))
    ida = OpenDesk(twin).visitor()
    typed = dict(DEEDS[verb])
    if verb == "reinstate":
        for one in (twin, shell.college):
            monkeypatch.chdir(one.root)
            shell("withdraw", first_number(one), "--reason", "too early")
    if verb == "part":
        for one in (twin, shell.college):
            monkeypatch.chdir(one.root)
            shell("merge", "ana.old@example.org", "ana@example.org", "--reason", "one person", "--yes")
    if verb == "release":
        for one in (twin, shell.college):
            monkeypatch.chdir(one.root)
            shell("hold", "ana@example.org", "--reason", "a lawsuit")
    number = first_number(twin)
    shown(ida, verb, **{**typed, "number": number})
    command = re.search("The command that does the same: (.*)$", ida.words)
    assert command, ida.words
    assert "Nothing was done" not in ida.words
    said_yes(ida)
    monkeypatch.chdir(shell.college.root)
    line = shlex.split(command[1].replace(number, first_number(shell.college)))
    assert line.pop(0) == "certs"
    shell("--actor", "Ida Lund", *line, *(["--yes"] if verb in ("forget", "merge", "part") else []))
    assert told(twin) == told(shell.college)


def first_number(college: College) -> str:
    with college.project(locked=False) as project:
        (ana,) = project.ledger.people.who("L1", None)
        return project.ledger.pages.entries(ana.id, TODAY)[0].facts.number


def told(college: College) -> tuple[object, ...]:
    """What became of a college: certificates, mails, and the audit trail, numbers and links left out."""
    mails = [(mail["To"], str(mail["Subject"])) for mail in college.mails()]
    number = re.compile("[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}")
    deeds = [(actor, action, number.sub("#", detail or "")) for actor, action, detail in audit(college)]
    return college.certificates(), mails, [one for one in deeds if one[0] == "Ida Lund"]


def test_resending_takes_three_actions(desk: OpenDesk, ida: Browser) -> None:
    """Type, press, say yes."""
    ida.get("?q=ana@exampel.org")  # 1: typed
    (link,) = re.findall(r'href="([^"]*/resend)"', ida.page)
    ida.get(link)  # 2: pressed
    assert "Subject: Your certificates" in ida.words or "Subject:" in ida.words
    before = len(college_of(desk).mails())
    said_yes(ida)  # 3
    assert "The link of Ana Alva goes to ana@example.org." in ida.words
    assert len(college_of(desk).mails()) == before + 1


def college_of(desk: OpenDesk) -> College:
    found = College.__new__(College)
    found.root, found.environment = desk.desk.office.settings.root, {}
    return found


def test_a_preview_shows_old_and_new_and_the_mail(desk: OpenDesk, ida: Browser) -> None:
    shown(
        ida, "correct", name="Ana Alba", email="ana@example.org", credentials="MD", mail="yes", reason="asked"
    )
    assert "Name Ana Alva → Ana Alba" in ida.words
    assert "To: ana@example.org Subject:" in ida.words
    assert "Address" not in ida.words.partition("What changes")[2].partition("The mail")[0]
    assert not [deed for deed in audit(college_of(desk)) if deed[1] == "correct"]


def test_a_form_that_is_sent_twice_is_done_once(desk: OpenDesk, ida: Browser) -> None:
    """A double click, or the browser's way back: the same answer, nothing more."""
    shown(ida, "resend")
    page = ida.page
    said_yes(ida)
    said, mails = ida.words, len(college_of(desk).mails())
    ida.page = page
    said_yes(ida)
    assert ida.words.partition("Mail New")[0].split()[:40] == said.partition("Mail New")[0].split()[:40]
    assert len(college_of(desk).mails()) == mails
    assert [action for _, action, _ in audit(college_of(desk))] == ["resend"]


def test_two_at_once_do_it_once(desk: OpenDesk, ida: Browser) -> None:
    shown(ida, "resend")
    path = re.findall(r'action="([^"]*)/yes"', ida.page)[0]
    once, token = ida.hidden("once"), ida.token
    answers: list[int] = []

    def press() -> None:
        browser = Browser(desk)
        browser.client.cookies = ida.client.cookies
        answers.append(browser.post(f"{path}/yes", token=token, once=once).status_code)

    presses = [threading.Thread(target=press) for _ in range(4)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert answers == [HTTPStatus.OK] * 4
    assert [action for _, action, _ in audit(college_of(desk))] == ["resend"]


def test_what_changed_since_is_shown_again(desk: OpenDesk, ida: Browser) -> None:
    """Another tab, another person, another command: a yes is to what was seen."""
    ole = desk.visitor("Ole Berg")
    shown(ida, "withdraw", number=number_of_ana(ida), reason="issued in error")
    shown(ole, "correct", name="Ana Alba", credentials="MD", email="ana@example.org", reason="asked")
    said_yes(ole)
    said_yes(ida)
    assert "Something happened to this person since you looked" in ida.words
    assert [(actor, action) for actor, action, _ in audit(college_of(desk))] == [("Ole Berg", "correct")]
    said_yes(ida)
    assert "is withdrawn." in ida.words
    assert [actor for actor, *_ in audit(college_of(desk))] == ["Ole Berg", "Ida Lund"]


def test_while_a_run_is_at_work_one_can_look_and_loses_nothing(desk: OpenDesk, ida: Browser) -> None:
    """Who holds it is said on every page; what was typed is there when it is free."""
    with lock(college_of(desk).data, "timer", "2025-11-14T05:15:00-06:00"):
        shown(ida, "hold", reason="a <b>lawsuit</b>")
        assert "Another run is at work: timer, process" in ida.words
        said_yes(ida)
        assert "Another run holds the lock: timer" in ida.words
        assert "a <b>lawsuit</b>" in ida.words.replace("&lt;", "<")
    assert not audit(college_of(desk))
    said_yes(ida)
    assert "Ana Alva is held." in ida.words


def test_several_at_once_each_in_their_own_name(desk: OpenDesk) -> None:
    """Nothing is lost, and nobody waits for a retry."""
    browsers = [desk.visitor(f"Helper {at}") for at in range(5)]
    for at, one in enumerate(browsers):
        path = one.find("L1" if at % 2 else "L2")
        one.get(f"{path}/hold")
        one.post(f"{path}/hold", reason=f"reason {at}")
    threads = [threading.Thread(target=until_done, args=(one,)) for one in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {(actor, detail) for actor, _, detail in audit(college_of(desk))} == {
        (f"Helper {at}", f"reason {at}") for at in range(5)
    }


def until_done(browser: Browser) -> None:
    """Somebody says yes to what is shown, until it is done."""
    for _ in range(6):
        said_yes(browser)
        if "is held." in browser.words:
            return


def test_what_is_typed_wrongly_is_kept_and_said(ida: Browser) -> None:
    shown(ida, "correct", name="Ana Alba", credentials="MD", email="ana@", reason="")
    assert 'value="Ana Alba"' in ida.page
    assert 'value="ana@"' in ida.page
    assert "This is needed." in ida.words
    shown(ida, "correct", name="Ana Alva", credentials="MD", email="ana@example.org", reason="x")
    assert "Nothing is changed here yet" in ida.words


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ 7*7 }}{% raw %}",
        "' onmouseover='alert(1)",
        "</title><svg/onload=alert(1)>",
    ],
)
def test_markup_in_what_is_on_record_or_typed_stays_text(desk: OpenDesk, ida: Browser, hostile: str) -> None:
    """In a name, credentials, an address, a reason, an actor, and in what is sought."""
    with Ledger(college_of(desk).data / "ledger.sqlite3") as ledger, ledger.transaction():
        ledger._db.execute("UPDATE participant SET name = ?1, credentials = ?1, held = ?1", (hostile,))
        ledger._db.execute(
            "UPDATE message SET text = ?1, email = ?1",
            (hostile,),
        )
        ledger.audit.write("2025-11-14T00:00:00+00:00", hostile, hostile, hostile, 1)
    ida.get("who")
    ida.post("who", actor=hostile)
    path = ida.find("L1")
    for page in ("", path, f"{path}/resend", f"{path}/correct", f"?q={hostile}", f"found?q={hostile}"):
        answer = ida.get(page)
        assert hostile not in answer.text or hostile.startswith("{{")
        assert "{{" not in hostile or ">49" not in answer.text
    ida.get(f"{path}/hold")
    ida.post(f"{path}/release", reason=hostile)
    assert hostile not in ida.page or hostile.startswith("{{")


def test_who_is_erased_is_gone_from_the_desk(ida: Browser) -> None:
    path = ida.find("L1")
    shown(ida, "forget", reason="asked by mail")
    assert "This cannot be undone." in ida.words
    said_yes(ida)
    assert "Erased; 2 certificates were deleted." in ida.words
    assert ida.get(path).status_code == HTTPStatus.NOT_FOUND
    assert ida.get(f"{path}/correct").status_code == HTTPStatus.NOT_FOUND
    ida.get("?q=ana")
    assert "ana@example.org" not in ida.words


def test_a_stop_of_a_deed_is_accepted_by_its_name(desk: OpenDesk, ida: Browser) -> None:
    """Two records with wholly different names: what merging comes to is shown with what stops it."""
    shown(ida, "merge", other="L2", reason="one person")
    assert "--accept=other-name" in ida.words
    assert "Certificate of Participation, Meeting window" in ida.words
    said_yes(ida)
    assert "This stops it" in ida.words
    assert not audit(college_of(desk))
    path = re.findall(r'action="([^"]*/yes)"', ida.page)[0]
    ida.post(path, once=ida.hidden("once"), **{"other-name": "accepted"})
    assert "is part of Ana Alva" in ida.words
    assert ida.get("?q=L2").status_code == HTTPStatus.OK
    assert "Ana Alva" in ida.words


def test_what_stops_every_deed_is_accepted_at_the_desk(desk: OpenDesk, ida: Browser) -> None:
    """A file in output/ that no build made: each way of acting says so, and goes on once it is ticked."""
    stray = college_of(desk).output / "b.tar"
    path = ida.find("L1")
    shown(ida, "hold", reason="a lawsuit")
    stray.write_text("somebody's")
    said_yes(ida)
    assert "b.tar" in ida.words
    for action, fields in (("/yes", {"once": ida.hidden("once")}), ("/link", {}), ("/record", {})):
        stray.write_text("somebody's")
        answer = ida.post(f"{path}{action}", **fields)
        assert answer.status_code == HTTPStatus.CONFLICT
        assert "stray-output" in ida.words
        answer = ida.post(f"{path}{action}", **fields, **{"stray-output": "accepted"})
        assert answer.status_code == HTTPStatus.OK
    assert ("Ida Lund", "hold", "a lawsuit") in audit(college_of(desk))


def test_a_yes_to_nothing_that_was_shown_is_none(desk: OpenDesk, ida: Browser) -> None:
    """One made up, or of another browser."""
    ole = desk.visitor("Ole Berg")
    shown(ole, "resend")
    path = ida.find("L1")
    ida.get(path)
    for once in ("", "made-up", ole.hidden("once")):
        assert ida.post(f"{path}/yes", once=once).status_code == HTTPStatus.GONE
    assert not audit(college_of(desk))


def test_a_yes_to_one_person_is_none_to_another(desk: OpenDesk, ida: Browser) -> None:
    other = ida.find("L2")
    shown(ida, "hold", reason="a lawsuit")
    assert ida.post(f"{other}/yes", once=ida.hidden("once")).status_code == HTTPStatus.GONE
    assert not audit(college_of(desk))


def test_a_deed_whose_mail_cannot_go_is_done_and_says_so(
    quick_college: College, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not asked for a second time, and the mail waits for certs send."""
    ida = OpenDesk(settled(quick_college)).visitor()
    shown(ida, "rotate", reason="the link leaked")

    def unreachable(*_: object) -> None:
        raise MailError("The mail server does not answer.", "Try again: certs send.")

    monkeypatch.setattr("pipeline.desk.people.send_these", unreachable)
    said_yes(ida)
    assert "Ana Alva has a new link; the old one is dead." in ida.words
    assert "The mail waits: The mail server does not answer. Try again: certs send." in ida.words
    assert "queued" in ida.words.partition("Mail Rotated")[2][:200]


def test_many_look_at_once(desk: OpenDesk, ida: Browser) -> None:
    """Cards, pictures and previews in threads of their own, each with its own connection to the ledger."""
    path, answers = ida.find("L1"), list[int]()

    def look() -> None:
        browser = Browser(desk)
        browser.client.cookies = ida.client.cookies
        answers.extend(browser.get(page).status_code for page in (path, f"{path}/resend", "?q=ana"))

    looks = [threading.Thread(target=look) for _ in range(8)]
    for one in looks:
        one.start()
    for one in looks:
        one.join()
    assert answers == [HTTPStatus.OK] * 24


def test_get_changes_nothing(desk: OpenDesk, ida: Browser) -> None:
    """Every page there is, and each form's place."""
    path, number = ida.find("L1"), number_of_ana(ida)
    before = (college_of(desk).data / "ledger.sqlite3").read_bytes()
    for page in ("", "?q=ana", "found?q=a", "who", "leave", path, f"{path}/link", f"{path}/yes?once=x"):
        ida.get(page)
    for verb in VERBS:
        ida.get(f"{path}/{verb}?number={number}")
    assert not audit(college_of(desk))
    assert (college_of(desk).data / "ledger.sqlite3").read_bytes() == before
    assert "You: Ida Lund" in (ida.get(), ida.words)[1]


def test_a_day_is_the_college_s(desk: OpenDesk, ida: Browser) -> None:
    """The desk stays open over midnight: what it does then is of the new day."""
    desk.now += dt.timedelta(days=1)
    shown(ida, "resend")
    assert "December 15, 2025" in ida.words
