"""Cuts the small font of the hours field out of Cormorant: PDF viewers need a field's whole font in the file.

    .venv/bin/python theme/certificates/fonts/cut_hours.py

Printable ASCII and quarter fractions with lining figures: some 15 kB instead of 150 in every Certificate of
Participation. Cormorant's licence (cormorant/OFL.txt) reserves no name and allows it.
"""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

HERE = Path(__file__).parent / "cormorant"
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")

font = TTFont(HERE / "Cormorant-Medium.ttf", recalcTimestamp=False)
for table in font["cmap"].tables:
    for value, name in enumerate(DIGITS):
        table.cmap[ord("0") + value] = f"{name}.lf"
options = subset.Options(layout_features=[], hinting=False, notdef_outline=True, recalc_timestamp=False)
cutter = subset.Subsetter(options)
cutter.populate(unicodes=[*range(0x20, 0x7F), 0xBC, 0xBD, 0xBE])
cutter.subset(font)
for record in font["name"].names:
    if record.nameID in (1, 4, 16):
        record.string = "Cormorant Hours"
    elif record.nameID == 6:
        record.string = "Cormorant-Hours"
font.save(HERE / "Cormorant-Hours.ttf")
