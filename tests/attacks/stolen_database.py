"""Guarantee 1: what does a stolen database say?

    python -m tests.attacks.stolen_database            150 canary patrons
    python -m tests.attacks.stolen_database --full     1,000 of them

A library of its own lives a while: people nobody else is called register, borrow, are written notes
about, lose cards, are merged and forgotten; clerks are refused; everything is logged as noisily as
can be. Then a thief takes the whole folder but the keys, and looks through the raw bytes of every
file for anything of anybody: as UTF-8 and UTF-16, in capitals and folded, in hex and base64, and
inside every compressed stream. A second thief takes the keys alone.

Every planted value holds a mark, so that a part of a value is found as well as the whole of it.

Exit codes: 0 nothing found; 1 something of a patron was found.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import datetime as dt
import json
import logging
import random
import re
import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from attack_home import a_home, a_house, job, shelve, staff
from stolen_cases import MARKS as CASE_MARKS
from stolen_cases import use_cases
from stolen_desk import (
    WISH,
    ask_elsewhere,
    join_at_the_door,
    serve_machines,
    sit_down,
    wait_for,
    without_a_line,
)
from stolen_fees import DEPOSIT, use_fees
from stolen_incidents import use_incidents
from stolen_keeping import MARKS as KEPT_MARKS
from stolen_keeping import keep_things
from stolen_letters import MARKS as LETTER_MARKS
from stolen_letters import use_letters
from stolen_notices import send_texts, use_notices
from stolen_own_pages import COOKIES, use_own_pages
from stolen_people import MARKS as STAFF_MARKS
from stolen_people import SECRETS, use_offices

# The first signs of what is planted: long enough never to turn up by chance, even in base64.
NAME, GIVEN, STREET, CITY, MAIL, NOTE, ADULT, LICENCE = (
    "Qzxwvrkt",
    "Jhqvzkxw",
    "Wqxzjvgr",
    "Vkqjzxph",
    "kqzjxwvt",
    "Xjzqwkpv",
    "Zvqkxjwb",
    "HQZJ-7739",
)
DIGITS, CARD, PIN = "77394180", "2123477394", "90417735"
MARKS = (
    NAME,
    GIVEN,
    STREET,
    CITY,
    MAIL,
    NOTE,
    ADULT,
    LICENCE,
    DIGITS,
    CARD,
    PIN,
    DEPOSIT,
    WISH,
    *LETTER_MARKS,
    *CASE_MARKS,
    *KEPT_MARKS,
    *STAFF_MARKS,
)
_LETTERS = "aeioubdglmnrst"
_AWKWARD = ["ñ", "ł", "ś", "’", "ż", "حداد", "בן", "王", "é", "ß"]


@dataclass(frozen=True)
class Canary:
    """Somebody who does not exist, told by marks."""

    number: int

    def word(self, mark: str) -> str:
        """A word that begins with the mark and is this one's alone."""
        draw = random.Random(f"{mark} {self.number}")
        return mark + "".join(draw.choice(_LETTERS) for _ in range(6)) + draw.choice(_AWKWARD)

    def values(self) -> dict[str, str]:
        """What is planted of them."""
        return {
            "family_name": self.word(NAME),
            "given_name": self.word(GIVEN),
            "street": f"{self.number} {self.word(STREET)} Street",
            "city": self.word(CITY),
            "phone": f"+1 {DIGITS[:3]} {DIGITS[3:6]} {DIGITS[6:]}{self.number:04d}",
            "email": f"{MAIL}{self.number}@{MAIL}.example",
            "adult_name": self.word(ADULT),
            "adult_contact": f"{DIGITS}{self.number:04d}",
            "driver_licence": f"{LICENCE}-{self.number:06d}",
            "card_number": f"{CARD}{self.number:04d}",
            "note": f"about {self.word(NOTE)} at the desk",
        }

    def registration(self) -> Any:
        """Their form."""
        from circumspect.records.patrons.registration import Registration

        return Registration(
            **self.values(),
            birth_date=dt.date(1907 + self.number % 90, 1 + self.number % 12, 1 + self.number % 28),
            sex="f" if self.number % 2 else "m",
            region="IL",
            postcode=f"{DIGITS[:5]}",
            notice_channel="email",
        )


# the library lives


