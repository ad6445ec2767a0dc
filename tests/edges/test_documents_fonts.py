"""Names in any script: drawn by the right face, in the right order, with their marks; and long ones fit."""

from __future__ import annotations

import io
import re
import unicodedata

import pikepdf
import pypdfium2 as pdfium
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.documents import Design, check, fonts, layout
from pipeline.documents.samples import page_image
from pipeline.rules.certificates.activities import Kind
from tests.support.documents_kit import A4, LETTER, THEME, boxes, drawn, lines, made_up, pdf_of, text_of

pytestmark = pytest.mark.paper

NAMES = {
    "french": ("Agnès Œuvrard-L’Hôpital", "Cormorant"),
    "vietnamese": ("Đỗ Thị Mỹ Hằng", "Cormorant"),
    "vietnamese-decomposed": ("Đo\u0302\u0303 Thi\u0323 My\u0303", "Cormorant"),
    "yoruba": ("Ṣẹ́gun Ọ̀ṣọ́bà Àdùkẹ́", "Cormorant"),
    "hausa": ("Ɗanladi Ƙofa Ɓello", "Noto Serif Display"),
    "polish": ("Żółć Gęślą Jaźń", "Cormorant"),
    "greek": ("Ἀριστοτέλης Ζαΐμης", "Noto Serif Display"),
    "russian": ("Юлия Щёкина", "Cormorant"),
    "ukrainian": ("Ґалина Їжакевич", "Cormorant"),
    "armenian": ("Գայանե Մկրտչյան", "Noto Serif Armenian"),
    "georgian": ("ქეთევან წერეთელი", "Noto Serif Georgian"),
    "arabic": ("فاطمة الزهراء", "Noto Naskh Arabic"),
    "persian-zwnj": ("نیک\u200cنام می\u200cرود", "Noto Naskh Arabic"),
    "hebrew": ("מִרְיָם אַבְרָהָם", "Noto Serif Hebrew"),
    "devanagari": ("ज्ञानेश्वर क्षीरसागर", "Noto Serif Devanagari"),
    "bengali": ("শ্রীময়ী বন্দ্যোপাধ্যায়", "Noto Serif Bengali"),
    "tamil": ("கௌசல்யா ஸ்ரீனிவாசன்", "Noto Serif Tamil"),
    "thai": ("กิตติศักดิ์ น้ำเพชร", "Noto Serif Thai"),
    "khmer": ("ស្រីល័ក្ខ ខ្មែរ", "Noto Serif Khmer"),
    "amharic": ("ጽጌረዳ ወልደ ማርያም", "Noto Serif Ethiopic"),
    "chinese": ("欧阳娜 张伟", "Noto Serif CJK SC"),
    "chinese-traditional": ("歐陽靜 趙樂", "Noto Serif CJK TC"),
    "chinese-rare": ("㛃𬎆 𠮷", "Noto Serif CJK SC"),
    "japanese": ("みさき 髙橋 直", "Noto Serif CJK JP"),
    "japanese-variants": ("葛\U000e0100城 辻\U000e0101", "Noto Serif CJK JP"),
    "korean": ("박서준 최유진", "Noto Serif CJK KR"),
    "mixed-direction": ("Nadia نادية Katz כץ", "Cormorant"),
}


