"""The press: a certificate's facts in; its finished PDF, or None where WeasyPrint itself must set it, out.

WeasyPrint takes some sixty milliseconds for a page, nearly all of them for what every certificate of a
meeting has in common. The press lets it lay out that common part once and then writes whole files at a
hundredth of the cost. The files are what WeasyPrint would have written: the same text operators, tags and
metadata.

How it is done, in the order of the modules:

1. `edition`: certificates that agree in everything but their person's texts (name, credentials, figures,
   dates, number, address) form an edition. A person's line takes the room of the largest size whatever its
   own, so the page's plan (compose.best_plan) is the same for all whose texts fit one line.
2. `letters`: a file's font subset must not depend on its person, so a template embeds a whole repertoire
   (the letters of western Europe, of all Latin, Cyrillic, Greek ...) with what its face makes of them.
3. `workshop`: for every plan of an edition WeasyPrint lays out two made-up people, one with narrow texts at
   their largest size and one with wide texts at their smallest. The first is painted with its fonts' letters
   widened (`Document.copy`, `Document.fonts`); `write_pdf(finisher=...)` hands over the PDF's objects.
4. `stream`: the two pages' content is compared operator by operator. What agrees is constant. A text that
   differs must be one of the edition's, in order, and `setting` must set both people's texts byte for byte
   as WeasyPrint did: this proves faces, sizes, shaping and kerning anew for every template. From the two
   positions follows how a line moves with its text: not, by half (centred) or by all (flush right).
5. `template`: the files' other objects are compared too; those that differ may do so in a person's
   particulars only (`phrase`). Constant objects are serialised once as the beginning of every file; a
   person's are short streams, the QR code (`qr`) and its description, metadata and the cross-reference.

Whatever does not fit (a name of two lines or two scripts, a letter without a glyph, glyphs that do not read
back as the text, a text wider than what was proven, pages that differ otherwise) is left to WeasyPrint.
Whether a certificate is pressed depends on its facts and the design alone, so its bytes are the same in any
batch, process or order.

The promise that every finished page's text is compared with the facts is kept in three parts: each text
that varies is read back from the glyphs about to be written through the table that is the file's ToUnicode
(`setting`); the constant rest is read by a second library once a template; and so is the whole of every
certificate whose identifier begins with a zero byte, one in 256.
"""

from __future__ import annotations

from functools import lru_cache

from pipeline.documents.design import Design
from pipeline.documents.press.workshop import Workshop
from pipeline.rules.certificates.awards import Facts


def pressed(facts: Facts, design: Design) -> bytes | None:
    """The certificate as PDF/UA-1 of one page; None where the press cannot set it exactly.

    Raises DocumentError where the design itself cannot be rendered.
    """
    return _workshop(design).press(facts)


@lru_cache(maxsize=4)
def _workshop(design: Design) -> Workshop:
    return Workshop(design)
