"""The Record of credits as a PDF: a record and a design in; a tagged file (PDF/UA-1) out.

WeasyPrint would take a tenth of a second for each. These pages are a heading and tables, so they are laid out
here, a few milliseconds a person, in the theme's faces, and HarfBuzz shapes their texts as it does for
certificates. What is more than letters side by side is left to WeasyPrint (`apart`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial
from typing import NamedTuple

from pipeline.documents import fonts
from pipeline.documents.blocks import Block, Style, block
from pipeline.documents.compose import clean
from pipeline.documents.design import PAPERS, Design, check_design
from pipeline.documents.structure import DOCUMENT
from pipeline.documents.tagged import TaggedPdf
from pipeline.documents.typeface import typeface
from pipeline.rules.certificates import statements
from pipeline.rules.certificates.sums import Sums
from pipeline.rules.text import counted
from pipeline.rules.web.credit_record import CreditRecord, RecordedActivity, RecordedYear

SIDE, TOP, BOTTOM = 54.0, 50.0, 56.0  # margins, points
GREY, ACCENT, HAIR = "4a4a4a", "1d3b6f", "b0b0b0"
GAP, ROOM = 11.0, 4.5  # between columns, and above and below what stands in a row
FIGURES = {"cme": 60.0, "abim": 76.0, "abp": 56.0}  # widths of the columns of figures
OF_YEARS = {**FIGURES, "abim": 180.0}  # the same where beside them little else needs room
HEADS = {"cme": "AMA PRA Category 1 Credits™", "abim": "ABIM MOC points", "abp": "ABP MOC Part 2 points"}
WHEN, YEAR = 80.0, 40.0  # widths of first columns
OF_COLUMN, OF_ROW = (b"/A <</O /Table/Scope /%b>>" % scope for scope in (b"Column", b"Row"))
TITLE = "Record of credits"
# What nearly all records are written in: their fonts need not be cut for each.
LETTERS = f"{TITLE}About this record0123456789.–"
USUAL = "".join(map(chr, range(0x20, 0x7F))) + "·–’™"
NONE = "–"  # where nothing of a kind was earned
MOST_NOTES = 12  # that are kept together


@lru_cache(maxsize=4)
class _Styles:
    """How each text of a record is set in one theme."""

    def __init__(self, design: Design) -> None:
        check_design(design)
        display = typeface(design.theme, fonts.DISPLAY, False, "D", LETTERS)
        text = typeface(design.theme, fonts.TEXT, False, "T", USUAL)
        italic = typeface(design.theme, fonts.TEXT, True, "I", HEADS["cme"])
        style = partial(Style, design)
        self.heading = style(display, 27, 32, ACCENT, serif=True)
        self.name = style(text, 16, 22)
        self.year = style(display, 17, 22, ACCENT, serif=True)
        self.aside = style(display, 13, 15, ACCENT, serif=True)
        self.figure = style(display, 24, 25, ACCENT, serif=True)
        self.provider = style(text, 9.5, 14, GREY)
        self.plain = style(text, 9.5, 13)
        self.cell = style(text, 9, 11.6)
        self.small = style(text, 8, 10.4, GREY)
        self.phrase = style(italic, 9.5, 13)
        self.head = style(text, 8, 10, GREY)
        self.head_phrase = style(italic, 8, 10, GREY)


def draw_record(record: CreditRecord, design: Design, verify_at: str) -> bytes:
    """A person's Record of credits as PDF/UA-1; the same record and design give the same bytes.

    `verify_at`: the address under which numbers are looked up, as it is printed. Raises DocumentError where
    the design cannot be used.
    """
    return _Sheets(record, design, verify_at).drawn()


class TableCell(NamedTuple):
    """What stands in a cell of a table, one block under the other; `links`: where some lead, and in words."""

    blocks: Sequence[Block]
    links: Mapping[Block, tuple[str, str]] = {}
    tag: bytes = b"TD"
    attributes: bytes = b""


class TableRow:
    """A row of a table. `height`: points; `inner`: of its tallest cell."""

    def __init__(self, *cells: TableCell) -> None:
        self.cells = cells
        self.inner = max([sum([block.height for block in cell.blocks]) for cell in cells])
        self.height = self.inner + 2 * ROOM


class TableColumn(NamedTuple):
    """A column of a table: its edges, in points from the left edge of the page."""

    left: float
    right: float
    is_figure: bool = False  # flush right


class _Sheets:
    """The pages of one record."""

    def __init__(self, record: CreditRecord, design: Design, verify_at: str) -> None:
        self._record, self._verify_at = record, verify_at
        self._styles = _Styles(design)
        width, self._height = PAPERS[design.paper][::-1]
        self._right = width - SIDE
        self._pdf, self._y = TaggedPdf(width, self._height), 0.0
        self._structure = self._pdf.structure
        self._bookmarks: list[tuple[str, int]] = []
        sums = record.sums  # credits are always told, points where there are any
        self._kinds = ["cme", *(["abim"] if sums.abim else []), *(["abp"] if sums.abp else [])]

    def drawn(self) -> bytes:
        """The file."""
        record = self._record
        self._new_page()
        self._heading()
        self._all_sums()
        if len(record.years) > 1:
            self._years()
        for year in record.years:
            self._year(year)
        self._about()
        self._feet()
        holder = ", ".join(part for part in (record.name, record.credentials) if part)
        said = f"{TITLE} {record.period}: {clean(holder)}", statements.PROVIDER
        return self._pdf.finish(*said, self._bookmarks)

    def _block(self, text: str, style: Style, width: float = 0.0) -> Block:
        return block(text, style, width or self._right - SIDE)

    def _new_page(self) -> None:
        self._pdf.new_page()
        self._y = TOP

    def _need(self, height: float) -> bool:
        """Begin a page where so much does not fit on this one; whether that was so."""
        if self._y + height <= self._height - BOTTOM:
            return False
        self._new_page()
        return True

    def _put(self, text: str, style: Style, tag: bytes = b"P", after: float = 0.0) -> None:
        """A paragraph under what stands there."""
        made = self._block(text, style)
        self._need(made.height)
        made.draw(self._pdf, self._structure.add(DOCUMENT, tag), SIDE, self._y)
        self._y += made.height + after

    def _heading(self) -> None:
        record, styles = self._record, self._styles
        self._put(statements.PROVIDER, styles.provider, after=3)
        heading = self._structure.add(DOCUMENT, b"H1")
        self._block(TITLE, styles.heading).draw(self._pdf, heading, SIDE, self._y)
        self._block(record.period, styles.heading).draw(self._pdf, heading, SIDE, self._y, self._right)
        self._y += styles.heading.leading + 5
        self._pdf.rule(SIDE, self._y, self._right - SIDE, 0.9, ACCENT)
        self._pdf.rule(SIDE, self._y + 2.4, self._right - SIDE, 0.3, ACCENT)
        self._y += 14
        self._put(record.name, styles.name, after=1)
        if record.credentials:
            self._put(record.credentials, styles.plain, after=1)
        many = counted(record.sums.certificates, "certificate")
        self._put(f"{many}, as of {statements.date_words(record.as_of)}", styles.provider, after=12)

    def _all_sums(self) -> None:
        """What all comes to, side by side: a large figure for each kind of credit."""
        styles, lowest = self._styles, self._y
        width = (self._right - SIDE) / max(3, len(self._kinds))
        for at, kind in enumerate(self._kinds):
            figure, unit, details = figures(self._record.sums, kind)
            unit_style = styles.phrase if kind == "cme" else styles.plain
            texts = [(figure, styles.figure), (unit, unit_style), *((one, styles.small) for one in details)]
            paragraph, y = self._structure.add(DOCUMENT, b"P"), self._y
            for text, style in texts:
                made = self._block(text, style, width - GAP)
                made.draw(self._pdf, paragraph, SIDE + at * width, y)
                y += made.height
            lowest = max(lowest, y)
        self._y = lowest + 12

    def _years(self) -> None:
        """A table of the years and what each comes to."""
        columns = self._columns(YEAR, OF_YEARS)
        head = TableRow(self._head("Year"), self._head("Activities"), *self._heads(OF_YEARS))
        rows = [
            TableRow(
                self._cell(str(year.year), tag=b"TH", attributes=OF_ROW),
                self._cell(str(len(year.activities))),
                *self._figure_cells(year.sums, OF_YEARS),
            )
            for year in self._record.years
        ]
        self._table(columns, head, rows)

    def _year(self, year: RecordedYear) -> None:
        """A table of what was completed in a year, with its sums."""
        columns = self._columns(WHEN)
        head = TableRow(self._head("Completed"), self._head("Activity and certificates"), *self._heads())
        rows = [
            TableRow(
                self._cell(each.when, columns[0]),
                self._activity(each, columns[1]),
                *self._figure_cells(each.sums),
            )
            for each in year.activities
        ]
        sums = self._cell(f"All of {year.year}", columns[0], tag=b"TH", attributes=OF_ROW)
        count = self._cell(counted(year.sums.certificates, "certificate"), columns[1])
        rows.append(TableRow(sums, count, *self._figure_cells(year.sums)))
        self._need(self._styles.year.leading + 2 + _beginning(head, rows))
        self._bookmarks.append((str(year.year), self._pdf.pages - 1))
        self._put(str(year.year), self._styles.year, b"H2", after=2)
        self._table(columns, head, rows)

    def _columns(self, first: float, widths: Mapping[str, float] = FIGURES) -> list[TableColumn]:
        """Two columns of texts, the first so wide, and one for each kind of credit."""
        right, found = self._right, list[TableColumn]()
        for kind in reversed(self._kinds):
            found.insert(0, TableColumn(right - widths[kind], right, is_figure=True))
            right -= widths[kind] + GAP
        return [TableColumn(SIDE, SIDE + first), TableColumn(SIDE + first + GAP, right), *found]

    def _head(self, text: str, style: Style | None = None, width: float = 0.0) -> TableCell:
        made = self._block(text, style or self._styles.head, width)
        return TableCell([made], tag=b"TH", attributes=OF_COLUMN)

    def _heads(self, widths: Mapping[str, float] = FIGURES) -> list[TableCell]:
        looks = {"cme": self._styles.head_phrase}
        return [self._head(HEADS[kind], looks.get(kind), widths[kind]) for kind in self._kinds]

    def _cell(
        self, text: str, column: TableColumn | None = None, tag: bytes = b"TD", attributes: bytes = b""
    ) -> TableCell:
        width = column.right - column.left if column else 0.0
        return TableCell([self._block(text, self._styles.cell, width)], tag=tag, attributes=attributes)

    def _activity(self, activity: RecordedActivity, column: TableColumn) -> TableCell:
        """What it was and where, and the numbers of its certificates, each of which leads to its page."""
        width, styles = column.right - column.left, self._styles
        blocks, links = [self._block(activity.title, styles.cell, width)], {}
        if activity.about:
            blocks.append(self._block(activity.about, styles.small, width))
        for each in activity.certificates:
            said = " · ".join((each.number, each.kind, *each.notes))
            blocks.append(made := self._block(said, styles.small, width))
            links[made] = (each.verify_url, f"Verify {each.kind} {each.number}")
        return TableCell(blocks, links)

    def _figure_cells(self, sums: Sums, widths: Mapping[str, float] = FIGURES) -> list[TableCell]:
        """What was earned of each kind."""
        cells = []
        for kind in self._kinds:
            figure, _, details = figures(sums, kind)
            small = [self._block(one, self._styles.small, widths[kind]) for one in details]
            cells.append(TableCell([self._block(figure, self._styles.cell), *small]))
        return cells

    def _table(self, columns: Sequence[TableColumn], head: TableRow, rows: Sequence[TableRow]) -> None:
        """A table; where it goes on over a page its head is drawn again, for the eye alone."""
        table = self._structure.add(DOCUMENT, b"Table")
        self._need(_beginning(head, rows))
        self._row(columns, head, table, is_ruled=False)
        for at, row in enumerate(rows):
            sums = rows[-1].height if at == len(rows) - 2 else 0.0  # no page has the sums alone
            if self._need(row.height + sums):
                self._row(columns, head, None, is_ruled=False)
            self._row(columns, row, table, is_ruled=True)
        self._y += 11

    def _row(self, columns: Sequence[TableColumn], row: TableRow, table: int | None, is_ruled: bool) -> None:
        pdf, add = self._pdf, self._structure.add
        if is_ruled:
            pdf.rule(SIDE, self._y, self._right - SIDE, 0.5, HAIR)
        line = table and add(table, b"TR")
        for column, cell in zip(columns, row.cells, strict=True):
            y = self._y + ROOM
            if not is_ruled:  # heads stand at the foot of their row
                y += row.inner - sum([block.height for block in cell.blocks])
            element = line and add(line, cell.tag, cell.attributes)
            right = column.right if column.is_figure else 0.0
            for made in cell.blocks:
                below = y + made.height
                if element and made in cell.links:
                    link = add(element, b"Link")
                    made.draw(pdf, link, column.left, y)
                    pdf.link(link, (column.left, y, column.right, below), *cell.links[made])
                else:
                    part = add(element, b"P") if element and len(cell.blocks) > 1 else element
                    made.draw(pdf, part, column.left, y, right)
                y = below
        self._y += row.height

    def _about(self) -> None:
        """What whoever reads the record wants to know of it."""
        record, small = self._record, self._styles.small
        texts = [
            f"Each certificate can be verified by its number at {self._verify_at}, until six years after its "
            "activity. What changes after the day of this record is told there. Certificates that were "
            "withdrawn or replaced are not listed and do not count.",
            *record.uncounted,
            *record.accreditation,
            f"Questions: {statements.CONTACT}",
        ]
        if any(not each.sums.cme for year in record.years for each in year.activities):
            texts.insert(
                1, "Hours stated on a certificate of participation are its holder’s own and not summed."
            )
        # Set closely, so that it seldom stands alone on a last page.
        heading, after = self._styles.aside, 2.0
        room = sum(self._block(text, small).height + after for text in texts[:MOST_NOTES]) - after
        self._need(heading.leading + after + room)
        self._put("About this record", heading, b"H2", after=after)
        for text in texts:
            self._put(text, small, after=after)

    def _feet(self) -> None:
        """At the foot of each page what it is of, for whoever finds it alone."""
        style, y = self._styles.head, self._height - BOTTOM + 22
        said = f"{TITLE} {self._record.period}, as of {statements.date_words(self._record.as_of)}"
        for page in range(self._pdf.pages):
            self._pdf.go_to(page)
            self._block(said, style).draw(self._pdf, None, SIDE, y)
            where = f"Page {page + 1} of {self._pdf.pages}"
            self._block(where, style).draw(self._pdf, None, SIDE, y, self._right)


def figures(sums: Sums, kind: str) -> tuple[str, str, list[str]]:
    """Of one kind of credit: how much, of what, and of which types."""
    if kind == "abim":
        total = sum((points for _, points in sums.abim), Decimal(0))
        several = len(sums.abim) > 1
        types = [
            f"{statements.number_words(points)} {type_ or 'of no type'}" if several else type_
            for type_, points in sums.abim
        ]
        words = statements.points(total, "ABIM MOC")
    else:
        total, types = (sums.cme, []) if kind == "cme" else (sums.abp, [])
        words = statements.ama_credits(total) if kind == "cme" else statements.points(total, "ABP MOC Part 2")
    figure, _, unit = words.partition(" ")
    return figure if total else NONE, unit, [one for one in types if one]


def _beginning(head: TableRow, rows: Sequence[TableRow]) -> float:
    """Of a table, what stands on one page: its head and first row, and the sums where they are the next."""
    return head.height + sum([row.height for row in rows[: 2 if len(rows) == 2 else 1]])
