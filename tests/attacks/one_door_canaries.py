"""Patrons whose every value is unmistakable, and how to find such a value in whatever came out.

A value counts as shown however it is dressed: in capitals, escaped for HTML or an address, as digits
with blanks between, in hex, in base64 at any offset, inside a compressed stream, on a page of a PDF. What
the desk masks counts too, as far as the mask leaves something of the value.

Fields whose values are words of a short list everybody shares ("en", "email", "active") cannot be told
apart in a page; ``UNMARKED`` names them, and a test holds the two lists against the policy's fields.

Source: guarantee 2.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import html
import io
import re
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus

Field = tuple[str, str]  # series, name

# No two share three letters in a row with an English word, nor with each other.
STEMS = ("vexqualm", "zyxbrook", "kwijzoth", "jupfwaxi", "gyzmodex", "hoqvintz", "bwurkzan", "dxylophi")

UNMARKED: dict[Field, str] = {
    ("registration", "language"): "one of a few words that every form lists",
    ("registration", "notice_channel"): "one of a few words that every form lists",
    ("registration", "notice_titles"): "yes or no",
    ("registration", "region"): "a state, which many addresses share",
    ("registration", "balance"): "made by the system; nothing at the desk writes it yet",
    ("cards", "status"): "one of three words",
    ("notes", "kind"): "one of a few words that every form lists",
    ("loans", "due_at"): "a day that many loans share",
    ("loans", "renewals"): "a small number",
    ("loans", "branch"): "a branch, named on every page",
    ("loans", "state"): "one of three words",
    ("fees", "kind"): "one of a few words that every form lists",
    ("fees", "amount"): "a sum that many owe",
    ("fees", "outstanding"): "a sum that many owe, which the panel adds up",
    ("fees", "day"): "a day that many fees share",
    ("reading", "titles"): "the title of a copy, which the catalog shows; tests/records/reading looks for it",
    ("reading", "choice"): "a small number",
    ("permissions", "name"): "nobody in this library has given one; tests/records/reading looks for it",
    ("passkeys", "key"): "nobody in this library has added one; tests/faces/portal looks for it",
    ("passkeys", "name"): "nobody in this library has added one; tests/faces/portal looks for it",
    ("passkeys", "month"): "a month that many share",
    ("permissions", "scope"): "one of a few words that the form lists",
    ("permissions", "ends_on"): "a day",
    ("computers", "seat"): "a seat, which the panel shows beside nobody",
    ("computers", "area"): "a room, named on every page of computers",
    ("computers", "starts_at"): "a moment, which the panel shows beside nobody",
    ("computers", "ends_at"): "a moment, which the panel shows beside nobody",
    ("computers", "state"): "one of a few words",
    ("holds", "title"): "what its copy is called, which the catalog and every list show",
    ("holds", "item"): "a copy, which the catalog and every list show",
    ("holds", "pickup_branch"): "a branch, named on every page",
    ("holds", "state"): "one of three words",
    ("holds", "placed_on"): "a day that many holds share, which no page shows",
    ("holds", "expires_on"): "a day that many holds share",
    ("holds", "pickup_code"): "four signs by chance, which the shelf's list shows beside nobody",
    ("ill", "state"): "one of a few words",
    ("ill", "lender"): "a library of a list",
    ("ill", "due_at"): "a day that many loans share",
    ("ill", "pickup_branch"): "a branch, named on every page",
    ("notices", "kind"): "one of a few words that the page of notices lists",
    ("notices", "sent_on"): "a day that many notices share",
    ("notices", "channel"): "one of a few words that every form lists",
    ("forms", "words"): "the library's own words",
    ("forms", "class"): "one of two words",
    ("incidents", "account"): "staff's own words of nobody's account; test_incidents_pages looks for them",
    (
        "incidents",
        "description",
    ): "staff's own words of nobody's account; test_incidents_pages looks for them",
    (
        "incidents",
        "identity",
    ): "a registration's name, taken over with the card in hand; test_incidents_pages does it",
    ("incidents", "appeal"): "staff's own words of nobody's account; test_incidents_pages looks for them",
    ("incidents", "measure"): "one of a few words that every form lists",
    (
        "cases",
        "intake",
    ): "what somebody said of a request; test_cases looks for it in every answer to who may not see it",
    ("cases", "papers"): "bytes that leave only as an attachment",
    ("cases", "steps"): "words of those in charge; test_cases_pages looks for them",
    ("cases", "packet"): "values of other series, whose canaries are looked for in it",
    ("preserved", "content"): "values of other series, whose canaries are looked for in it",
    (
        "records requests",
        "request",
    ): "words of somebody who is no patron there; test_foia_pages looks for them",
    ("ledger", "looks"): "counted, not shown: no face draws them yet",
}


@dataclass(frozen=True, slots=True)
class Canary:
    """One value of one patron.

    Attributes:
        forms: The ways it may read, folded; each is enough by itself.
        hint: What stands in every form, "" for nothing: looked for first, since it mostly is not there.
    """

    whose: str
    series: str
    field: str
    forms: tuple[str, ...]
    hint: str = ""

    @classmethod
    def of(cls, whose: str, series: str, field: str, texts: Iterable[str]) -> Canary:
        """A canary of the ways its value is written."""
        forms = tuple(dict.fromkeys(fold(text) for text in texts))
        years = re.findall(r"(?:19|20)\d\d", forms[0])
        hints = (hint for hint in (whose, *years) if all(hint in form for form in forms))
        return cls(whose, series, field, forms, next(hints, ""))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who does not exist. ``number`` chooses the values, all of them no one else's."""

    number: int

    @property
    def stem(self) -> str:
        """The letters in every one of their words."""
        return STEMS[self.number]

    @property
    def birth_date(self) -> dt.date:
        """Nobody else's day."""
        return dt.date(1931 + self.number, 8, 21 - self.number)

    @property
    def expires_on(self) -> dt.date:
        """The end of their registration."""
        return dt.date(2031, 7, 11 + self.number)

    @property
    def id_seen_on(self) -> dt.date:
        """The day on which proof of identity was seen."""
        return dt.date(2024, 5, 3 + self.number)

    @property
    def address_checked_on(self) -> dt.date:
        """The day on which the address was looked at."""
        return dt.date(2024, 9, 3 + self.number)

    @property
    def card(self) -> str:
        """Their card's number."""
        return _barcode(77390000 + self.number)

    @property
    def next_card(self) -> str:
        """The number of the card they may be given next."""
        return _barcode(77391000 + self.number)

    @property
    def pin(self) -> str:
        """Their PIN, of which only a hash is kept."""
        return f"9041773{self.number}"

    @property
    def item(self) -> str:
        """The barcode of the book they have out."""
        return f"LN{self.stem.upper()}"

    @property
    def title(self) -> str:
        """The title of that book, of which there is one copy."""
        return f"Almanac of Tk{self.stem}"

    @property
    def damaged_item(self) -> str:
        """The barcode of the book whose damage they owe for."""
        return f"DM{self.stem.upper()}"

    @property
    def damaged_title(self) -> str:
        """The title of that book, of which there is one copy."""
        return f"Sonnets of Pd{self.stem}"

    @property
    def note(self) -> str:
        """The text of the note on their account."""
        return f"Left Xj{self.stem}'s umbrella here"

    def note_until(self, today: dt.date) -> dt.date:
        """The day on which the note ends."""
        return today + dt.timedelta(days=61 + 7 * self.number)

    @property
    def wish(self) -> str:
        """What they would like another library to lend."""
        return f"Mq{self.stem}"

    def letters(self) -> dict[str, str]:
        """What they wrote to the library: a question, a suggestion, and where the newsletter goes."""
        return {
            "question": f"What of Qu{self.stem}",
            "asker": f"Sn{self.stem}",
            "question_file": f"Fi{self.stem}",
            "suggestion": f"More Su{self.stem}",
            "suggester": f"Sg{self.stem}",
            "suggestion_file": f"Fs{self.stem}",
            "reader": f"nw{self.stem}@nl{self.stem}.example",
        }

    def form(self) -> dict[str, str]:
        """What they wrote into the registration form."""
        return {
            "given_name": f"Jhq{self.stem} & Söhn",
            "family_name": f"Qz{self.stem}",
            "street": f"{7301 + self.number} Wq{self.stem} Road",
            "city": f"Vk{self.stem}ville",
            "region": "IL",
            "postcode": f"77394-41{self.number}3",
            "phone": f"773-555-41{self.number}7",
            "email": f"kq{self.stem}@xw{self.stem}.example",
            "birth_date": self.birth_date.isoformat(),
            "language": "pl",
            "notice_channel": "email",
            "notice_titles": "yes",
            "adult_name": f"Zv{self.stem}",
            "adult_contact": f"yb{self.stem}@zc{self.stem}.example",
            "category": "resident_adult",
            "home_branch": "main",
            "expires_on": self.expires_on.isoformat(),
        }

    def optional(self) -> dict[str, str]:
        """The details that a library has to switch on first."""
        return {"driver_licence": f"HQ-7739-{self.stem[:4]}", "sex": f"sx{self.stem}"}

    def canaries(self, today: dt.date, pin_hash: str) -> list[Canary]:
        """Every value that would betray them."""
        form, wrote = self.form() | self.optional(), self.letters()
        words: dict[str, tuple[str, ...]] = {
            name: (form[name],) for name in ("family_name", "city", "adult_name", "driver_licence", "sex")
        }
        words |= {
            "given_name": (form["given_name"], f"jhq{self.stem}"),
            "postcode": (form["postcode"], form["postcode"].replace("-", "")),
            "street": (form["street"], form["street"].partition(" ")[2]),
            "email": (form["email"], *form["email"].split("@")),
            "adult_contact": (form["adult_contact"], *form["adult_contact"].split("@")),
            "phone": (form["phone"], form["phone"].replace("-", ""), "•••-" + form["phone"][-4:]),
            "birth_date": dates(self.birth_date),
            "standing": dates(self.expires_on),
            "id_seen_on": dates(self.id_seen_on),
            "address_checked_on": dates(self.address_checked_on),
        }
        others: list[tuple[str, str, tuple[str, ...]]] = [
            ("cards", "barcode", (self.card,)),
            ("cards", "barcode", (self.next_card,)),
            ("notes", "text", (self.note, f"xj{self.stem}")),
            ("notes", "expires_on", dates(self.note_until(today))),
            ("pins", "hash", (pin_hash, pin_hash.rpartition("$")[2], self.pin)),
            ("loans", "item", (self.title, self.item)),
            ("fees", "item", (self.damaged_title, self.damaged_item)),
            ("ill", "citation", (self.wish,)),
            ("inquiries", "message", (wrote["question"],)),
            ("inquiries", "sender", (wrote["asker"],)),
            ("inquiries", "attachment", (wrote["question_file"],)),
            ("public mail", "message", (wrote["suggestion"],)),
            ("public mail", "sender", (wrote["suggester"],)),
            ("public mail", "attachment", (wrote["suggestion_file"],)),
            ("newsletter", "address", (wrote["reader"], *wrote["reader"].split("@"))),
        ]
        every = [("registration", name, forms) for name, forms in words.items()] + others
        return [Canary.of(self.stem, series, name, forms) for series, name, forms in every]


