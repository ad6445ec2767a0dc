# ruff: noqa: E501 - lists of names read better unbroken
"""Bench: every size on certificates for 120 names and titles, on both papers, in all five kinds, as a table.

python -m tests.bench.paper [FOLDER]

Read from the finished PDFs. A row is a name and a title on one paper; a cell has, for one kind, the sizes of
name / kind / title / statements / foot in points, and the lines of each statement. FOLDER takes contact sheets
of them all. Exit status 1 where a name is not the largest, where statements or foot are below eight points
though name, title and credentials are usual, where a last line is one word, and for more than one page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

from pipeline.documents import Design, contact_sheet
from pipeline.rules.certificates.activities import Kind
from pipeline.rules.certificates.awards import Facts
from tests.support.documents_kit import A4, LETTER, made_up, numbered
from tests.support.press_kit import by_weasyprint
from tests.support.type_sizes import TypeSizes, type_sizes
from tests.support.worldwide import every_name

READABLE = 8.0  # points: below it copies of copies cannot be read
USUAL_NAME, USUAL_TITLE, USUAL_CREDENTIALS = 70, 120, 60  # letters
SHEET = 30  # certificates on a contact sheet
NAMES = """
Li Wu|Bo|Ann-Sophie Ó Briain|Jo O’Neill|X Æ|DE LA TORRE|Mary Ann St. John-Mollusk|José Muñoz
Christopher James McAllister-van der Berg|CHRISTOPHER JAMES MCALLISTER-VAN DER BERG
María del Carmen Guadalupe Fernández-Villaverde y Ruiz de Alarcón
Bartholomea-Ysabeau Christodoulopoulou-Vandersteen von und zu Achterberg
Maximiliana-Alexandrina Konstantinopolitanskaya-Featherstonehaugh de la Santísima Trinidad Nguyễn Thị Ngọc Ánh
Wolfeschlegelsteinhausenbergerdorff|Wilhelmina-Charlotte-Friederike-Luise Prinzessin zu Löwenstein-Wertheim-Rosenberg
Nguyễn Thị Ánh Nguyệt|Ọláṣùbọ̀mí Adébáyọ̀-Ọ̀ṣọ́bà|Þórður Guðmundsson Ægisdóttir|Żaneta Gżegżółka-Brzęczyszczykiewicz
فاطمة الزهراء|عبد الرحمن بن محمد بن عبد الله السعيد|مُحَمَّد سعيد|שרה לוי|נועם בן־דוד כהן־אורגד|محمد سعيد al-Ḥakīm
静 欧阳|陳 麗華|欧阳静 Jing Ouyang|渡邊 さくら|髙橋 みさき|박 서준|남궁 하늘 Haneul Namgung
ज्ञानेश्वर शर्मा|ស្រីល័ក្ខ|ပုံပုံ|கௌசல்யா|Юлия Щёкина-Подъячева|Ἀριστοτέλης Ζαΐμης
"""
TITLES = """
ACR Convergence 2025|Gout|Winter Symposium 2026
Autumn Symposium on Autoimmune Disease 2025
State-of-the-Art Clinical Symposium: Lupus, Vasculitis and Myositis
Pediatric Rheumatology Symposium (PRSYM) 2026: From Bench to Bedside and Back Again
Musculoskeletal Ultrasound for Rheumatologists: Advanced Hands-On Course for Teachers
Évaluation et prise en charge de la maladie de Behçet: séminaire d’été
Jahrestagung der Gesellschaft für Rheumatologie und Klinische Immunologie
2025年度リウマチ学会学術集会|ندوة أمراض الروماتيزم
Spondyloarthritis, Psoriatic Arthritis and the Many Faces of Inflammatory Back Pain: What the Clinician Needs to Know
"""


@dataclass(frozen=True)
class Case:
    """One name and title on one paper, in every kind."""

    name: str
    title: str
    credentials: str
    design: Design

    @property
    def is_usual(self) -> bool:
        return (
            len(self.name) <= USUAL_NAME
            and len(self.title) <= USUAL_TITLE
            and len(self.credentials) <= USUAL_CREDENTIALS
        )

    def facts(self) -> Iterator[Facts]:
        for at, kind in enumerate(Kind):
            facts = made_up(kind, self.name, title=self.title, credentials=self.credentials)
            yield replace(numbered(facts, f"7K3M-9QRT-X2VB-{at:04}"), location="Halifax, Nova Scotia")


def listed(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


def cases() -> Iterator[Case]:
    """120 names, each with one of the titles, on both papers."""
    names = listed(NAMES)
    everybody = [name for _, name in every_name()]
    step = len(everybody) / (120 - len(names))
    names += [everybody[int(at * step)] for at in range(120 - len(names))]
    titles = listed(TITLES)
    credentials = ("MD", "MD, PhD, FACR", "", "MBBS, MPH, FRCP (Edin.)")
    for at, name in enumerate(names):
        for design in (LETTER, A4):
            yield Case(name, titles[at % len(titles)], credentials[at % len(credentials)], design)


def measured(case: Case) -> list[tuple[bytes, TypeSizes]]:
    """The five certificates with what is read from them."""
    made = []
    for facts in case.facts():
        pdf = by_weasyprint(facts, case.design)
        made.append((pdf, type_sizes(pdf, facts)))
    return made


def faults(case: Case, sizes: TypeSizes) -> Iterator[str]:
    """What is wrong with one certificate."""
    if sizes.pages != 1:
        yield f"{sizes.pages} pages"
    if not sizes.is_name or sizes.largest_other >= sizes.name:
        yield "the name is not the largest"
    if sizes.others["foot"] < READABLE or (case.is_usual and sizes.others["statements"] < READABLE):
        yield "small type"
    if 1 in sizes.last_words:
        yield "a last line of one word"


def cell(sizes: TypeSizes) -> str:
    """`46/30/23/9/8 3+3`."""
    points = "/".join(
        f"{each:g}"
        for each in (sizes.name, *(sizes.others[name] for name in ("kind", "title", "statements", "foot")))
    )
    return f"{points} {'+'.join(map(str, sizes.lines))}"


def main(folder: Path | None) -> int:
    wrong = 0
    pages: list[bytes] = []
    everything = list(cases())
    print(f"{'paper':7}{'name':36}{'title':28}" + "".join(f"{kind.value:24}" for kind in Kind))
    with ProcessPoolExecutor(2, mp_context=get_context("forkserver")) as pool:
        for case, made in zip(everything, pool.map(measured, everything, chunksize=4), strict=True):
            print(
                f"{case.design.paper:7}{case.name[:34]:36}{case.title[:26]:28}"
                + "".join(f"{cell(sizes):24}" for _, sizes in made)
            )
            for kind, (_, sizes) in zip(Kind, made, strict=True):
                for fault in faults(case, sizes):
                    wrong += 1
                    print(f"  {kind.value}: {fault}: {sizes}")
            pages += [pdf for pdf, _ in made]
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        for at in range(0, len(pages), SHEET):
            sheet = folder / f"{at // SHEET + 1:02}.png"
            sheet.write_bytes(contact_sheet(pages[at : at + SHEET], columns=5, dpi=40))
    print(f"{len(pages)} certificates, {wrong} faults")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
