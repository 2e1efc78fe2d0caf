"""What is held about somebody, on paper: a PDF with plain tables, made here, with nothing in it but what was gathered.

Its properties name nobody, and its bytes tell no time of making but the day that is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from circumspect.records import typesetting

_PAGE = r"""
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

== #told.looks_title
#told.looks_how
#for look in told.looks [
  #block(width: 100%, below: 4pt)[*#look.day* #look.who: #look.did. #look.what \ #text(size: 8pt)[#look.times]]
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
        "looks_title": _("Who looked"),
        "looks_how": _("Looks of one day that differ in nothing but their time stand together."),
        "looks": _by_day(everything["looks"]),
    }
    return typesetting.pdf(_PAGE, told)


def _by_day(looks: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """The looks for paper, newest first: one paragraph for those of a day that differ in nothing but their time.

    Ten thousand paragraphs would be two hundred pages, and take longer to lay out than all the rest to find.
    """
    times: dict[tuple[str, str, str, str], list[str]] = {}
    for each in looks:
        refused = "" if each["allowed"] else f" ({_('refused')})"
        day, _t, time = each["at"][:16].partition("T")
        told = (day, each["who"], f"{each['did']}, {each['purpose']}{refused}", ", ".join(each["asked"]))
        times.setdefault(told, []).append(time)
    return [
        {"day": day, "who": who, "did": did, "what": what, "times": ", ".join(of_day)}
        for (day, who, did, what), of_day in times.items()
    ]
