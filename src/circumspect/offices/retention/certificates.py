"""Pages that are handed over: the certificate of a forgetting, and a disposal certificate's data.

The first holds no name and is not kept. The second is what the Local Records Commission's form asks for, one line for
each proposed disposal, as CSV or as PDF; nobody is in it.

Source: clauses TH-1.8, TH-1.10; 50 ILCS 205; DOMAIN practice of disposal certificates.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Final

from circumspect.offices.retention.erasing import Ending, Outcome
from circumspect.records import typesetting
from circumspect.records.promises import Promise

LANGUAGES: Final = ("en", "es", "pl")
_FONTS: Final = '("Liberation Sans", "DejaVu Sans", "Libertinus Serif")'
_PAGE: Final = f"""
#let told = json(bytes(sys.inputs.told))
#set document(title: told.title, date: none)
#set page(paper: "us-letter", margin: 25mm)
#set text(font: {_FONTS}, size: 11pt, lang: told.language, hyphenate: false)
#text(size: 10pt)[#told.library]
#v(8mm)
#text(size: 18pt, weight: "bold")[#told.title]
#v(4mm)
#for said in told.paragraphs [#par[#said]]
#v(6mm)
#text(size: 10pt)[#told.number_word: #told.number]
"""
_TABLE: Final = f"""
#let told = json(bytes(sys.inputs.told))
#set document(title: told.title, date: none)
#set page(paper: "us-letter", flipped: true, margin: 18mm)
#set text(font: {_FONTS}, size: 9.5pt, lang: "en", hyphenate: false)
#text(size: 16pt, weight: "bold")[#told.title]
#v(2mm)
#for said in told.paragraphs [#par[#said]]
#v(2mm)
#table(columns: told.columns.map(_ => auto), align: left, stroke: 0.4pt, inset: 5pt,
  table.header(..told.columns.map(each => text(weight: "bold")[#each])),
  ..told.rows.flatten().map(each => [#each]))
"""


def erasure_certificate(outcome: Outcome, library: str, language: str) -> bytes:
    """The page for whoever asked to be forgotten, as PDF. It holds no name.

    Args:
        outcome: Of a forgetting that was done, whole or down to the minimum.
        language: "en", "es" or "pl"; English for any other.
    """
    language = language if language in LANGUAGES else "en"
    words = _words()[language]
    day, owed = outcome.day.isoformat(), f"${outcome.owed_cents / 100:.2f}"
    names = (
        ("done", "rows", "backups", "counts", "keep")
        if outcome.ending is Ending.FORGOTTEN
        else ("reduced", "stays", "counts", "keep")
    )
    told = {
        "title": words["title"],
        "library": library,
        "language": language,
        "paragraphs": [words[name].format(day=day, library=library, owed=owed) for name in names],
        "number_word": words["number"],
        "number": outcome.number,
    }
    return typesetting.pdf(_PAGE, told)


def table_pdf(
    title: str, paragraphs: Sequence[str], columns: Sequence[str], rows: Sequence[Sequence[str]]
) -> bytes:
    """A titled table on Letter paper, as PDF."""
    told = {
        "title": title,
        "paragraphs": list(paragraphs),
        "columns": list(columns),
        "rows": [list(row) for row in rows],
    }
    return typesetting.pdf(_TABLE, told)


def table_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """The same as CSV, UTF-8. A cell that a spreadsheet would take for a formula is quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([f"'{cell}" if cell[:1] in "=+-@" and cell else cell for cell in row] for row in rows)
    return out.getvalue().encode()


def promises_page(found: Sequence[Promise], library: str, day: dt.date) -> bytes:
    """The state of every promise, as a page for the board."""
    open_ = sum(not each.kept for each in found)
    said = f"{library}, {day:%d %B %Y}: {len(found) - open_} of {len(found)} promises are kept on the running system."
    rows = []
    for each in found:
        todo = f" To do: {each.instead}." if each.instead else ""
        rows.append(
            ("kept" if each.kept else "NOT KEPT", each.name, each.said + todo, ", ".join(each.clauses))
        )
    return table_pdf("The state of our promises", [said], ("", "Promise", "What was found", "Clauses"), rows)


@cache
def _words() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))
