"""What the tests of the patron's own pages share."""

from __future__ import annotations

import re
from typing import Any

from django.test import Client

DATABASES = ["default", "keys", "ledger"]
ADA_CARD, BEN_CARD = "21234000000018", "21234000000026"
ADA_PIN, BEN_PIN = "73915648", "2846"
TITLES = ("Nad Niemnem", "Lalka", "Frankenstein", "Beloved", "Middlemarch")


def item_code(at: int) -> str:
    """A good barcode of an item."""
    from circumspect.records.barcodes import BarcodeKind, new_barcode

    return new_barcode(BarcodeKind.ITEM, "1234", at)


class Home(Client):
    """Somebody at home, at a browser that says where its forms come from."""

    def __init__(self, **defaults: Any) -> None:
        super().__init__(enforce_csrf_checks=True, **defaults)
        self.html = ""
        self.response: Any = None

    def open(self, path: str, *, status: int = 200) -> str:
        """A page's text, after whatever leads on."""
        self.response = self.get(path, follow=True)
        return self._kept(status)

    def sign_in(self, card: str, pin: str, *, status: int = 200, **more: str) -> str:
        """Sign in as the form does."""
        self.open("/my/sign-in/")
        return self.send("/my/sign-in/", status=status, card=card, pin=pin, **more)

    def does(self, path: str, *, status: int = 200, **form: Any) -> str:
        """Send a form of a page that has been opened, with its token."""
        found = re.search(r'name="token" value="([0-9a-f]{64})"', self.html)
        token = found[1] if found else ""
        return self.send(path, status=status, token=token, **form)

    def send(self, path: str, *, status: int = 200, **form: Any) -> str:
        """Send a form as a browser on our own page would."""
        self.response = self.post(path, form, follow=True, headers={"origin": "http://testserver"})
        return self._kept(status)

    def _kept(self, status: int) -> str:
        assert self.response.status_code == status, self.response.status_code
        if self.response.headers.get("Content-Type", "").startswith("text/html"):
            self.html = self.response.content.decode()
        return self.html

    @property
    def said(self) -> list[str]:
        """What the page says happened, or what was wrong."""
        found = re.findall(r'<p class="(?:said|error)[^>]*>(.*?)</p>', self.html, re.DOTALL)
        return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", each)).strip() for each in found]
