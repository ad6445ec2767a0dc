"""Who is told what besides new certificates: once, in one mail, and never about a link that is not live."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pipeline.workflow import desk, standing
from pipeline.workflow.plan import plan_run
from pipeline.workflow.send import send_these
from tests.support.college import ACTIVITIES, TODAY, College, body
from tests.support.shell import Shell

HEADER = "activity,learner_id,email,name,cme_credits,abim_moc_points,evaluation\n"
ANA = "meeting-2025,L1,ana@example.org,Ana Alva,5,,no"
MET = ANA.replace(",no", ",yes")


def after(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def subjects(college: College) -> list[str]:
    """Of every mail that was sent, in its order."""
    with college.project() as project:
        ids = [one.message_id for one in project.ledger.messages.of(1)]
    mails = {mail["Message-ID"].strip("<>"): str(mail["Subject"]) for mail in college.mails()}
    return [mails[one] for one in ids if one in mails]


def take(college: College, *rows: str, **options: Any) -> Any:
    return college.take(*rows, header=HEADER, **options)


def test_who_is_withheld_is_told_what_is_missing_once(quick_college: College) -> None:
    """With the link to a page that is there, and where it can be done; the same reason is not told again."""
    meeting = ACTIVITIES["meeting-2025"]
    quick_college.write_activity("meeting-2025", meeting + "Url: https://learn.example.org/m25\n")
    assert take(quick_college, ANA).sent == 1
    (mail,) = quick_college.mails()
    text = " ".join(body(mail).split())
    assert mail["Subject"] == "Still missing for your CME Certificate: Autumn Meeting 2025"
    assert "Waits: evaluation not completed" in text
    assert "https://learn.example.org/m25" in text
    assert f"/c/{quick_college.page('Ana Alva').name}/" in text
    assert take(quick_college, MET).sent == 1
    again = ANA.replace(",5,,no", ",6,,no")  # withheld again, for the same reason
    assert take(quick_college, again).sent == 0


def test_something_else_that_is_missing_is_told_and_less_is_not(quick_college: College) -> None:
    """By requirement: whoever has done one of two is not written to about the other again."""
    meeting = ACTIVITIES["meeting-2025"].replace("evaluation", "evaluation, post test")
    quick_college.write_activity("meeting-2025", meeting)
    header = HEADER.replace("evaluation", "evaluation,post_test")
    assert quick_college.take(f"{ANA},no", header=header).sent == 1
    assert quick_college.take(f"{MET},no", header=header).sent == 0
    meeting = meeting.replace("post test", "post test, survey")
    quick_college.write_activity("meeting-2025", meeting)
    assert quick_college.run().sent == 1
    assert "survey not completed" in body(quick_college.mails()[-1]) + body(quick_college.mails()[0])


def test_two_reminders_while_it_can_be_done(quick_college: College) -> None:
    """After 7 and 21 days, by runs without a file; nobody who has done it since."""
    take(quick_college, ANA, ANA.replace("L1", "L2").replace("Ana", "Bo").replace("ana@", "bo@"))
    assert quick_college.run(today=after(6)).sent == 0
    assert quick_college.run(today=after(7)).sent == 2
    assert quick_college.run(today=after(8)).sent == 0
    take(quick_college, MET, today=after(9))
    assert [quick_college.run(today=after(day)).sent for day in (20, 21, 22, 60)] == [0, 1, 0, 0]
    assert [one.partition(":")[0] for one in subjects(quick_college)] == [
        "Still missing for your CME Certificate",
        "Reminder",
        "Your CME Certificate and 1 more",
    ]


@pytest.mark.parametrize(
    ("more", "settings", "days"),
    [
        ("Claim_until: 2025-11-20\n", {}, [1, 0]),
        ("Remind: no\n", {}, [0, 0]),
        ("", {"MAIL_ADVICE": "none"}, [0, 0]),
        ("", {"MAIL_ADVICE": "withheld"}, [1, 0]),
    ],
)
def test_activity_and_college_can_do_without(
    quick_college: College, more: str, settings: dict[str, str], days: list[int]
) -> None:
    """By the activity's file, by the college's setting, and by the last day; the page has no mail then."""
    quick_college.environment |= settings
    quick_college.write_activity("meeting-2025", ACTIVITIES["meeting-2025"] + more)
    report = take(quick_college, ANA)
    assert [report.sent, quick_college.run(today=after(7)).sent] == days
    assert report.unmailed == ([] if days[0] else ["Ana Alva <ana@example.org>"])


def test_an_activity_known_before_is_not_suddenly_mailed_about(quick_college: College) -> None:
    """The plan says so and what to write in its file."""
    college = quick_college
    take(college, ANA, mail_advice=False)
    with college.project() as project, project.ledger.transaction():
        project.ledger._db.execute("INSERT INTO activity_before VALUES ('meeting-2025')")
    assert college.run().sent == 0
    with college.project() as project:
        (caution,) = [one for one in plan_run(project, ()).cautions.all() if "Remind: yes" in one]
    assert "meeting-2025: 1 person is not written to about what is missing" in caution
    college.write_activity("meeting-2025", ACTIVITIES["meeting-2025"] + "Remind: yes\n")
    assert college.run().sent == 1


def test_a_record_that_goes_is_told_sixty_days_before(quick_college: College) -> None:
    """Once, with the download open again so that a copy can be saved; not where it is held."""
    college, then = quick_college, dt.date(2019, 11, 20)
    meeting = ACTIVITIES["old-meeting"] + "Download_until: 2020-03-01\n"
    college.write_activity("old-meeting", meeting)
    rows = ("old-meeting,L1,ana@example.org,Ana Alva,5,,", "old-meeting,L2,bo@example.org,Bo Berg,5,,")
    take(college, *rows, today=then)
    with college.project(then) as project:
        desk.hold(project, "L2", "a dispute")
    assert college.run(today=dt.date(2025, 9, 13)).sent == 0
    assert college.run(today=dt.date(2025, 9, 14)).sent == 1
    assert college.run(today=dt.date(2025, 9, 15)).sent == 0
    (mail,) = [one for one in college.mails() if "Save" in one["Subject"]]
    assert mail["To"].addresses[0].addr_spec == "ana@example.org"
    assert "Deleted after November 13, 2025." in body(mail)
    assert list(college.page("Ana Alva").glob("*-certificate-*.pdf"))
    assert not list(college.page("Bo Berg").glob("*-certificate-*.pdf"))


def test_several_things_for_one_person_are_one_mail(quick_college: College) -> None:
    """What is new, what waits and what goes: one message, named by the first."""
    college = quick_college
    take(college, "old-meeting,L1,ana@example.org,Ana Alva,5,,", today=dt.date(2019, 11, 20))
    report = college.take(
        "course,L1,ana@example.org,Ana Alva,2025-11-01,2,,",
        "meeting-2025,L1,ana@example.org,Ana Alva,,5,,no",
        header=HEADER.replace("cme_credits", "completed_on,cme_credits"),
        today=dt.date(2025, 11, 10),
    )
    assert report.sent == 1
    (mail,) = [one for one in college.mails() if "Online Course" in one["Subject"]]
    text = " ".join(body(mail).split())
    for said in (
        "Your certificates for Online Course are ready.",
        "Something is still missing for your certificates for Autumn Meeting 2025.",
        "Please save a copy of your certificates for Old Meeting (2019).",
    ):
        assert said in text
    assert text.count(f"/c/{college.page('Ana Alva').name}/") == 1


def test_a_replaced_certificate_is_told_as_replaced(quick_college: College) -> None:
    """Whoever was told of the former learns that it counts no more; who was not is told of the new one."""
    take(quick_college, MET)
    take(quick_college, MET.replace(",5,,", ",5,4,"))
    first, second = subjects(quick_college)
    assert first == "Your CME Certificate and 1 more: Autumn Meeting 2025"
    assert second == "Replacement CME / ABIM MOC Certificate: Autumn Meeting 2025"
    mail = next(one for one in quick_college.mails() if one["Subject"] == second)
    text = " ".join(body(mail).split())
    assert "was replaced by a CME / ABIM MOC Certificate. Please use the new one" in text
    with quick_college.project() as project:
        assert [one.occasion for one in project.ledger.messages.of(1)] == ["new", "replaced"]


def test_a_replacement_before_the_first_mail_is_new(quick_college: College) -> None:
    take(quick_college, MET, send=False)
    take(quick_college, MET.replace(",5,,", ",5,4,"))
    (subject,) = subjects(quick_college)
    assert subject == "Your CME / ABIM MOC Certificate and 1 more: Autumn Meeting 2025"


def test_a_withdrawal_is_told_where_staff_ask(shell: Shell) -> None:
    """And that it is valid again; each as often as it happens."""
    college, issued = shell.college, shell
    shell("run", college.claims(MET, header=HEADER), "--yes", "--workers", 1)
    before = len(college.mails())
    number = issued.json("find", "L1")[0]["certificates"][0]["number"]
    for _ in range(2):
        issued("withdraw", number, "--reason", "claimed by mistake", "--mail")
        issued("reinstate", number, "--reason", "it was right", "--mail")
    issued("withdraw", number, "--reason", "claimed by mistake")
    told = [str(mail["Subject"]).partition(" ")[0] for mail in college.mails()]
    assert len(told) == before + 4
    assert (told.count("Withdrawn"), told.count("Reinstated")) == (2, 2)
    (mail, *_) = [one for one in college.mails() if one["Subject"].startswith("Withdrawn")]
    assert "Withdrawn on November 14, 2025: claimed by mistake" in body(mail)


def test_a_withdrawal_that_is_taken_back_is_not_told(quick_college: College) -> None:
    """What is no longer so is not sent, by whichever command."""
    take(quick_college, MET)
    with quick_college.project() as project:
        (entry, *_) = project.ledger.pages.entries(1, TODAY)
        number, messages = standing.withdraw(project, entry.facts.number, "mistake", tell=True)
        standing.reinstate(project, number, "no mistake")
        (message,) = send_these(project, messages).messages
        assert (message.state, "no longer due" in message.text) == ("failed", True)


def test_a_link_can_be_sent_to_somebody_of_whom_all_is_withheld(quick_college: College) -> None:
    """Whoever lost the mail that says what is missing gets it again."""
    take(quick_college, ANA)
    with quick_college.project() as project:
        _, message = desk.resend(project, "ana@example.org", None)
        send_these(project, [message])
    mail = next(one for one in quick_college.mails() if one["Subject"].startswith("Link to your"))
    assert "Waits: evaluation not completed" in body(mail)


def test_both_addresses_are_told(quick_college: College) -> None:
    """The new one gets the link, the former one the notice without."""
    take(quick_college, MET)
    with quick_college.project() as project:
        change = desk.Change(email="ana@new.example.org")
        _, messages = desk.correct(project, "L1", change, "new hospital", True)
        send_these(project, messages)
    token = quick_college.page("Ana Alva").name
    told = {str(mail["To"].addresses[0].addr_spec): body(mail) for mail in quick_college.mails()[1:]}
    linked = {address: token in text for address, text in told.items()}
    assert linked["ana@new.example.org"]
    moved = [body(one) for one in quick_college.mails() if "address for ACR" in one["Subject"]]
    assert len(moved) == 1
    assert token not in moved[0]


def test_a_plan_counts_them_and_staff_can_leave_them_out(shell: Shell) -> None:
    """By occasion; with --no-advice nobody is written to about what is missing."""
    bo = MET.replace("L1", "L2").replace("Ana", "Bo").replace("ana@", "bo@")
    claims = shell.college.claims(ANA, bo, header=HEADER)
    assert ": 1 new, 1 withheld:" in shell("run", claims, "--dry-run").stdout
    assert ": 1 new:" in shell("run", claims, "--dry-run", "--no-advice").stdout
    result = shell("run", claims, "--yes", "--no-advice", "--workers", 1)
    assert "never mailed: Ana Alva <ana@example.org>" in result.stdout
    assert shell.json("status")["unmailed"] == ["Ana Alva <ana@example.org>"]
    assert shell.json("run", "--yes", "--workers", 1)["unmailed"] == []
