"""The catalog: content/activities as Pelican reads it, and honest words about what is wrong."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.errors import CatalogError
from pipeline.site.catalog import load_catalog

PROJECT = Path(__file__).resolve().parents[2]
GOOD = (
    "Title: A Meeting\nSlug: a-meeting\nFormat: live activity\nStart: 2025-05-01\nEnd: 2025-05-02\n\nText.\n"
)


def write(content: Path, **files: str) -> Path:
    folder = content / "activities"
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    return content


def test_the_shipped_activities_are_read() -> None:
    """The three shipped activities say what the contract's example says."""
    catalog = load_catalog(PROJECT / "content")
    assert sorted(catalog) == ["convergence-2025", "rheum-essentials-2026", "winter-symposium-2019"]
    meeting = catalog["convergence-2025"]
    assert (meeting.cme_max, meeting.abim_type, meeting.abp_max) == (
        Decimal("45.25"),
        "Medical Knowledge",
        Decimal(20),
    )
    assert (meeting.start, meeting.end) == (dt.date(2025, 10, 24), dt.date(2025, 10, 29))
    assert meeting.download_until is None
    assert catalog["rheum-essentials-2026"].requirements == ("evaluation", "post_test")
    assert not catalog["rheum-essentials-2026"].is_dated


@pytest.mark.parametrize("change", [str.lower, str.upper, str.title], ids=["lower", "upper", "title"])
def test_metadata_names_are_read_in_any_case(tmp_path: Path, change: object) -> None:
    """SLUG, Slug and slug name the same."""
    lines = [line.partition(":") for line in GOOD.split("\n\n")[0].split("\n")]
    text = "\n".join(f"{change(name)}:{value}" for name, _, value in lines)  # type: ignore[operator]
    assert list(load_catalog(write(tmp_path, a=text + "\n\nText."))) == ["a-meeting"]


def test_location_on_several_lines(tmp_path: Path) -> None:
    """Indented lines below a name belong to it."""
    text = GOOD.replace("\n\n", "\nLocation: Hall 1\n    Köln, Germany\n\n")
    assert load_catalog(write(tmp_path, a=text))["a-meeting"].location == "Hall 1\nKöln, Germany"


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    """Each file and each fault is named before anything is used."""
    write(
        tmp_path,
        good=GOOD,
        twin=GOOD,
        bad="Title: Bad\nSlug: Bad Slug\nFormat: live activity\nCME_max: lots\n\nText.",
        empty="",
    )
    with pytest.raises(CatalogError) as caught:
        load_catalog(tmp_path)
    words = caught.value.message
    assert 'bad.md: slug: "Bad Slug"' in words
    assert 'bad.md: cme_max: "lots"' in words
    assert "bad.md: end: a live activity needs" in words
    assert "empty.md: title: is missing" in words
    assert 'twin.md: slug: "a-meeting" is also that of good.md' in words
    assert caught.value.hint


def test_a_doubled_field_is_named_each_time(tmp_path: Path) -> None:
    """Two slugs in one file are a fault, in the second load of a process as in the first."""
    write(tmp_path, a=GOOD.replace("Format", "Slug: other\nFormat"))
    for _ in range(2):
        with pytest.raises(CatalogError, match="Duplicate definition of `slug`"):
            load_catalog(tmp_path)


