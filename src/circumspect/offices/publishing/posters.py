"""A change of policy as a poster: one sheet of A4 or Letter, large enough to be read on a wall.

What is set comes as data, so that no sign in it can be taken for the typesetter's commands. The text language is
told to the PDF for whoever has it read aloud.

Source: clause TH-7.3; issue "The public side", section 2.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from circumspect.records import typesetting

_SHEET = """
#let told = json(bytes(sys.inputs.told))
#set page("us-letter", margin: (x: 22mm, y: 24mm))
#set text(font: ("Libertinus Serif",), size: 17pt, lang: told.language)
#set par(leading: 0.62em)
#set document(title: told.head, author: told.library)
#text(size: 14pt, fill: rgb("#1c5864"), weight: "bold", told.library)
#v(4mm)
#heading(level: 1, text(size: 34pt, told.head))
#v(2mm)
#text(size: 15pt, told.title)
#linebreak()
#text(size: 13pt, told.since)
#v(5mm)
#for part in told.parts [
  #heading(level: 2, text(size: 19pt, fill: rgb("#1c5864"), part.at(0)))
  #part.at(1)
  #v(3mm)
]
#v(1fr)
#line(length: 100%, stroke: 0.6pt)
#text(size: 12pt, told.foot)
"""


@dataclass(frozen=True, slots=True)
class Words:
    """What stands on a poster, in its language."""

    library: str
    head: str
    title: str
    since: str
    parts: tuple[tuple[str, str], ...]
    foot: str
    language: str


def pdf(words: Words) -> bytes:
    """The poster as a PDF."""
    return typesetting.pdf(_SHEET, asdict(words))
