"""Six years, to the day: a promise as well as a limit."""

from __future__ import annotations

import datetime as dt

import pytest

from pipeline.rules.certificates.retention import download_open_until, is_due, kept_until
from tests.commands.test_correct import entries
from tests.support.college import TODAY, College


@pytest.mark.parametrize(
    ("activity", "kept"),
    [
        ("2025-10-29", "2031-10-29"),
        ("2025-12-31", "2031-12-31"),
        ("2024-02-29", "2030-03-01"),
        ("2024-02-28", "2030-02-28"),
        ("2026-02-28", "2032-02-28"),
        ("2022-03-01", "2028-03-01"),
    ],
)
def test_kept_through_the_same_day_six_years_on(activity: str, kept: str) -> None:
    """29 February counts as 1 March."""
    last = dt.date.fromisoformat(kept)
    assert kept_until(dt.date.fromisoformat(activity)) == last
    assert not is_due(last, last)
    assert is_due(last, last + dt.timedelta(days=1))


@pytest.mark.parametrize(
    ("window", "reopened", "today", "open_until"),
    [
        (None, None, "2031-10-29", "2031-10-29"),
        (None, None, "2031-10-30", None),
        ("2026-03-26", None, "2026-03-26", "2026-03-26"),
        ("2026-03-26", None, "2026-03-27", None),
        ("2026-03-26", "2026-05-01", "2026-04-02", "2026-05-01"),
        ("2026-03-26", "2026-05-01", "2026-05-02", None),
        ("2026-03-26", "2026-03-01", "2026-03-26", "2026-03-26"),
        ("2026-03-26", "2032-01-01", "2031-10-29", "2031-10-29"),
        ("2026-03-26", "2032-01-01", "2031-10-30", None),
        ("2040-01-01", None, "2031-10-29", "2031-10-29"),
    ],
)
def test_download_window(
    window: str | None, reopened: str | None, today: str, open_until: str | None
) -> None:
    """Closed after its last day, open again after a resend, and never beyond retention."""

    def day(text: str | None) -> dt.date | None:
        return dt.date.fromisoformat(text) if text else None

    found = download_open_until(
        day(window), day(reopened), dt.date(2031, 10, 29), dt.date.fromisoformat(today)
    )
    assert found == day(open_until)


def test_a_meeting_over_new_year_counts_from_its_last_day(quick_college: College) -> None:
    """And a person whose one certificate expires keeps the other, the page and the link."""
    college = quick_college
    college.write_meeting("new-year", "2024-12-30", "2025-01-02")
    header = "activity,learner_id,email,name,cme_credits,evaluation,completed_on\n"
    college.take(
        "new-year,L1,ana@example.org,Ana Alva,5,,",
        "course,L1,ana@example.org,Ana Alva,2,,2025-01-03",
        header=header,
    )
    token = college.page("Ana Alva").name
    assert college.run(today=dt.date(2031, 1, 2)).purged == 0
    assert college.run(today=dt.date(2031, 1, 3)).purged == 2
    assert college.page("Ana Alva").name == token
    assert {row[1] for row in college.certificates(dt.date(2031, 1, 3))} == {"course"}
    assert college.run(today=dt.date(2031, 1, 3)).sent == 0
    report = college.run(today=dt.date(2031, 1, 4))
    assert report.purged == 2
    assert list((college.output / "c").glob("*")) == []
    assert list((college.output / "verify").glob("*/")) == []
    rule = "six years from the date of the activity"
    with college.project(dt.date(2031, 1, 4)) as project:
        assert [tuple(row) for row in project.ledger._db.execute("SELECT * FROM deletion")] == [
            ("2031-01-03T14:30:00+00:00", "new-year", "2025-01-02", rule, 2, 1),
            ("2031-01-04T14:30:00+00:00", "course", "2025-01-03", rule, 2, 1),
        ]
        assert project.ledger.counts.totals()["participants"] == 0
        assert list(project.vault.digests()) == []
    assert college.mails() == []


def test_rows_set_aside_are_kept_no_longer_than_certificates(quick_college: College) -> None:
    """Each by the day of its own activity, where that can be read, else by the day the file was written; in
    every run, also where the ledger has nothing due."""
    college = quick_college
    header = "activity,learner_id,email,name,cme_credits,completed_on\n"
    report = college.take(
        "meeting-2025,L1,a@example.org,Ana Alva,10.1,",
        "course,L2,b@example.org,Bo Berg,5.1,11/03/2025",
        "course,L3,c@example.org,Cy Cole,5.1,11/25/2024",
        "nothing,L4,d@example.org,Dee Doe,5,",
        header=header,
    )
    (rejects,) = report.rejects
    (rejects.parent / ".rejects-killed").write_text("Ana Alva")

    def names(today: dt.date) -> list[str]:
        assert college.run(today=today).purged == 0
        text = rejects.read_text("utf-8-sig") if rejects.exists() else ""
        return [name for name in ("Ana Alva", "Bo Berg", "Cy Cole", "Dee Doe") if name in text]

    assert names(dt.date(2030, 11, 25)) == ["Ana Alva", "Bo Berg", "Cy Cole", "Dee Doe"]
    assert names(dt.date(2030, 11, 26)) == ["Ana Alva", "Bo Berg", "Dee Doe"]
    assert not (rejects.parent / ".rejects-killed").exists()
    assert names(dt.date(2031, 10, 29)) == ["Ana Alva", "Bo Berg", "Dee Doe"]
    assert names(dt.date(2031, 10, 30)) == ["Bo Berg", "Dee Doe"]
    assert names(dt.date(2031, 11, 4)) == ["Dee Doe"]
    assert names(dt.date(2031, 11, 14)) == ["Dee Doe"]
    assert names(dt.date(2031, 11, 15)) == []
    assert not rejects.exists()


def test_rows_set_aside_again_are_not_kept_twice(quick_college: College) -> None:
    """The same rows on another day, by another run: the first file is named again, and alone is kept.
    What staff have mended in part is theirs, and not taken for the same."""
    college, header = quick_college, "activity,learner_id,email,name,cme_credits\n"
    file = college.claims("meeting-2025,L1,a@example.org,Ana Alva,10.1", header=header)
    (first,) = college.run(file).rejects
    assert college.run(file, today=TODAY + dt.timedelta(days=1)).rejects == [first]
    assert list(first.parent.iterdir()) == [first]
    first.write_text(first.read_text("utf-8-sig").replace("Ana", "Anna"), "utf-8")
    (second,) = college.run(file, today=TODAY + dt.timedelta(days=2)).rejects
    assert sorted(first.parent.iterdir()) == [first, second]


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/New_York"])
def test_no_machine_moves_a_date(quick_college: College, monkeypatch: pytest.MonkeyPatch, zone: str) -> None:
    """An instant is of a day of the college: the machine’s zone changes neither paper nor retention."""
    import time

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        college = quick_college
        header = "activity,learner_id,email,name,cme_credits,completed_on\n"
        college.take("course,L1,a@example.org,Ana Alva,2,2025-11-01T23:59:59-11:00", header=header)
        entry = entries(college)["cme"]
        assert entry.facts.completed_on == dt.date(2025, 11, 2)  # as the college counts, in New York
        assert entry.facts.kept_until == dt.date(2031, 11, 2)
    finally:
        monkeypatch.undo()
        time.tzset()