def test_a_file_that_is_no_text_and_a_missing_folder(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are named; so is a missing folder."""
    with pytest.raises(CatalogError, match="no folder"):
        load_catalog(tmp_path)
    write(tmp_path)
    (tmp_path / "activities" / "latin.md").write_bytes(GOOD.replace("Meeting", "Réunion").encode("latin-1"))
    with pytest.raises(CatalogError, match=r"latin\.md: is not UTF-8"):
        load_catalog(tmp_path)


def test_what_lies_about_is_no_activity(tmp_path: Path) -> None:
    """Dot-files, backups and other kinds of files are not read."""
    write(tmp_path, a=GOOD)
    for name in (".b.md", "b.md~", "claims.csv"):
        (tmp_path / "activities" / name).write_text("nonsense")
    assert list(load_catalog(tmp_path)) == ["a-meeting"]


@pytest.mark.parametrize("name", ["a.markdown", "a.md.txt", "a.MD"])
def test_a_file_that_is_called_otherwise_is_named(tmp_path: Path, name: str) -> None:
    """It would be no activity, and every row about it be set aside."""
    write(tmp_path)
    (tmp_path / "activities" / name).write_text(GOOD)
    with pytest.raises(CatalogError, match=r"is not read, as its name does not end in \.md"):
        load_catalog(tmp_path)


OTHER = GOOD.replace("a-meeting", "b-meeting")


@pytest.mark.parametrize("name", ["External_ids", "External_id", "external-id", "External_course_id"])
def test_ids_of_learning_systems(tmp_path: Path, name: str) -> None:
    """Several by comma or line, in any case and spacing; none where none is named."""
    text = GOOD.replace("\n\n", f"\n{name}: 1042, EXT-2025  7\n    X9, 1042\n\n")
    catalog = load_catalog(write(tmp_path, a=text, b=OTHER))
    assert catalog["a-meeting"].external_ids == ("1042", "ext-2025 7", "x9")
    assert catalog["b-meeting"].external_ids == ()


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ("7, 1042", 'b.md: external_ids: "1042" is also that of a.md'),
        ("A-Meeting", 'b.md: external_ids: "a-meeting" is the slug of a.md'),
    ],
)
def test_an_id_means_one_activity(tmp_path: Path, own: str, words: str) -> None:
    """Two that claim it, or one that claims another's slug, are a fault; one's own slug is none."""
    first = GOOD.replace("\n\n", "\nExternal_ids: 1042, a-meeting\n\n")
    second = OTHER.replace("\n\n", f"\nExternal_ids: {own}\n\n")
    with pytest.raises(CatalogError) as caught:
        load_catalog(write(tmp_path, a=first, b=second))
    assert caught.value.message == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Format", "Requirments: evaluation\nFormat"), "did you mean Requirements?"),
        (("Format", "CME max: 10\nFormat"), '"CME max: 10" is not written as Name: value'),
        (("Format", "Requirements = evaluation\nFormat"), "is not written as Name: value"),
        (("\n\n", "\nRequirements : evaluation\n\n"), "is not written as Name: value"),
        (("\n\n", "\n\nRequirements: evaluation\n"), '"Requirements: evaluation" stands below the fields'),
        (("\n\n", "\n\nRequirments: evaluation\n"), '"Requirments: evaluation" stands below the fields'),
        (("Text.", "Text.\n\nRequirements: evaluation"), '"Requirements: evaluation" stands below'),
        (("Text.", "Text.\n\nPARS ID: 7"), '"PARS ID: 7" stands below'),
    ],
)
def test_a_field_that_is_none_is_named(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    """The fields end with the first line that is not written as one: what follows would be lost."""
    text = GOOD.replace(*change)
    assert text != GOOD
    with pytest.raises(CatalogError, match=r"a\.md: ") as caught:
        load_catalog(write(tmp_path, a=text))
    assert words in caught.value.message


@pytest.mark.parametrize(
    "text", ["Come early: it is full.", "**Location:** Chicago", "- Start: at eight", ""]
)
def test_text_for_readers_is_no_field(tmp_path: Path, text: str) -> None:
    """However the fields end: with an empty line, or fenced as YAML."""
    fields = GOOD.partition("\n\n")[0]
    a, b = f"{fields}\n\nText.\n\n{text}\n", f"---\n{fields.replace('a-m', 'b-m')}\n---\n{text}\n"
    assert sorted(load_catalog(write(tmp_path, a=a, b=b))) == ["a-meeting", "b-meeting"]
