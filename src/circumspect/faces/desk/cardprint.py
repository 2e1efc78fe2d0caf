"""A library card on paper: the library's name and the card's number, as digits and as bars.

Two barcodes, for scanners old and new: Codabar, which libraries have used since the 1970s, and Code 39.
No name, no PIN, no balance: whoever finds the card learns only which library to bring it to.

The page is the size of a card (ISO/IEC 7810 ID-1), its document properties are empty, and its bytes
depend on nothing but name and number.

Source: issue "The house stands", section 4; ANSI/AIM BC3 (Codabar), ISO/IEC 16388 (Code 39).
"""

from __future__ import annotations

import io

from barcode.codabar import CODABAR
from barcode.codex import Code39
from barcode.writer import SVGWriter

from circumspect.records import typesetting

_PAGE = """
#let told = json(bytes(sys.inputs.told))
#set document(title: "Library card", date: none)
#set page(width: 85.6mm, height: 53.98mm, margin: (x: 5mm, y: 4mm))
#set text(font: ("Liberation Sans", "DejaVu Sans", "Libertinus Serif"), size: 8pt)
#align(center)[
  #block(height: 9mm, width: 100%)[#align(center + horizon)[#text(size: 11pt, weight: "bold")[#told.library]]]
  #image(bytes(told.codabar), format: "svg", width: 62mm, height: 13mm, alt: "Codabar")
  #v(-1mm)
  #text(size: 10pt, tracking: 1pt)[#told.number]
  #v(-1mm)
  #image(bytes(told.code39), format: "svg", width: 72mm, height: 9mm, alt: "Code 39")
]
"""
_BARS = {"module_height": 12.0, "quiet_zone": 4.0, "write_text": False}


def card_pdf(library: str, number: str) -> bytes:
    """The card as PDF.

    Args:
        library: Its name.
        number: The card's number, digits or capitals.
    """
    told = {
        "library": library,
        "number": spaced(number),
        "codabar": codabar_svg(number) if number.isdecimal() else code39_svg(number),
        "code39": code39_svg(number),
    }
    return typesetting.pdf(_PAGE, told)


def spaced(number: str) -> str:
    """Fourteen digits in the groups they are printed in: ``2 1234 00000001 8``; others as they are."""
    if len(number) != 14:
        return number
    return f"{number[0]} {number[1:5]} {number[5:13]} {number[13]}"


def codabar_svg(digits: str) -> str:
    """Codabar bars between the usual start and stop signs, A and B."""
    return _svg(CODABAR(f"A{digits}B", writer=SVGWriter()))


def code39_svg(text: str) -> str:
    """Code 39 bars, without a check sign of their own."""
    return _svg(Code39(text, writer=SVGWriter(), add_checksum=False))


def _svg(code: CODABAR | Code39) -> str:
    out = io.BytesIO()
    code.write(out, options=_BARS)
    return out.getvalue().decode()
