"""The privacy desk on paper: the officer's form on one page, letters, a packet with its manifest and receipt.

Everything here is printed from plain values that the caller has opened. Document properties are empty, and the bytes
tell no time of printing. The form is the same whether blank, filled in or answered: what is missing is a line to write on.

Source: clauses MP-3.8, MP-3.11, MP-3.12; DOMAIN practice of the Statement of Compliance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from circumspect.offices.privacydesk.letterwords import OUR_NUMBER, SIGN, day_in, said_in
from circumspect.records import typesetting


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """A letter. Prints as nothing.

    Attributes:
        listed: A table below the text, its first row the head; empty for none.
        receipt: Lines above a place to sign; empty for none.
        language: Of its text, and of the few words that stand on every letter.
    """

    title: str
    paragraphs: tuple[str, ...]
    to: str = ""
    number: str = ""
    signer: str = ""
    listed: tuple[tuple[str, ...], ...] = ()
    receipt: tuple[str, ...] = ()
    language: str = "en"


# Everything that part of the form's page may say; what is not told is a line to write on.
_SLOTS = (
    "received", "location", "officer_name", "officer_rank", "officer_agency", "officer_badge", "officer_address",
    "officer_phone", "officer_case", "proof", "proof_by", "proof_at", "crime_role", "emergency", "already_has",
    "signature", "signed_at", "decider", "second", "attorney", "attorney_said", "decision", "decision_why", "told_how",
    "told_at", "receipt", "receipt_signature", "receipt_name", "receipt_at", "director_at", "review_considered", "secrecy",
)  # fmt: skip
# How much of one long answer the page holds: the whole stands in the case.
_LONGEST = {
    "emergency": 230,
    "already_has": 230,
    "decision_why": 100,
    "attorney_said": 100,
    "officer_address": 80,
    "decider": 90,
}
_SHORT = 48


def officer_form(
    words: Mapping[str, str],
    *,
    library: str,
    version: str,
    number: str,
    facts: Sequence[tuple[str, str]],
    known: Mapping[str, str] | None = None,
    released: Sequence[tuple[str, str]] = (),
    retention: str = "",
    output: str = "pdf",
) -> bytes:
    """The Officer's Request on one page: blank, or with what is known so far.

    Args:
        words: The library's approved wording, by name.
        number: The case's random number; "" on a blank form.
        facts: Which identity facts it offers: code and words.
        known: What the case knows.
        released: Fact and value of what was told. Identity only: whoever calls passes an emergency packet.
        output: "pdf", or "png" to look at.
    """
    said = known or {}
    slim = any(len(value) > 40 for _label, value in released)
    told: dict[str, Any] = {
        "title": words["form_title"],
        "act": words["form_act"],
        "library": library,
        "version": version,
        "number": number,
        "f": {name: _short(said.get(name, ""), _LONGEST.get(name, _SHORT)) for name in _SLOTS},
        "statements": [
            [words[name], said.get(name, "").upper()]
            for name in ("s_act", "s_sworn", "s_impractical", "s_probable_cause", "s_identify", "s_no_use")
        ],
        "facts": [[code in said.get("wanted", "").split(","), label] for code, label in facts],
        "released": [[label, value] for label, value in released],
        "room": 34,
        "height": 13.5 if slim else 18.5,
        "slim": slim,
        "receipt": words["form_receipt"],
        "note": words["form_note"],
        "retention": retention,
    }
    return _compiled("form.typ", told, output)


def letter(told: Letter, *, library: str, day: str, output: str = "pdf") -> bytes:
    """A letter on the library's paper."""
    return _compiled(
        "letter.typ",
        {
            "title": told.title,
            "library": library,
            "day": day,
            "to": told.to,
            "number": told.number,
            "paragraphs": list(told.paragraphs),
            "signer": told.signer,
            "listed": [list(row) for row in told.listed],
            "receipt": list(told.receipt),
            "language": told.language,
            "our_number": said_in(told.language, OUR_NUMBER),
            "sign": [said_in(told.language, each) for each in SIGN],
        },
        output,
    )


def letters(told: Sequence[Letter], *, library: str, day: dt.date) -> bytes:
    """Several letters as one file, each on its own page and in its own language."""
    pages = [
        {
            "title": each.title,
            "to": each.to,
            "paragraphs": list(each.paragraphs),
            "signer": each.signer,
            "language": each.language,
            "day": day_in(each.language, day),
        }
        for each in told
    ]
    return _compiled("letters.typ", {"library": library, "letters": pages}, "pdf")


def letter_text(told: Letter, *, library: str, day: str) -> str:
    """The same letter as plain text."""
    parts = [
        library,
        day,
        told.to,
        told.title,
        f"{said_in(told.language, OUR_NUMBER)} {told.number}" if told.number else "",
    ]
    parts += list(told.paragraphs)
    parts += ["\n".join("  ".join(row) for row in told.listed), told.signer]
    return "\n\n".join(part for part in parts if part) + "\n"


def packet(
    records: Sequence[tuple[str, Sequence[tuple[str, str, str]]]],
    manifest: Sequence[tuple[str, str, int]],
    *,
    library: str,
    day: str,
    number: str,
    digest: str,
    output: str = "pdf",
) -> bytes:
    """What is handed over, with its manifest and hash."""
    return _compiled(
        "packet.typ",
        {
            "title": "Records produced",
            "library": library,
            "day": day,
            "number": number,
            "records": [
                [heading, [[label, value] for label, value, _since in rows]] for heading, rows in records
            ],
            "manifest": [[series, field, str(count)] for series, field, count in manifest],
            "hash": digest,
        },
        output,
    )


def case_file(
    told: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    *,
    library: str,
    day: str,
    number: str,
    title: str,
    output: str = "pdf",
) -> bytes:
    """Everything that a case holds but its packet and its papers, for the file.

    Args:
        told: A heading and its lines, label and value.
    """
    parts = [[heading, [list(line) for line in lines]] for heading, lines in told]
    return _compiled(
        "casefile.typ",
        {"title": title, "library": library, "day": day, "number": number, "parts": parts},
        output,
    )


def _short(text: str, most: int) -> str:
    line = (
        " ".join(text.replace("T", " ").split())
        if len(text) == 16 and text[10:11] == "T"
        else " ".join(text.split())
    )
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _compiled(page: str, told: Mapping[str, Any], output: str) -> bytes:
    source = resources.files(__package__).joinpath(page).read_text("utf-8")
    return typesetting.png(source, told) if output == "png" else typesetting.pdf(source, told)
