"""What the tests of the website share."""

from __future__ import annotations

import gzip
from typing import Any

from django.test import Client

DATABASES = ["default", "keys", "ledger"]
TITLES = [
    ("Nad Niemnem", "Orzeszkowa, Eliza"),
    ("The House on Mango Street", "Cisneros, Sandra"),
    ("Frankenstein", "Shelley, Mary"),
    ("Lalka", "Prus, Bolesław"),
]


def item_code(at: int) -> str:
    """A good barcode of an item."""
    from circumspect.records.barcodes import BarcodeKind, new_barcode

    return new_barcode(BarcodeKind.ITEM, "1234", at)


class Reader(Client):
    """A browser of nobody's: it keeps what it is given, and asserts that it is given no cookie."""

    def read(self, path: str, *, status: int = 200, **headers: Any) -> str:
        """The text of a page."""
        response = self.get(path, headers=headers)
        assert response.status_code == status, f"{path}: {response.status_code}"
        assert not response.cookies, f"{path} sets {list(response.cookies)}"
        body = response.content
        return (
            gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body
        ).decode()


def fill_site(house: Any) -> None:
    """All that the sample library says in public, on shelves that have the titles of its list."""
    from circumspect.faces.cli import sitemaking
    from circumspect.records.catalog.facts import TitleFacts
    from circumspect.records.catalog.usecases import upsert_titles

    listed = ("9780451524935", "9780061120084", "9780141439518")
    upsert_titles([TitleFacts(f"l:{isbn}", f"Listed {isbn}", isbns=(isbn,)) for isbn in listed])
    sitemaking.fill_sample(house, 1)
