"""How certificates look: a theme folder and settings, and whether their files are there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import DocumentError
from pipeline.rules.certificates.activities import Kind

PAPERS = {"letter": (792.0, 612.0), "a4": (841.89, 595.28)}  # landscape, points

# One ink a kind, told apart at a glance and each above 7:1 on white paper (WCAG 1.4.3 asks 4.5:1).
INKS = {
    Kind.PARTICIPATION: "1f5a4a",
    Kind.CME: "1d3b6f",
    Kind.CME_ABIM: "7a1f33",
    Kind.CME_ABP: "5b2b72",
    Kind.CME_ABIM_ABP: "6e4a12",
}
INK_IN_DRAWINGS = "#123456"  # the placeholder that the SVG files are drawn in


@dataclass(frozen=True)
class Design:
    """How certificates look. Picklable, and two equal ones look the same."""

    theme: Path  # theme/certificates: template, style, fonts, drawings
    paper: str  # "letter" or "a4", always landscape
    signatory_name: str
    signatory_title: str
    signature_image: Path | None = None  # without one there is no line to sign on
    logo_image: Path | None = None  # without one the provider's name stands alone
    templates: Path | None = None  # the folder where the press keeps them between runs, if any

    @property
    def is_unsigned(self) -> bool:
        """Whether nobody is named or seen to sign: the page then says that it is issued electronically."""
        return not (self.signatory_name or self.signatory_title or self.signature_image)


def check_design(design: Design) -> None:
    """Raises DocumentError for a design that lacks a file or names an unknown paper."""
    if design.paper not in PAPERS:
        raise DocumentError(f'PAPER: "{design.paper}" is not known.', "Write letter or a4.")
    for name in ("certificate.html", "certificate.css"):
        if not (design.theme / name).is_file():
            raise DocumentError(f"{design.theme / name} is missing.", "Restore the theme folder.")
    for setting, image in (("SIGNATURE_IMAGE", design.signature_image), ("LOGO_IMAGE", design.logo_image)):
        if image is not None and not image.is_file():
            raise DocumentError(
                f"{setting}: {image} is not a file.", "Correct the path or leave the setting empty."
            )
