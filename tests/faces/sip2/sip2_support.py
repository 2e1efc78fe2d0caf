"""A shelf, two patrons, machines of every kind, and a plain socket that speaks lines."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

DATE = "20261123    100000"
ADA_CARD, BEN_CARD, ADA_PIN = "21234000000018", "21234000000026", "7391"
ITEMS = ("31234000000016", "31234000000024", "31234000000032", "31234000000040")
TITLE = "Nad Niemnem canary title"


@dataclass(frozen=True)
class World:
    """Whoever and whatever the tests speak of."""

    house: Any
    ada: int
    ben: int
    terminals: dict[str, Any]


def make_world(house: Any, clerk: Any) -> World:
    """A small library with a machine of each profile."""
    import datetime as dt

    from circumspect.offices.terminals import accounts
    from circumspect.offices.terminals.profiles import PROFILES
    from circumspect.records.catalog.models import Branch, Collection, Item, ItemType, Title
    from circumspect.records.patrons import cards
    from circumspect.records.patrons.registration import Registration, register
    from circumspect.trust.policy.request import Circumstance

    for code in ("main", "west"):
        Branch.objects.get_or_create(code=code, defaults={"name": code.title()})
    Collection.objects.get_or_create(code="adult", defaults={"name": "Adult"})
    ItemType.objects.get_or_create(code="book", defaults={"name": "Book"})
    title = Title.objects.create(source_key="t:1", title=TITLE)
    for number, barcode in enumerate(ITEMS):
        Item.objects.create(
            barcode=barcode,
            title=title
            if number < 2
            else Title.objects.create(source_key=f"t:{number}", title=f"Other {number}"),
            item_type_id="book",
            branch_id="main" if number < 3 else "west",
            collection_id="adult",
            call_number="FIC 12",
        )
    people = [
        register(
            house,
            clerk,
            Registration(
                family, given, card_number=card, birth_date=dt.date(1990, 4, 2), language="es",
                street="Canary Street 12", city="Canaryville", postcode="60999", phone="708-555-0199",
                email="canary@example.org",
            ),
        )
        for family, given, card in (("Zielinskacanary", "Adacanary", ADA_CARD), ("Okoyecanary", "Bencanary", BEN_CARD))
    ]  # fmt: skip
    cards.set_pin(house, clerk, people[0], ADA_PIN, circumstance=Circumstance.CARD_SCANNED)
    asks_for_a_pin = accounts.Choices(pin_required=True)
    terminals = {
        code: accounts.add(house, code.replace("_", "-"), code, branch="main", choices=asks_for_a_pin)
        for code in PROFILES
    }
    # As a library gets it that chooses nothing.
    terminals["usual"] = accounts.add(house, "usual", "self_check", branch="main")
    terminals["open"] = accounts.add(
        house,
        "open",
        "self_check",
        branch="main",
        choices=accounts.Choices(
            pin_required=False,
            no_block=True,
            encoding="utf-8",
            more=("15", "37", "01", "25", "CL", "CT", "CV", "AV", "CR", "CS"),
        ),
    )
    terminals["wide"] = accounts.add(
        house,
        "wide",
        "self_check",
        branch="main",
        choices=accounts.Choices(
            pin_required=True,
            more=(
                *("15", "37", "01", "25", "AV", "CD", "PA", "PC", "AQ", "CL", "CT", "CV"),
                *("CF", "CK", "AP"),
            ),
        ),
    )
    return World(house, people[0], people[1], terminals)


class Client:
    """Speaks lines over a real socket."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self._rest = b""

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.socket.sendall(data)

    def line(self) -> bytes:
        """The next line; b"" where the other side has gone."""
        while b"\r" not in self._rest:
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                return b""
            if not data:
                return b""
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\r")
        return line.lstrip(b"\n")

    def ask(self, text: str) -> str:
        """Send a line, and give the answer."""
        self.send(text.encode() + b"\r")
        return self.line().decode("utf-8", "replace")

    def log_in(self, added: Any) -> str:
        """Say who this machine is."""
        return self.ask(f"9300CN{added.account.name}|CO{added.password}|")

    def close(self) -> None:
        """Go."""
        self.socket.close()


@contextmanager
def served(house: Any) -> Iterator[Any]:
    """A server on a free port of this machine."""
    from circumspect.faces.sip2.server import Place, Server

    server = Server(house, [Place("127.0.0.1", 0)])
    server.start()
    server.wait_until_up()
    try:
        yield server
    finally:
        server.stop()
        assert not server.is_alive()


@contextmanager
def client(port: int) -> Iterator[Client]:
    """A connection, closed when the block ends."""
    one = Client(port)
    try:
        yield one
    finally:
        one.close()


def fields(answer: str) -> dict[str, list[str]]:
    """The variable fields of an answer, by their letters. Which bytes are fixed goes by its number."""
    fixed = {"24": 37, "64": 61, "12": 24, "30": 24, "10": 24, "66": 29, "16": 22, "18": 26, "36": 21, "38": 21,
             "20": 21, "26": 37, "98": 36}.get(answer[:2], 3)  # fmt: skip
    found: dict[str, list[str]] = {}
    for part in answer[fixed:].split("|"):
        if len(part) >= 2:
            found.setdefault(part[:2], []).append(part[2:])
    return found


def p63(card: str, pin: str = "", summary: str = "", **more: str) -> str:
    """A patron information request."""
    text = f"63000{DATE}{summary:<10}AOmain|AA{card}|AC|"
    return text + (f"AD{pin}|" if pin else "") + "".join(f"{code}{value}|" for code, value in more.items())


def p11(card: str, item: str, pin: str = "", may_renew: str = "N", no_block: str = "N", **more: str) -> str:
    """A check-out request."""
    text = f"11{may_renew}{no_block}{DATE}{'':18}AOmain|AA{card}|AB{item}|AC|"
    return text + (f"AD{pin}|" if pin else "") + "".join(f"{code}{value}|" for code, value in more.items())


def p09(item: str, no_block: str = "N", returned: str = DATE) -> str:
    """A check-in request."""
    return f"09{no_block}{DATE}{returned}APmain|AOmain|AB{item}|AC|"


# Which machines there are in the world.
TOLD_BY = (
    "self_check",
    "pc_reservation",
    "e_content",
    "payment_kiosk",
    "book_drop",
    "sorter",
    "usual",
    "open",
    "wide",
)