def fonts_of(pdf: bytes) -> set[str]:
    """The families embedded in a PDF, without their subset prefix."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        names = [
            str(each.FontFamily)
            for each in document.objects
            if isinstance(each, pikepdf.Dictionary) and "/FontFamily" in each
        ]
    return set(names)


@pytest.mark.parametrize(("name", "family"), NAMES.values(), ids=NAMES.keys())
def test_every_script_is_drawn(name: str, family: str) -> None:
    """The name renders, its text can be read back, and only the faces the theme names have drawn it."""
    pdf = pdf_of(made_up(name=name))
    embedded = fonts_of(pdf)
    assert family in embedded
    assert not [each for each in embedded if not re.match(r"Cormorant|Source Sans 3|Noto ", each)]


@pytest.mark.parametrize(
    "name",
    ["अमित त्रिपाठी", "श्रुति अग्निहोत्री", "ஸ்ரீனிவாசன் கோபாலகிருஷ்ணன்", "মৌসুমী চট্টোপাধ্যায়", "ស្រីពេជ្រ ព្រុំ", "น้ำทิพย์ รุ่งเรือง"],
    ids=["devanagari", "devanagari-2", "tamil", "bengali", "khmer", "thai"],
)
def test_a_reordered_name_reads_as_it_was_written(name: str) -> None:
    """Copied from the page, a name of a script that joins and reorders its signs is the very name.

    Its glyphs alone would say another: one glyph is part of one word here and of another there.
    """
    assert f"This certifies that {name} MD, MPH has" in text_of(pdf_of(made_up(name=name)))


@pytest.mark.parametrize("name", ["Nadia (נועה) Katz", "נועם (Noam) לביא", "أحمد «الأمين» حداد"])
def test_brackets_in_mixed_direction_are_no_mistake(name: str) -> None:
    """A bracket is mirrored where the text runs right to left; the certificate is made all the same."""
    assert pdf_of(made_up(name=name))


@pytest.mark.parametrize("name", ["سلمى حداد", "נועם לביא"], ids=["arabic", "hebrew"])
def test_right_to_left(name: str) -> None:
    """The first letter stands right of the last."""
    found = [
        (sign, left)
        for sign, left, *_ in boxes(pdf_of(made_up(name=name, credentials="")))
        if 0x590 < ord(sign) < 0x900 or ord(sign) > 0xFB00
    ]
    by_place = sorted(found, key=lambda pair: -pair[1])
    first, last = (check.signs(name)[at] for at in (0, -1))
    assert check.signs(by_place[0][0])[0] == first
    assert check.signs(by_place[-1][0])[-1] == last


def test_arabic_letters_join() -> None:
    """An Arabic word is far narrower than its letters one by one."""
    stack = fonts.families("ببب", THEME, serif=True)
    apart = sum(fonts.width(char, stack, THEME) for char in "ببب")
    assert fonts.width("ببب", stack, THEME) < 0.85 * apart


@pytest.mark.parametrize("text", ["ọ́", "ẹ̀", "ṣ́", "ệ", "q̇", "x̣"])
def test_marks_are_anchored(text: str) -> None:
    """The display face places marks on their letters: the marks take no room of their own."""
    face = fonts.shipped(THEME, fonts.DISPLAY, italic=False)
    letter = unicodedata.normalize("NFD", text)[0]
    assert face.width(text) == pytest.approx(face.width(letter), abs=0.03)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("王小红", "zh-Hans"),
        ("陳麗華", "zh-Hant"),
        ("たけし 直", "ja"),
        ("이하늘", "ko"),
        ("Zoë", ""),
        ("ሰላም", "am"),
        ("مریم", "ar"),
    ],
)
def test_language_of_a_name(text: str, language: str) -> None:
    """Han letters take the forms of the language their neighbours show."""
    assert fonts.language(text) == language


def test_name_carries_its_language() -> None:
    """A screen reader is told the language of a name that is not English."""
    with pikepdf.open(io.BytesIO(pdf_of(made_up(name="たけし")))) as pdf:
        heading = next(
            each for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and each.get("/S") == "/H2"
        )
        assert str(heading.Lang) == "ja"


TALL = {
    "tibetan": "བསོད་ནམས་རྒྱ་མཚོ་རྫོགས་ཆེན་",
    "tibetan-of-two-lines": "བསོད་ནམས་རྒྱ་མཚོ་རྫོགས་ཆེན་ སྒྲོལ་མ་ བཀྲ་ཤིས་ རྫྱོགས་བརྒྱུད་ ངག་དབང་བློ་བཟང་",
    "thaana": "އިބްރާހީމް މުޙައްމަދު",
    "mongolian": "ᠪᠠᠲᠤ ᠮᠥᠩᠬᠡ",
    "burmese": "ဒေါ်ခင်မြတ်စန္ဒာ ဦးကျော်သွင်္ဂြို",
    "javanese": "ꦱꦸꦥꦿꦶꦪꦤ꧀ꦠꦺꦴ ꦏꦿꦶꦱ꧀ꦤ",
    "kannada": "ಶ್ರೀನಿವಾಸ ಕ್ಷೇತ್ರಪಾಲ ಸ್ತ್ರೀ",
    "khmer": "ស្រីល័ក្ខ ស្ត្រី",
    "thai": "กิตติศักดิ์ ปู่ญู",
    "devanagari": "ज्ञानेश्वर श्रीं द्ध्र्यै",
    "urdu": "ڈاکٹر طٰہٰ ٹیپو چھوٹے",
    "arabic-with-vowels": "مُحَمَّدٌ بْنُ رَشِيدٍ",
    "vietnamese-capitals": "ĐỖ THỊ ẤẨỄỘ",
    "vietnamese-of-two-lines": "NGUYỄN THỊ HỒNG ÁNH TUYẾT PHƯỢNG HOÀNG ĐỨC THẮNG TRẦN LÊ",
    "yoruba-capitals": "Ọ̀ṢỌ́BÀ ẸKÚN",
    "marks-on-marks": "Zo\u0302\u0301\u0304\u030c Ạ\u0331\u0323",
    "latin-and-tibetan": "Tenzin རྫོགས་ཆེན་",
}


@pytest.mark.parametrize(
    ("name", "design"),
    [(name, A4 if "two-lines" in what else LETTER) for what, name in TALL.items()],
    ids=TALL.keys(),
)
def test_tall_scripts_keep_clear_of_their_neighbours(name: str, design: Design) -> None:
    """Paper shows between a name's ink and the lines above and below it, by the pixels of the page."""
    pdf = pdf_of(made_up(Kind.CME_ABIM_ABP, name.strip()), design)
    found = boxes(pdf)
    signs = [sign for sign, *_ in found]
    above = found[_place(signs, "This certifies that") :][: len("Thiscertifiesthat")]
    below = found[_place(signs, "MD, MPH") :][: len("MD,MPH")]
    page = page_image(pdf, 144).convert("L")  # two pixels a point
    for edge, step in ((min(bottom for _, _, bottom, _, _ in above), 1), (max(top for *_, top in below), -1)):
        row = page.height - 2 * edge + 3 * step
        strip = page.crop((160, int(row) - 1, page.width - 160, int(row) + 1))
        assert min(strip.tobytes()) > 200, f"ink beside {'This certifies that' if step > 0 else 'MD, MPH'}"