class Life:
    """Everything the library does with patrons' records, done to the canaries."""

    def __init__(self, house: Any, log: logging.Logger) -> None:
        self.house = house
        self.log = log
        self.clerk = staff("desk")
        self.lead = staff("desk", "circulation_lead")
        self.patrons: list[int] = []

    def live(self, canaries: list[Canary]) -> None:
        """One day after the other."""
        from circumspect.records.patrons.registration import register, register_many

        some = len(canaries) // 3
        for canary in canaries[:some]:
            self.patrons.append(register(self.house, self.clerk, canary.registration()))
        results = register_many(self.house, job("import"), [each.registration() for each in canaries[some:]])
        assert all(isinstance(result, int) for result in results), results
        self.patrons += results
        books = shelve(len(canaries))
        for number, patron in enumerate(self.patrons):
            self.serve(number, patron, canaries[number], books[number])
        use_notices(self.house, self.clerk, self.patrons[::4], self.log)
        use_letters(self.house, self.patrons, self.log)
        for number in range(2, len(self.patrons), 15):
            # Those of the third thirds still have their book: see ``serve``.
            friend = canaries[number].word(NAME)
            use_own_pages(self.house, self.clerk, self.patrons[number], books[number], friend, PIN, self.log)
        for canary in canaries[::5]:
            use_incidents(self.house, self.clerk, canary.word(NOTE), canary.word(NAME), self.log)
        self.elsewhere(canaries, books)
        use_cases(self.house, self.clerk, self.patrons[3::7], self.log)
        # Of those who have a PIN by now, so that there is somebody to be told of a breach.
        keep_things(self.house, self.clerk, self.patrons[::10], self.log)
        self.mistakes(canaries)
        self.endings()
        self.upkeep()

    def serve(self, number: int, patron: int, canary: Canary, book: str) -> None:
        """What happens at the desk."""
        from circumspect.records.catalog.models import Item
        from circumspect.records.circulation import lending, serving
        from circumspect.records.patrons import cards, finding, notes
        from circumspect.records.patrons.registration import Change, change
        from circumspect.trust.policy.request import Circumstance

        here = {"circumstance": Circumstance.CARD_SCANNED}
        house, clerk, values = self.house, self.clerk, canary.values()
        assert cards.find_card(house, values["card_number"]).patron == patron
        assert patron in finding.find_name(house.vault, values["family_name"], 500)
        assert finding.find_contact(house.vault, values["email"], 5) == [patron]
        served = serving.serve(house, clerk, patron, **here)
        assert served.record["family_name"] == values["family_name"]
        self.log.info("served %s %s %s", served, served.record, served.notes)
        lending.check_out(house, clerk, patron, book, branch="main")
        if number % 2:
            lending.renew(house, clerk, patron, book, branch="main")
        if number % 3:
            lending.check_in(house, clerk, book, branch="main")
        if number % 4 == 0:
            change(house, clerk, patron, Change({"city": f"{CITY}{number}x", "phone": ""}), **here)
        if number % 5 == 0:
            cards.issue_card(house, clerk, patron, f"{CARD}9{number:03d}", **here, old_card_lost=True)
        if number % 4 == 1:
            end = house.today() + dt.timedelta(days=90)
            text = f"{NOTE}{number} waits outside"
            notes.add_note(house, clerk, patron, kind="pickup", text=text, expires_on=end, **here)
        if number % 6 == 0:
            item = Item.objects.get(barcode=book).id
            use_fees(house, clerk, self.lead, patron, item, self.log)
        if number % 10 == 0:
            cards.set_pin(house, clerk, patron, PIN, **here)
            cards.check_pin(house, clerk, None, PIN)

    def elsewhere(self, canaries: list[Canary], books: list[str]) -> None:
        """What does not happen with a book in hand: holds, other libraries, computers, the line down, machines."""
        house, clerk, log = self.house, self.clerk, self.log
        some = self.patrons[1::3]
        # Those whose card was lost have another by now.
        people = {
            patron: canaries[number].values()["card_number"]
            for number, patron in enumerate(self.patrons)
            if number % 5
        }
        few = dict(list(people.items())[-4:])
        wait_for(house, clerk, some, books, log)
        ask_elsewhere(house, clerk, some, log)
        sit_down(house, clerk, few, log)
        without_a_line(house, clerk, list(few.values()), shelve(6, 9_000_000), log)
        serve_machines(house, few, log)
        send_texts(house, list(few), log)
        join_at_the_door(house, Canary(len(canaries)).values(), log)

    def in_the_offices(self, canaries: list[Canary]) -> None:
        """Colleagues, the review of their looks at those who are still here and have their first card, and counts."""
        cards = [each.values()["card_number"] for each in canaries[9:] if each.number % 5]
        use_offices(self.house, self.clerk, cards, canaries[0].word(NAME), self.log)

    def mistakes(self, canaries: list[Canary]) -> None:
        """What is refused or fails, with its traceback in the log."""
        from circumspect.records.circulation import lending
        from circumspect.records.patrons import finding
        from circumspect.records.patrons.registration import Change, change, check_card_number, register
        from circumspect.trust.policy.request import Circumstance

        first = canaries[0].registration()
        here = {"circumstance": Circumstance.CARD_SCANNED}
        again = {name: getattr(first, name) for name in ("given_name", "street", "card_number", "email")}
        house, patron = self.house, self.patrons[0]
        make = type(first)
        for wrong in (
            lambda: register(house, self.clerk, first),  # its card is in use
            lambda: register(house, self.clerk, make(f"{NAME} 123-45-6789", **again)),
            lambda: register(house, self.clerk, make(NAME, email=f"{MAIL} at home")),
            lambda: register(house, self.clerk, make(NAME, category=NAME)),
            lambda: register(house, staff("finance"), make(f"{NAME}un", f"{GIVEN}un")),
            lambda: change(house, self.clerk, patron, Change({"birth_date": NAME}), **here),
            lambda: change(house, self.clerk, patron, Change({NAME: "x"}), **here),
            lambda: lending.check_out(house, self.clerk, patron, f"{CARD}0001", branch="main"),
            lambda: lending.loans_of(house, self.clerk, patron, circumstance=Circumstance.UNEXPLAINED),
            lambda: check_card_number(f"{CARD}!"),
        ):
            try:
                wrong()
            except Exception as problem:
                self.log.exception("%s", problem)
            else:
                raise AssertionError("a mistake that was none")
        finding.find_name(house.vault, f"{NAME} {GIVEN}", 5)

    def endings(self) -> None:
        """Merged, and forgotten."""
        from circumspect.records.circulation import linking
        from circumspect.records.patrons import upkeep

        linking.merge_patrons(self.house, self.lead, self.patrons[1], self.patrons[2])
        for patron in self.patrons[3:9]:
            upkeep.forget_patron(self.house, job("forget"), patron)

    def upkeep(self) -> None:
        """Ledger signed, index keys changed, ledger exported beside the data."""
        from circumspect.records.patrons import upkeep

        self.house.ledger.checkpoint()
        for _ in upkeep.rotate_index(self.house):
            pass
        self.house.ledger.checkpoint()
        with (self.house.home.data / "ledger-export.jsonl").open("wb") as out:
            self.house.ledger.export(out)


