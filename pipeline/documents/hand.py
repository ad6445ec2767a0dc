"""A signature as it was scanned, in; the hand alone, as large as it is printed and in one ink, out."""

from __future__ import annotations

import io

PAPER = 208  # of 255: what is lighter is paper
MOST = 720, 160  # pixels across and high: four to a point of the room that it has on a certificate
SHADES = 4  # between paper and ink: every certificate has the picture, and more would double its bytes


def hand_of(data: bytes) -> bytes:
    """The picture without the paper around the hand, as a PNG; what is no picture of dots stays as it is."""
    from PIL import Image, ImageOps, ImageStat, UnidentifiedImageError  # most designs have no signature

    try:
        with Image.open(io.BytesIO(data)) as opened:
            scanned = ImageOps.exif_transpose(opened).convert("RGBA")
    except UnidentifiedImageError:  # a drawing (SVG)
        return data
    page = Image.alpha_composite(Image.new("RGBA", scanned.size, "white"), scanned).convert("RGB")
    light = page.convert("L")
    where = light.point(lambda value: 255 * (value < PAPER))
    if where.getbbox() is None:
        return data
    page, light, where = (each.crop(where.getbbox()) for each in (page, light, where))
    darkest = ImageStat.Stat(light, where).median[0]
    ink = tuple(
        int(value)
        for value in ImageStat.Stat(page, light.point(lambda value: 255 * (value <= darkest))).median
    )
    light.thumbnail(MOST, Image.Resampling.LANCZOS)
    shades = light.point(
        lambda value: round(min(1, max(0, (value - darkest) / (PAPER - darkest))) * SHADES) * 255 // SHADES
    )
    out = io.BytesIO()
    ImageOps.colorize(shades, ink, "white").save(out, "PNG", optimize=True)
    return out.getvalue()
