"""What is held about somebody, on paper: a PDF with plain tables, made here, with nothing in it but what was gathered.

Its properties name nobody, and its bytes tell no time of making but the day that is printed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import typst
from django.utils.translation import gettext as _

_PAGE = """
#let told = json(bytes(sys.inputs.told))
#set document(title: told.title, date: none)
#set page(paper: "us-letter", margin: (x: 18mm, y: 18mm), numbering: "1 / 1")
#set text(font: ("Liberation Sans", "DejaVu Sans", "Libertinus Serif"), size: 9.5pt, lang: told.language)
#set par(leading: 0.55em)
#show heading.where(level: 1): set text(size: 18pt)
#show heading.where(level: 2): set text(size: 12.5pt)
= #told.title
#told.library, #told.made_on

#for section in told.sections [
  == #section.title
  #for record in section.records [
    #block(breakable: true, width: 100%, stroke: (top: 0.5pt + luma(60%)), inset: (y: 3pt))[
      #for datum in record [
        #grid(columns: (34%, 66%), column-gutter: 6pt, row-gutter: 2pt,
          strong(datum.label), datum.value,
          [], text(size: 8pt, fill: luma(30%))[#datum.why #datum.until. #datum.who.])
      ]
    ]
  ]
]

#if told.letters.len() > 0 [
  == #told.letters_title
  #for letter in told.letters [
    #block(width: 100%, below: 4pt)[*#letter.day* #letter.subject #linebreak() #letter.body]
  ]
]

== #told.looks_title
#for look in told.looks [
  #block(width: 100%, below: 4pt)[*#look.at* #look.who: #look.did. #look.what]
]
"""


def pdf(everything: Mapping[str, Any], *, library: str, language: str) -> bytes:
    """The record on paper.

    Args:
        everything: As ``views.seeing`` puts it together for the JSON file.
    """
    told = {
        "title": _("What the library holds about you"),
        "library": library,
        "language": language,
        "made_on": everything["made_on"],
        "sections": [
            {
                "title": each["title"],
                "records": [
                    [
                        {name: str(datum[name] or "") for name in ("label", "value", "why", "until", "who")}
                        for datum in record
                    ]
                    for record in each["records"]
                ],
            }
            for each in everything["held"]
            if each["records"]
        ],
        "letters_title": _("Your letters to us"),
        "letters": [
            {name: str(message[name]) for name in ("day", "subject", "body")}
            for letter in everything["letters"]
            for message in letter["messages"]
        ],
        "looks_title": _("Who looked"),
        "looks": [
            {
                "at": each["at"][:16].replace("T", " "),
                "who": each["who"],
                "did": f"{each['did']}, {each['purpose']}"
                + ("" if each["allowed"] else f" ({_('refused')})"),
                "what": ", ".join(each["asked"]),
            }
            for each in everything["looks"]
        ],
    }
    inputs = {"told": json.dumps(told)}
    return bytes(typst.compile(_PAGE.encode(), format="pdf", sys_inputs=inputs, timestamp=0))
