"""Somebody at the desk: a client that scans, reads the page and carries its slip along, as a browser would."""

from __future__ import annotations

import html
import re
from typing import Any

from django.http import HttpResponse
from django.test import Client

GOOD_PASSWORD = "nine-herons-over-the-weir"
DATABASES = ["default", "keys", "ledger"]


def barcode(kind: str, serial: int) -> str:
    """A number of this library: kind "2" for a card, "3" for an item."""
    from circumspect.records.barcodes import BarcodeKind, new_barcode

    return new_barcode(BarcodeKind.PATRON if kind == "2" else BarcodeKind.ITEM, "1234", serial)


ADA_CARD = barcode("2", 1)
BEN_CARD = barcode("2", 2)
KID_CARD = barcode("2", 3)
ITEMS = [barcode("3", serial) for serial in range(1, 41)]


class AtDesk:
    """One browser window."""

    def __init__(self, **options: Any) -> None:
        self.client = Client(**options)
        self.slip = ""
        self.mode = "check-out"
        self.response: HttpResponse = HttpResponse()

    def sign_in(self, username: str = "rosa", password: str = GOOD_PASSWORD) -> HttpResponse:
        return self.read(
            self.client.post(
                "/sign-in/", {"step": "password", "username": username, "password": password}, follow=True
            )
        )

    def open(self, path: str = "/") -> HttpResponse:
        return self.read(self.client.get(path, follow=True))

    def scan(self, text: str, **more: Any) -> HttpResponse:
        return self.does("/", scan=text, **more)

    def does(self, path: str, *, part: bool = False, **fields: Any) -> HttpResponse:
        sent = {"slip": self.slip, "mode": self.mode, **fields}
        headers = {"X-Desk": "part"} if part else {}
        return self.read(self.client.post(path, sent, follow=True, headers=headers))

    def read(self, response: Any) -> Any:
        self.response = response
        if "text/html" in response.headers.get("Content-Type", "") and response.content:
            found = re.search(r'name="slip" value="([^"]*)"', self.html)
            self.slip = found[1] if found else ""
            mode = re.search(r'name="mode" value="([^"]*)"', self.html)
            self.mode = mode[1] if mode else "check-out"
        return response

    @property
    def html(self) -> str:
        # A random token may spell a short name by chance.
        return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]*', r"\1", self.response.content.decode())

    @property
    def text(self) -> str:
        """What a person reads on the page: no tags, one blank between words."""
        body = self.html[self.html.find("<main") : self.html.find("</main>")]
        bare = re.sub(r"<(svg|script|style).*?</\1>", " ", body, flags=re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).split())

    def said(self) -> str:
        """The answer on the screen."""
        found = re.search(r'<section id="said".*?</section>', self.html, flags=re.S)
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0] if found else "")).split())

    def hidden(self, name: str) -> list[str]:
        """Values of the hidden inputs and buttons of that name."""
        return re.findall(rf'name="{name}" value="([^"]*)"', self.html)


def ledger_bodies(house: Any) -> list[dict[str, Any]]:
    """Every entry of the ledger, oldest first."""
    return [dict(entry.body) for entry in house.ledger.entries(0, house.ledger.size())]


def patron_of(house: Any, card: str) -> int:
    """Whose card it is."""
    from circumspect.records.patrons.cards import find_card

    found = find_card(house, card)
    assert found is not None
    return found.patron