def _place(signs: list[str], text: str) -> int:
    wanted = [*text.replace(" ", "")]
    return next(at for at in range(len(signs)) if signs[at : at + len(wanted)] == wanted)


def test_names_of_one_weight() -> None:
    """No installed face draws names bold: fontconfig takes some families' bold for their regular."""
    drawn_by = fonts_of(pdf_of(made_up(name="ဒေါ်ခင်မြတ်")))
    assert "Noto Sans Myanmar" in drawn_by
    assert "Noto Serif Myanmar" not in drawn_by


TITLE = (
    "Imaging, Laboratory Medicine and Shared Decisions in Giant Cell Arteritis, Takayasu Arteritis and the "
    "Antineutrophil Cytoplasmic Antibody Associated Vasculitides of Childhood, Adult Life and Old Age: "
    "a Course in Twelve Sessions with Simulated Patients, Ultrasound Stations and Pathology Rounds for Teams"
)
LONG = {
    "120-letters": {"name": ("Bartholomea-Ysabeau Christodoulopoulou-Vandersteen " * 3)[:120].strip()},
    "70-without-space": {"name": "M" * 70},
    "120-wide-letters": {"name": ("WMW " * 30).strip()},
    "hyphens": {"name": "-".join(["Ottilie"] * 15)},
    "credentials": {
        "credentials": "MBChB, MD, PhD, MSc (Epidemiology), FRCPCH, FACR, FAAP, DipMedEd, RN, " * 3
    },
    "title-300": {"title": TITLE},
    "title-without-space": {"title": "Spondyloarthropathy" * 12},
    "location": {"location": "\n".join(["Palais des Congrès, Salle Joséphine-Baker, Niveau 5"] * 5)},
    "arabic": {"name": "عبد الرحمن بن محمد " * 6},
    "khmer": {"name": "ស្រីល័ក្ខ" * 13},
    "chinese": {"name": "歐陽" * 60},
    "everything": {
        "name": ("Bartholomea-Ysabeau Christodoulopoulou-Vandersteen " * 3)[:120].strip(),
        "credentials": "MBChB, MD, PhD, MSc (Epidemiology), FRCPCH, FACR, FAAP, DipMedEd, RN",
        "title": TITLE,
        "location": "\n".join(["Palais des Congrès, Salle Joséphine-Baker, Niveau 5"] * 5),
    },
}


