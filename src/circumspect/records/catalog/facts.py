"""What the rest of the house says to the catalog, and what it hears back. Frozen values.

Source: ARCHITECTURE.md, "Four floors and an annex".
"""

from __future__ import annotations

from dataclasses import dataclass, field

from circumspect.records.catalog.models import ItemStatus


class CatalogError(Exception):
    """Anything the catalog refuses. Catch this; only its subclasses are raised."""


class UnknownCodeError(CatalogError):
    """A branch, item type or collection is not in the catalog.

    Attributes:
        kind: "branch", "item_type" or "collection".
    """

    def __init__(self, kind: str) -> None:
        super().__init__(f"the {kind.replace('_', ' ')} is not known")
        self.kind = kind


class BarcodeTakenError(CatalogError):
    """A barcode cannot be an item's: it is shaped wrong, or certainly a patron's."""


@dataclass(frozen=True, slots=True)
class TitleFacts:
    """A title as another system or a person describes it. ``source_key`` says which one it is."""

    source_key: str
    title: str
    other_titles: tuple[str, ...] = ()
    author: str = ""
    subjects: tuple[str, ...] = ()
    language: str = ""
    year: int | None = None
    material: str = ""
    publisher: str = ""
    isbns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """A copy as another system or a person describes it. ``barcode`` says which one it is.

    ``status`` is for a new item only: that of an item we hold already is circulation's to change.
    """

    barcode: str
    title_id: int
    item_type: str
    branch: str
    collection: str = ""
    call_number: str = ""
    status: ItemStatus = ItemStatus.AVAILABLE
    replacement_cents: int | None = None


@dataclass(frozen=True, slots=True)
class BranchFacts:
    """A branch; see ``models.Branch`` for the shapes of hours and closures."""

    code: str
    name: str
    address: str = ""
    hours: tuple[tuple[tuple[str, str], ...], ...] = ()
    closures: tuple[tuple[str, str, str], ...] = ()
    timezone: str = ""


@dataclass(frozen=True, slots=True)
class ItemTypeFacts:
    """An item type."""

    code: str
    name: str
    lendable: bool = True
    replacement_cents: int = 0


@dataclass(slots=True)
class Outcome:
    """What a bulk write did (or, on a dry run, would do).

    Attributes:
        ids: The id of each key given that is in the catalog now.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    ids: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemRecord:
    """An item as circulation needs it: one row, no patron.

    Attributes:
        lendable: Whether its type is lent at all.
        replacement_cents: The copy's own, or its type's.
    """

    id: int
    barcode: str
    title_id: int
    title: str
    item_type: str
    lendable: bool
    branch: str
    collection: str
    call_number: str
    status: str
    replacement_cents: int


@dataclass(frozen=True, slots=True)
class Availability:
    """How many copies a title has, and how many stand on a shelf; withdrawn ones do not count.

    Attributes:
        branches: For each branch with a copy: copies, and how many are available.
    """

    copies: int
    available: int
    branches: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """One title in a list of results, with its copies at the branch asked for (or at all)."""

    title_id: int
    title: str
    author: str
    year: int | None
    material: str
    language: str
    isbns: tuple[str, ...]
    copies: int
    available: int
