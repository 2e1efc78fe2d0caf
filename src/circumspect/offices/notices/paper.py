"""Letters and postcards on paper, as PDF made for a window envelope.

A letter is folded in thirds. Wherever the sheet slides in its envelope, the window shows the address and nothing
else: the whole span that the window can come to lie over is left empty but for the address, and the address
stands in the part of it that is seen at every position.

    "letter"  US Letter in a #10 envelope, window 4 1/2 x 1 1/8 in, 7/8 in from the left, 1/2 in from the foot
    "a4"      A4 in a DL envelope, window 90 x 35 mm, 20 mm from the left, 15 mm from the foot (DIN 680)

A postcard has the address on one side, and on the other only that the library asks to be contacted.

Document properties are empty, and the bytes tell no time of printing. Nothing is stored here.

Source: clauses MP-4.14, TH-1.12; USPS Publication 25; DIN 680 and DIN 678.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from circumspect.offices.notices.rendering import Letter
from circumspect.records import typesetting


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper and the window of its envelope, in millimetres from the sheet's upper left corner.

    Attributes:
        seen: left, top, right, bottom of what the window shows at every position of the sheet.
        swept: The same of all it can come to lie over.
        fold: How far down the first fold is: the text begins below it.
    """

    paper: str
    seen: tuple[float, float, float, float]
    swept: tuple[float, float, float, float]
    fold: float


# The window's place in the envelope, less how far the folded sheet may slide: 25.4 and 11.6 mm; 10 and 11 mm.
US_LETTER = Sheet("us-letter", (22.2, 63.5, 111.1, 80.4), (0.0, 51.8, 136.6, 92.1), 93.1)
A4 = Sheet("a4", (20.0, 60.0, 100.0, 84.0), (10.0, 49.0, 110.0, 95.0), 99.0)
SHEETS = {"letter": US_LETTER, "a4": A4}
_FONTS = '("Liberation Sans", "DejaVu Sans", "Libertinus Serif")'

_LETTERS = f"""
#let told = json(bytes(sys.inputs.told))
#set document(title: "Letters", date: none)
#set text(font: {_FONTS}, size: 11pt, hyphenate: false)
#let at = told.sheet
#for letter in told.letters [
  #set page(paper: at.paper, margin: (x: 22mm, top: at.fold * 1mm, bottom: 18mm), numbering: none)
  #set text(lang: letter.language)
  // Head and address stand in the margin of the first page; a second page leaves it empty, however it is folded.
  #place(top + left, dy: 15mm - at.fold * 1mm)[
    #text(size: 10pt)[#text(weight: "bold")[#letter.contact.at(0)] #for line in letter.contact.slice(1) [#linebreak()#line]]]
  #place(top + left, dx: at.seen.at(0) * 1mm - 20mm, dy: (at.seen.at(1) - at.fold) * 1mm,
    block(width: (at.seen.at(2) - at.seen.at(0)) * 1mm - 4mm, height: (at.seen.at(3) - at.seen.at(1)) * 1mm)[
      #set text(size: 10pt)
      #set par(leading: 4.5pt)
      #align(horizon)[#letter.address.join(linebreak())]])
  #v(8mm)
  #text(weight: "bold")[#letter.subject]
  #v(2mm)
  #for (said, lines) in letter.paragraphs [
    #par[#said]
    #if lines.len() > 0 [#block(above: 8pt, below: 12pt, list(..lines.map(line => [#line])))]
  ]
  #v(4mm)
  #letter.contact.join(linebreak())
  #pagebreak(weak: true)
]
"""

_POSTCARDS = f"""
#let told = json(bytes(sys.inputs.told))
#set document(title: "Postcards", date: none)
#set page(width: 6in, height: 4.25in, margin: 9mm)
#set text(font: {_FONTS}, size: 11pt, hyphenate: false)
#for card in told.cards [
  #set text(lang: card.language)
  #text(size: 9pt)[#card.lines.at(1)]
  #place(top + left, dx: 58mm, dy: 40mm, block(width: 76mm)[#card.address.join(linebreak())])
  #pagebreak()
  #align(center + horizon)[
    #text(size: 16pt)[#card.lines.at(0)]
    #v(6mm)
    #card.lines.slice(1).join(linebreak())
  ]
  #pagebreak(weak: true)
]
"""


@dataclass(frozen=True, slots=True, repr=False)
class Addressed:
    """Something to be printed for one reader. Prints as nothing."""

    language: str
    address: tuple[str, ...]


@dataclass(frozen=True, slots=True, repr=False)
class PrintedLetter(Addressed):
    """A letter with its address."""

    letter: Letter


@dataclass(frozen=True, slots=True, repr=False)
class PrintedCard(Addressed):
    """A postcard: what it says, then who writes."""

    lines: tuple[str, ...]


def address_lines(
    given: str, family: str, street: str, city: str, region: str, postcode: str
) -> tuple[str, ...]:
    """A postal address as it is written here, empty lines left out; () where it has no street or no place."""
    place = " ".join(part for part in (", ".join(part for part in (city, region) if part), postcode) if part)
    if not street.strip() or not place:
        return ()
    return tuple(line for line in (f"{given} {family}".strip(), street.strip(), place) if line)


def letters_pdf(letters: Sequence[PrintedLetter], paper: str) -> bytes:
    """All letters in one document, each beginning a page of its own.

    Args:
        paper: "letter" or "a4".
    """
    told = [
        {
            "language": each.language,
            "address": each.address,
            "subject": each.letter.subject,
            "paragraphs": each.letter.paragraphs,
            "contact": each.letter.contact,
        }
        for each in letters
    ]
    return typesetting.pdf(_LETTERS, {"letters": told, "sheet": asdict(SHEETS[paper])})


def postcards_pdf(cards: Sequence[PrintedCard]) -> bytes:
    """All postcards in one document: for each, the side with the address and then the other."""
    told = [{"language": each.language, "address": each.address, "lines": each.lines} for each in cards]
    return typesetting.pdf(_POSTCARDS, {"cards": told})