@contextlib.contextmanager
def noisy_log(path: Path) -> Iterator[logging.Logger]:
    """Everything that anybody logs, down to each statement, in a file beside the data."""
    handler = logging.FileHandler(path, encoding="utf-8")
    root, before = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield logging.getLogger("attack")
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        handler.close()


# the thief


def spellings(mark: str) -> dict[str, bytes]:
    """One mark in every form in which bytes may hold it."""
    found: dict[str, bytes] = {}
    for case, text in (("", mark), ("lower ", mark.lower()), ("upper ", mark.upper())):
        plain = text.encode()
        found[case + "UTF-8"] = plain
        found[case + "UTF-16LE"] = text.encode("utf-16-le")
        found[case + "UTF-16BE"] = text.encode("utf-16-be")
        found[case + "hex"] = plain.hex().encode()
        found[case + "HEX"] = plain.hex().upper().encode()
        for shift in range(3):
            encoded = base64.b64encode(b"\0" * shift + plain)
            # The first and the last signs are made in part of what stands beside.
            core = encoded[4 if shift else 0 : -4]
            if len(core) >= 6:
                found[f"{case}base64, shifted by {shift}"] = core
    return found


def streams_in(data: bytes) -> Iterator[bytes]:
    """Whatever in it can be decompressed: zlib and gzip."""
    for start in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08", data):
        for bits in (15, 31):
            with contextlib.suppress(zlib.error):
                opened = zlib.decompressobj(bits).decompress(data[start.start() :], 10_000_000)
                if opened:
                    yield opened