def dates(day: dt.date) -> tuple[str, ...]:
    """A day as pages, files and people write it."""
    return (
        day.isoformat(),
        f"{day:%b} {day.day}, {day.year}",
        f"{day:%B} {day.day}, {day.year}",
        f"{day:%m/%d/%Y}",
        f"{day.month}/{day.day}/{day.year}",
        f"{day:%d.%m.%Y}",
        f"{day:%Y%m%d}",
    )


def _barcode(serial: int) -> str:
    from circumspect.records.barcodes import BarcodeKind, new_barcode

    return new_barcode(BarcodeKind.PATRON, "1234", serial)


# finding


def fold(text: str) -> str:
    """Letters without case, composed."""
    return unicodedata.normalize("NFC", text).casefold()


def shown_in(raw: bytes, canaries: Sequence[Canary]) -> list[Canary]:
    """Those of the canaries that the bytes show, however dressed."""
    everything = "\0".join(fold(view) for view in views(raw))
    there = {hint for hint in {canary.hint for canary in canaries} if hint in everything}
    return [
        canary
        for canary in canaries
        if canary.hint in there and any(form in everything for form in canary.forms)
    ]


def views(raw: bytes) -> Iterator[str]:
    """Every way we know to read some bytes."""
    for part in (raw, *_unpacked(raw)):
        text = part.decode("utf-8", "replace")
        yield text
        yield from _undressed(text)
        if b"\0" in part:
            yield part.decode("utf-16-le", "replace")
            yield part[1:].decode("utf-16-le", "replace")


