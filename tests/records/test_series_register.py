"""The register of series finds every record's inventory, and no record is left out of it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest

from circumspect.records.series import KEEPERS, inventory, inventory_texts, patron_series


def test_every_inventory_in_the_house_is_registered() -> None:
    """A record that writes an inventory and forgets the register would be left out of everything."""
    house = Path(str(resources.files("circumspect")))

    written = {file.parent.relative_to(house).as_posix() for file in house.rglob("inventory.toml")}

    assert written == set(KEEPERS)


def test_every_keeper_has_entries() -> None:
    """None is empty, and each entry says which file it comes from."""
    assert {entry.file for entry in inventory().entries} == set(inventory_texts())


@pytest.mark.clause("MP-4.2", "MP-3.2")
def test_the_series_about_people_are_named() -> None:
    """What a patron's page and the sweep will go by; the catalogue is not among them."""
    assert set(patron_series()) == {
        "registration", "cards", "notes", "pins", "loans", "offline scans", "holds", "ill", "fees", "computers",
        "notices", "ledger", "keys",
        "inquiries", "public mail", "newsletter", "newsletter suppressions",
        "reading", "permissions", "passkeys", "sign-ins", "looks under review", "cases", "preserved",
    }  # fmt: skip