def search(files: Iterable[tuple[str, bytes]], marks: Iterable[str] = MARKS) -> list[str]:
    """Which mark stands in which file, and in what form."""
    needles = [
        (f"{mark[:3]}… as {form}", needle) for mark in marks for form, needle in spellings(mark).items()
    ]
    found = []
    for name, data in files:
        for layer, content in [("", data), *((", compressed", opened) for opened in streams_in(data))]:
            found += [f"{name}: {what}{layer}" for what, needle in needles if needle in content]
    return sorted(set(found))


def files_of(folder: Path, *, but: Path | None = None) -> list[tuple[str, bytes]]:
    """Every file below a folder, whatever it is called."""
    return [
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file() and (but is None or but not in path.parents)
    ]


def rows_of_everything() -> list[tuple[str, bytes]]:
    """Every value of every table through SQL: for databases whose files are elsewhere."""
    from django.db import connections

    dumped = []
    for alias in ("default", "ledger", "keys"):
        with connections[alias].cursor() as cursor:
            for table in connections[alias].introspection.table_names(cursor):
                cursor.execute(f'SELECT * FROM "{table}"')
                cells = [cell for row in cursor.fetchall() for cell in row]
                dumped.append((f"{alias}: {table}", b"\0".join(_bytes(cell) for cell in cells)))
    return dumped


def _bytes(cell: object) -> bytes:
    if isinstance(cell, (bytes, memoryview)):
        return bytes(cell)
    return (json.dumps(cell) if isinstance(cell, (dict, list)) else str(cell)).encode()


# seals that are broken on purpose

TWINS = {
    "plain": lambda plain: plain,
    "base64": base64.b64encode,
    "hex": lambda plain: plain.hex().encode(),
    "UTF-16": lambda plain: plain.decode().encode("utf-16-le"),
    "compressed": zlib.compress,
}


@contextlib.contextmanager
def broken_seal(twin: str, leaky: str = "street") -> Iterator[None]:
    """Store one field beside its seal, in the twin's form."""
    from circumspect.trust.door.door import Opening
    from circumspect.trust.vault.sealed import Sealed
    from circumspect.trust.vault.vault import Sealer

    real, real_read = Sealer.seal, Opening.read
    # Such a seal still opens: nobody in the house notices.
    whole: dict[bytes, bytes] = {}

    def seal(self: Sealer, series: str, record: int, field: str, value: str) -> bytes:
        sealed = real(self, series, record, field, value)
        if field != leaky:
            return sealed
        leaking: bytes = sealed + TWINS[twin](value.encode())
        whole[leaking] = sealed
        return leaking

    def read(self: Opening, sealed: Sealed) -> str:
        blob = whole.get(bytes(sealed.blob), bytes(sealed.blob))
        return real_read(self, Sealed(sealed.series, sealed.field, sealed.subject, sealed.record, blob))

    Sealer.seal, Opening.read = seal, read  # type: ignore[method-assign]
    try:
        yield
    finally:
        Sealer.seal, Opening.read = real, real_read  # type: ignore[method-assign]


def main() -> int:
    """Live, be robbed, be searched."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--patrons", type=int, default=150)
    parser.add_argument("--twin", choices=sorted(TWINS))
    options = parser.parse_args()
    canaries = [Canary(number) for number in range(1000 if options.full else options.patrons)]
    with a_home(fields_on=("driver_licence", "sex")) as home:
        house = a_house(home)
        with noisy_log(home.data / "server.log") as log, contextlib.ExitStack() as stack:
            if options.twin:
                stack.enter_context(broken_seal(options.twin))
            life = Life(house, log)
            life.live(canaries)
            life.in_the_offices(canaries)
        # Nothing is closed and nothing tidied: the thief takes what lies there while the library works.
        stolen = files_of(home.root, but=home.keys)
        keys = files_of(home.keys)
        marks = (*MARKS, *COOKIES, *SECRETS)
        found = search(stolen, marks) + [f"keys/{hit}" for hit in search(keys, marks)]
    size = sum(len(data) for _, data in stolen) / 1e6
    print(f"{len(canaries)} canary patrons; {len(stolen)} files of {size:.1f} MB and the key folder searched")
    print(f"{len(found)} hits")
    for hit in found[:20]:
        print("  " + hit)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
