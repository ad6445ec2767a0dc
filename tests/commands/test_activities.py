"""certs activities: the list with what each lacks, and a new file that is right or is not written."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from pipeline.cli import main
from pipeline.site.catalog import load_catalog
from tests.support.college import College
from tests.support.shell import Shell

NEW = (
    "activities",
    "new",
    "--title",
    "Lupus Día: 2026",
    "--format",
    "Live Activity",
    "--start",
    "2026-03-03",
)
FIELDS = [
    *("--end", "2026-03-04", "--cme-max", "6.25", "--abp-max", "5", "--pars-id", "77"),
    *("--location", "Boston; Hall 2", "--requirements", "Evaluation, post test", "--external-ids", "7"),
]


def test_the_list_says_where_each_stands(quick_college: College, shell: Shell) -> None:
    """By day: before, during, after; a draft; past retention."""
    quick_college.write_meeting("next", "2025-12-01", "2025-12-02")
    quick_college.write_meeting(
        "now", "2025-11-14", "2025-11-15", more="Requirements: evaluation\nPARS_id: 9\n"
    )
    quick_college.write_meeting("never", more="Status: draft\n")
    listed = {one["slug"]: one for one in shell.json("activities")}
    assert {slug: one["state"] for slug, one in listed.items()} == {
        "meeting-2025": "ended", "course": "open", "old-meeting": "past retention", "next": "upcoming",
        "now": "running", "never": "draft",
    }  # fmt: skip
    assert listed["now"]["lacks"] == []
    assert listed["next"]["lacks"] == ["PARS_id", "Requirements"]
    meeting = listed["meeting-2025"]
    assert (meeting["start"], meeting["cme_max"], meeting["requirements"]) == (
        "2025-10-24",
        45.25,
        ["evaluation"],
    )
    assert "cme-abim-abp" in meeting["kinds"]
    said = shell("activities").stdout
    assert (
        "meeting-2025: Autumn Meeting 2025\n  live activity, October 24–29, 2025, Chicago, Illinois: ended"
        in said
    )
    assert "has no PARS_id: credit cannot be reported to the boards" in said


def test_options_alone_write_a_right_file(quick_college: College, shell: Shell) -> None:
    """Without a terminal; what was said is what the catalog reads."""
    shell(*NEW, *FIELDS)
    activity = load_catalog(quick_college.root / "content")["lupus-dia-2026"]
    assert (activity.title, activity.format, activity.location) == (
        "Lupus Día: 2026",
        "live activity",
        "Boston\nHall 2",
    )
    assert (str(activity.cme_max), str(activity.end), activity.requirements) == (
        "6.25", "2026-03-04", ("evaluation", "post_test"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--cme-max", "6.3"], '"6.3" is not a multiple of 0.25'),
        ([], "end: is missing although start is given"),
        ([*FIELDS, "--slug", "course"], "There is an activity course already"),
        ([*FIELDS, "--slug", "../course"], "must be lower-case words"),
        ([*FIELDS, "--external-ids", "course"], '"course" is the slug of course.md'),
        ([*FIELDS, "--summary", "Requirements: none"], "stands below the fields"),
        (
            [
                *FIELDS,
                "--title",
                "\u00bf \u00bf",
            ],
            'slug: "" must be lower-case words',
        ),
    ],
)
def test_what_would_be_wrong_is_not_written(
    quick_college: College, shell: Shell, options: list[str], words: str
) -> None:
    """Nor is anything left behind."""
    folder = quick_college.root / "content" / "activities"
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert words in shell.refused(*NEW, *options)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_on_a_terminal_it_asks_until_the_answer_is_right(
    quick_college: College, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter takes the default, - leaves a field out; what does not apply is not asked."""
    assert shell
    monkeypatch.setattr(
        "pipeline.cli.activities.sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True))
    )
    typed = [
        "Course",  # the title; its slug is taken
        "", "course-two", "Live", "live activity", "Boston",
        "", "2026-01-03", "2026-01-02", "",  # a first day is needed; the last one is not before it
        "6.3", "6", "8", "6", "", "", "77", "-",  # credit, points and their type, PARS, no requirement
        *[""] * 6,
    ]  # fmt: skip
    result = CliRunner().invoke(
        main, ["activities", "new"], input="\n".join(typed) + "\n", env=quick_college.environment
    )
    assert result.exit_code == 0, result.output
    for words in (
        "there is an activity course already", "did you mean live activity?", "Start is needed",
        "2026-01-02 lies before start", "is not a multiple of 0.25", "8 is more than CME_max",
    ):  # fmt: skip
        assert words in result.stderr
    activity = load_catalog(quick_college.root / "content")["course-two"]
    assert (str(activity.end), activity.abim_type, activity.abp_max) == (
        "2026-01-03",
        "Medical Knowledge",
        None,
    )
    assert activity.requirements == ()