def _unpacked(raw: bytes) -> Iterator[bytes]:
    """Streams inside: deflated ones wherever they begin, and the words of a PDF's pages."""
    for place in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08", raw):
        try:
            yield zlib.decompressobj(47).decompress(raw[place.start() :])
        except zlib.error:
            continue
    if raw.startswith(b"%PDF"):
        from pypdf import PdfReader

        yield "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(raw)).pages).encode()


def _undressed(text: str) -> Iterator[str]:
    if "&" in text:
        yield html.unescape(text)
        yield html.unescape(html.unescape(text))
    if "%" in text:
        yield unquote_plus(text)
    if "\\" in text:
        yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), text)
    # A number in groups is the number.
    yield re.sub(r"(?<=\d)[ \u00a0.()/-]{1,2}(?=\d)", "", text)
    yield "\0".join(_decoded(text))


def _decoded(text: str) -> Iterator[str]:
    for run in re.findall(r"[A-Za-z0-9+/_-]{10,}", text):
        if run.islower() and not re.search(r"\d", run):
            continue  # a word of the page: ten letters of base64 without a capital or a digit are none
        plain = run.replace("-", "+").replace("_", "/")
        for skipped in range(4):
            part = plain[skipped:]
            part = part[:-1] if len(part) % 4 == 1 else part
            try:
                yield base64.b64decode(part + "=" * (-len(part) % 4)).decode("utf-8", "replace")
            except binascii.Error:
                continue
    for run in re.findall(r"(?:[0-9a-fA-F]{2}){5,}", text):
        yield bytes.fromhex(run).decode("utf-8", "replace")
