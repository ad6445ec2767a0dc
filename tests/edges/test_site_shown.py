"""Pages tell what a lost ledger knew: whatever the templates write is read back as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline import site
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import HolderName, Standing
from pipeline.rules.web.shown import as_in_catalog, first_name, read_person_page, read_verification_page
from tests.support.site_people import COURSE, MANY_YEARS, MEETING, People, certificate, everyone, project


def people_of_every_sort(vault: Path) -> People:
    """Every state of a certificate; also texts that mean something to HTML, and to whoever reads it back."""
    people = everyone(vault)
    odd = replace(
        certificate(Kind.CME_ABIM_ABP, 20, "A & <i>B</i> (C), D"),
        title="Reason: what (and why).",
        location="Hall 1, East\nBoston",
        start=None,
        end=None,
        completed_on=MEETING.start,
        accreditation="One & <two>.",
    )
    people.add(
        20,
        people.entry(
            odd, reason="a. Questions, and (more)", standing=Standing.CORRECTED, changed_on=MEETING.end
        ),
        name="A & <i>B</i> (C), D",
    )
    held = people.entry(certificate(Kind.CME, 21), held=True)
    people.add(21, held)
    return people


def test_what_pages_show_is_read_back(tmp_path: Path) -> None:
    people = people_of_every_sort(tmp_path / "vault")
    output, catalog = tmp_path / "output", {one.slug: one for one in (MEETING, COURSE, *MANY_YEARS)}
    site.build(people.inputs(project(tmp_path / "project"), output))
    for token, page in people.pages.items():
        read = read_person_page((output / "c" / token / "index.html").read_text())
        assert (read.name, read.credentials) == (page.name, page.credentials)
        found = {one.number: one for one in read.certificates}
        assert len(found) == len(page.entries)
        for entry in page.entries:
            shown, facts = found[entry.facts.number], entry.facts
            said = read_verification_page((output / "verify" / facts.number / "index.html").read_text())
            stated = as_in_catalog(said.facts, shown.activity, catalog)
            assert replace(stated, location="") == replace(facts, location="")
            assert stated.location.replace("\n", ", ") == facts.location.replace("\n", ", ")
            assert (said.digests, said.alike) == (entry.digests, entry.alike)
            assert shown.kind == facts.kind
            for name in ("standing", "changed_on", "reason", "replaced_by"):
                assert getattr(shown, name) == getattr(entry, name)
            assert shown.is_held == entry.held
            assert shown.file == (entry.file.name if entry.file else "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<p>something else</p>",
        "<main></main>",
        "<main><h1><bdi>A</bdi></h1><article class='activity'><tr></tr>"
        "<tr class='k-cme valid'><td></td></tr></article></main>",
        "<main data-digests='a'><dl><div><dt>Kind</dt><dd>Diploma</dd></div></dl></main>",
    ],
)
def test_what_is_no_such_page_is_refused(text: str) -> None:
    for read in (read_person_page, read_verification_page):
        with pytest.raises(ValueError, match="it "):
            read(text)


@pytest.mark.parametrize(
    ("lines", "now", "before"),
    [
        ([], ("Ana Ray", "MD"), ("Ana Ray", "MD")),
        (["Ana Ray", "MD"], ("Ana Ray", "MD"), ("Ana Ray", "MD")),
        (["Ana", "Lopez", "MD"], ("Ana Ray", "MD"), ("Ana Lopez", "MD")),
        (["Ana Ray", "DO"], ("Ana Ray", "MD"), ("Ana Ray", "DO")),
        (["Ana Lopez"], ("Ana Ray", ""), ("Ana Lopez", "")),
        (["Ana Lopez", "DO"], ("Ana Ray", "MD"), ("Ana Lopez", "DO")),
    ],
)
def test_the_name_of_a_first_version(lines: list[str], now: tuple[str, str], before: tuple[str, str]) -> None:
    assert first_name(lines, HolderName(*now)) == HolderName(*before)
