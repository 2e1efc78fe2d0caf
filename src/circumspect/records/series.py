"""The register of record series: where every record says what it keeps.

Each record keeps an ``inventory.toml`` beside its models, and is named here. What works across
all records (the policy check, later the patron's own page and the sweep) goes by this register
and by no table's name.

Source: ARCHITECTURE.md, "Four floors and an annex"; clauses MP-4.1, MP-4.2, TH-1.2.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from circumspect.trust.policy.clauses import ClauseRegister
from circumspect.trust.policy.inventory import Inventory, read_inventory
from circumspect.trust.policy.schedule import Schedule

# Folders under src/circumspect. Read as files: the register imports no record.
KEEPERS = (
    "records/patrons",
    "records/circulation",
    "records/holds",
    "records/fees",
    "records/ill",
    "records/computers",
    "records/reading",
    "faces/portal",
    "records/inquiries",
    "records/communications",
    "records/catalog",
    "records/incidents",
    "offices/staff",
    "offices/review",
    "offices/importing",
    "offices/notices",
    "offices/terminals",
    "offices/statistics",
    "offices/privacydesk",
    "offices/publishing",
    "offices/retention",
    "trust/vault",
    "trust/ledger",
    "visits",
)


def inventory_texts() -> dict[str, str]:
    """Return the text of every inventory, by the path it has in the program.

    Raises:
        FileNotFoundError: A keeper has no inventory.
    """
    house = resources.files("circumspect")
    names = [f"{keeper}/inventory.toml" for keeper in KEEPERS]
    return {name: house.joinpath(name).read_text(encoding="utf-8") for name in names}


@cache
def inventory() -> Inventory:
    """Return every stored column of the house.

    Raises:
        PolicyFaultError: An entry is at fault. Names file, entry and name.
    """
    clause_ids = frozenset(ClauseRegister.load().clauses)
    return read_inventory(inventory_texts(), clause_ids=clause_ids, schedule=Schedule.load())


def patron_series() -> tuple[str, ...]:
    """Return the names of the series that hold anything about people, in a stable order."""
    return tuple(dict.fromkeys(entry.series for entry in inventory().about_people()))
