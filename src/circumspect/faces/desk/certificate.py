"""A certificate on paper: who, what was done, when and with whom. One page; nothing of a patron.

Source: issue "The privacy desk", section 1; clauses MP-7.16, MP-7.18.
"""

from __future__ import annotations

from collections.abc import Sequence

from circumspect.records import typesetting

_PAGE = """
#let told = json(bytes(sys.inputs.told))
#set document(title: told.title, date: none)
#set page(paper: "us-letter", margin: 2.5cm)
#set text(font: ("Liberation Sans", "DejaVu Sans", "Libertinus Serif"), size: 11pt, lang: "en")
#text(size: 10pt)[#told.library]
#v(1.2cm)
#text(size: 22pt, weight: "bold")[#told.title]
#v(0.4cm)
#text(size: 15pt)[#told.name]
#v(0.6cm)
#for line in told.lines [
  #grid(columns: (5.5cm, 1fr), column-gutter: 0.5cm, text(fill: luma(90))[#line.at(0)], line.at(1))
  #v(0.15cm)
]
#v(2.2cm)
#grid(columns: (1fr, 1fr), column-gutter: 1.5cm,
  [#line(length: 100%, stroke: 0.5pt) #v(-0.2cm) #text(size: 9pt)[#told.name]],
  [#line(length: 100%, stroke: 0.5pt) #v(-0.2cm) #text(size: 9pt)[For the library, date]])
"""


def certificate_pdf(library: str, title: str, name: str, lines: Sequence[tuple[str, str]]) -> bytes:
    """The certificate.

    Args:
        lines: What it says, each with its heading.
    """
    told = {"library": library, "title": title, "name": name, "lines": [list(line) for line in lines]}
    return typesetting.pdf(_PAGE, told)