@pytest.mark.parametrize("design", [LETTER, pytest.param(A4, marks=pytest.mark.soak)], ids=["letter", "a4"])
@pytest.mark.parametrize("changes", LONG.values(), ids=LONG.keys())
def test_long_texts_fit(changes: dict[str, str], design: Design) -> None:
    """One page, all inside the frame, no line on another: read from the PDF's own boxes."""
    pdf = pdf_of(made_up(Kind.CME_ABIM_ABP, **changes), design)
    document = pdfium.PdfDocument(pdf)
    width, height = document[0].get_size()
    document.close()
    frame = 57.0  # the inner rule of the border
    for sign, left, bottom, right, top in boxes(pdf):
        assert left > frame, sign
        assert bottom > frame, sign
        assert right < width - frame, sign
        assert top < height - frame, sign
    found = lines(pdf)
    for at, (text, left, bottom, right, top) in enumerate(found):
        for other, left2, bottom2, right2, top2 in found[at + 1 :]:
            across = min(right, right2) - max(left, left2)
            shared = min(top, top2) - max(bottom, bottom2)
            if across > 1 and shared > 0:
                assert shared < 0.4 * min(top - bottom, top2 - bottom2), (text, other)


def test_too_much_for_any_page_is_a_problem() -> None:
    """What cannot fit at the smallest size is withheld with a reason, never clipped."""
    made = drawn(made_up(title="word " * 700))
    assert made.pdf is None
    assert "too long" in made.problem


def test_short_names_are_largest() -> None:
    """A usual name is set at the largest size; a longer one of as many lines is never larger."""
    sizes: dict[int, list[float]] = {}
    for length in range(5, 120, 5):
        text = layout.Text("n" * length, lambda part: 0.5 * len(part), lambda _: (0.5, 0.5))
        fitted = layout.fit(text, layout.LADDERS["name"], 600)
        sizes.setdefault(fitted.lines, []).append(fitted.size)
    assert sizes[1][0] == layout.single_sizes("name")[0]
    assert list(sizes) == sorted(sizes)
    assert all(each == sorted(each, reverse=True) for each in sizes.values())


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=140))
def test_any_text_finds_a_rung(text: str) -> None:
    """Whatever the text: a size of the ladder, a box no wider than the page, as many lines as it takes."""
    measured = layout.Text(text, lambda part: 0.6 * len(part), lambda _: (0.5, 0.5))
    fitted = layout.fit(measured, layout.LADDERS["name"], 600)
    assert fitted.size in {size for size, _ in layout.rungs(layout.LADDERS["name"], 0)}
    assert 0 < fitted.width <= 600
    assert fitted.lines >= 1


def test_spoken_order() -> None:
    """The text comes in the design's order: kind, name, deed, title, place, credit, statements, foot."""
    text = text_of(pdf_of(made_up()))
    order = [
        "CME Certificate", "This certifies that", "Wilhelmina Achterberg", "MD, MPH", "has participated",
        "Spring Course on Vasculitis", "Halifax", "is awarded", "12.25", "accredited", "designates",
        "Imogen Castellane", "Issued", "7K3M-9QRT-X2VB-04HZ", "Verify at", "kept until",
    ]  # fmt: skip
    places = [text.find(part) for part in order]
    assert -1 not in places
    assert places == sorted(places)
