"""The inventory: every stored column, what it is for, who needs it, and when it ends.

Each record keeps an ``inventory.toml`` beside its models. An entry says what a column holds, in
words a patron can read; a column without an entry, or an entry without purpose or retention,
fails the policy check. The privacy page, the patron's own page and the sweep are all built from
this list, so that what is said and what is done cannot drift apart.

Knows nothing of Django: tables and columns are given as plain strings.

Source: clauses MP-1.1, MP-3.2, MP-4.1, MP-4.2, TH-1.2, TH-1.3, TH-1.4, TH-1.7.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from enum import StrEnum

from circumspect.trust.policy.data import Entry, PolicyFaultError, read_toml, refuse_other_names, tables
from circumspect.trust.policy.request import Role
from circumspect.trust.policy.schedule import Schedule, ScheduleItem

# Besides staff roles, those who may be said to need a field.
OTHER_NEEDERS = frozenset({"patron", "machine", "job", "public"})


class FieldClass(StrEnum):
    """What a column shows about a person (clause MP-4.1)."""

    REGISTRATION = "registration"
    USE = "use"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """One stored column.

    Attributes:
        series: The record series, a name of the schedule.
        field: The field's name, the one asked for at the door where it can be.
        model: The Django model, as "app.Model".
        column: The column in that model.
        field_class: Registration, use or neither.
        purpose: Why it is kept, in plain words.
        needed_by: Staff roles, or "patron", "machine", "job", "public".
        retention: The schedule item it ends by.
        reference: The clauses it stands on.
        on_by_default: False for what the library has to switch on first.
        sealed: Whether it rests encrypted.
        file: The inventory it stands in.
    """

    series: str
    field: str
    model: str
    column: str
    field_class: FieldClass
    purpose: str
    needed_by: tuple[str, ...]
    retention: str
    reference: tuple[str, ...]
    on_by_default: bool
    sealed: bool
    file: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Every entry of every record, in the order of the files."""

    entries: tuple[FieldEntry, ...]

    def of_series(self, series: str) -> tuple[FieldEntry, ...]:
        """Return the entries of one series."""
        return tuple(entry for entry in self.entries if entry.series == series)

    def about_people(self) -> tuple[FieldEntry, ...]:
        """Return the entries classed as registration or use."""
        return tuple(entry for entry in self.entries if entry.field_class is not FieldClass.NEITHER)

    def rule_of(self, entry: FieldEntry, schedule: Schedule) -> ScheduleItem:
        """Return the retention rule an entry ends by."""
        return schedule.item(entry.retention)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where inventory and tables differ. Each is "app.Model.column"."""

    not_in_inventory: tuple[str, ...]
    not_in_tables: tuple[str, ...]


def read_inventory(texts: Mapping[str, str], *, clause_ids: Set[str], schedule: Schedule) -> Inventory:
    """Return the inventory a set of files gives.

    Args:
        texts: The text of each inventory, by a name to be used in faults.
        clause_ids: Every live clause.
        schedule: The retention schedule entries refer to.

    Raises:
        PolicyFaultError: An entry lacks a name, has one too many, names an unknown clause, role
            or retention, or a column is there twice. Names file, entry and name.
    """
    entries: list[FieldEntry] = []
    seen: set[tuple[str, str]] = set()
    for file, text in texts.items():
        for entry in _read_file(text, file):
            _check_references(entry, clause_ids, schedule)
            place = (entry.model, entry.column)
            if place in seen:
                raise PolicyFaultError(file, ".".join(place), "column", "is there twice")
            seen.add(place)
            entries.append(entry)
    return Inventory(tuple(entries))


def compare_with_tables(inventory: Inventory, columns: Mapping[str, Sequence[str]]) -> Mismatch:
    """Return where inventory and tables differ.

    Args:
        inventory: Every entry.
        columns: The columns of each model, as {"app.Model": ["column", ...]}. A foreign key may
            be given by its name or by its column, "patron" or "patron_id".
    """
    declared = {(entry.model, entry.column) for entry in inventory.entries}
    stored = {(model, column) for model, names in columns.items() for column in names}
    return Mismatch(
        not_in_inventory=_named(place for place in stored if not _spellings(place) & declared),
        not_in_tables=_named(place for place in declared if not _spellings(place) & stored),
    )


def _spellings(place: tuple[str, str]) -> set[tuple[str, str]]:
    model, column = place
    return {place, (model, f"{column}_id"), (model, column.removesuffix("_id"))}


def _named(places: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    return tuple(sorted(f"{model}.{column}" for model, column in places))


def _read_file(text: str, file: str) -> list[FieldEntry]:
    whole = read_toml(text, file)
    refuse_other_names(whole, ("field",), file)
    return [entry for raw in tables(whole, "field", file) for entry in _entries(raw, file)]


def _entries(raw: object, file: str) -> list[FieldEntry]:
    """Return the entries of one table: one column, or several told in one breath."""
    table = Entry(raw, file, "field")
    model = table.text("model")
    columns = table.texts("columns", may_be_empty=True) or (table.text("column"),)
    table.label = f"{model}.{columns[0]}"
    only_name = table.text("field", "")
    if only_name and len(columns) > 1:
        raise table.fault("field", "cannot name several columns")
    entries = [_entry(table, file, model, columns[0], only_name or columns[0])]
    table.close()
    return entries + [replace(entries[0], column=column, field=column) for column in columns[1:]]


def _entry(table: Entry, file: str, model: str, column: str, field: str) -> FieldEntry:
    return FieldEntry(
        series=table.text("series"),
        field=field,
        model=model,
        column=column,
        field_class=table.word("class", FieldClass),
        purpose=table.text("purpose"),
        needed_by=table.texts("needed_by"),
        retention=table.text("retention"),
        reference=table.texts("reference"),
        on_by_default=table.yes_no("on_by_default", default=True),
        sealed=table.yes_no("sealed", default=False),
        file=file,
    )


def _check_references(entry: FieldEntry, clause_ids: Set[str], schedule: Schedule) -> None:
    label = f"{entry.model}.{entry.column}"
    if not set(entry.reference) <= clause_ids:
        raise PolicyFaultError(entry.file, label, "reference", "names a clause that is not in the register")
    if not set(entry.needed_by) <= OTHER_NEEDERS | {str(role) for role in Role}:
        raise PolicyFaultError(entry.file, label, "needed_by", "names nobody on the list")
    for name, series in (("series", entry.series), ("retention", entry.retention)):
        if series not in schedule.items:
            raise PolicyFaultError(entry.file, label, name, "is not in the schedule")
