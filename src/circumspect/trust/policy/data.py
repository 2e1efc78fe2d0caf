"""Read the policy's tables of data, and refuse any that is not as it should be.

The policy is data as much as it is rules: clauses, fields, schedule, inventory. All of it is
read through here, strictly: a name that is missing, misspelt, empty or of another type is a
fault, and the policy does not load. A fault names the file, the entry and the name within it.

These tables hold no patron data, so a fault may quote an id from them.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib import resources
from typing import TypeVar

Word = TypeVar("Word", bound=StrEnum)
Kind = TypeVar("Kind")


class PolicyError(Exception):
    """Whatever keeps the policy from being used. Catch this; only its subclasses are raised."""


class PolicyFaultError(PolicyError):
    """The policy's own texts are at fault. Nothing is decided until they are put right.

    Attributes:
        file: The file at fault, such as "clauses.toml".
        entry: The entry in it, such as "MP-3.2", or "" for the whole file.
        name: The name within the entry, or "".
    """

    def __init__(self, file: str, entry: str, name: str, what: str) -> None:
        place = ", ".join(part for part in (file, entry, name) if part)
        super().__init__(f"{place}: {what}")
        self.file = file
        self.entry = entry
        self.name = name


def own_text(name: str) -> str:
    """Return the text of one of the policy's own files, such as "rules/10-desk.cedar"."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def read_toml(text: str, file: str) -> dict[str, object]:
    """Return the table a TOML text holds.

    Raises:
        PolicyFaultError: The text is not TOML. Names the file.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise PolicyFaultError(file, "", "", f"is not TOML: {fault}") from None


class Entry:
    """One table of a file, read name by name; ``close`` refuses names nobody asked for."""

    def __init__(self, raw: object, file: str, label: str) -> None:
        if not isinstance(raw, Mapping):
            raise PolicyFaultError(file, label, "", "is not a table")
        self._left = dict(raw)
        self._file = file
        self.label = label

    def fault(self, name: str, what: str) -> PolicyFaultError:
        """Return, for the caller to raise, a fault at this entry."""
        return PolicyFaultError(self._file, self.label, name, what)

    def _take(self, name: str, kind: type[Kind], default: Kind | None) -> Kind:
        value = self._left.pop(name, default)
        if value is None:
            raise self.fault(name, "is missing")
        # A TOML true is not the number 1, though Python would take it for one.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.fault(name, f"is not of type {kind.__name__}")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """Return a text that is not blank, unless ``default`` itself is."""
        value = self._take(name, str, default)
        if value.strip() == "" and default is None:
            raise self.fault(name, "is empty")
        return value

    def number(self, name: str, default: int | None = None) -> int:
        """Return a whole number, 0 or more."""
        value = self._take(name, int, default)
        if value < 0:
            raise self.fault(name, "is below 0")
        return value

    def yes_no(self, name: str, default: bool | None = None) -> bool:
        """Return a truth value."""
        return self._take(name, bool, default)

    def word(self, name: str, words: type[Word]) -> Word:
        """Return a member of a closed list."""
        value = self.text(name)
        try:
            return words(value)
        except ValueError:
            raise self.fault(name, f"is not one of {', '.join(words)}") from None

    def texts(self, name: str, *, may_be_empty: bool = False) -> tuple[str, ...]:
        """Return a list of texts, in the order written, none blank and none twice."""
        values = self._take(name, list, [] if may_be_empty else None)
        if not values and not may_be_empty:
            raise self.fault(name, "is empty")
        if not all(isinstance(value, str) and value.strip() for value in values):
            raise self.fault(name, "holds something that is not a text")
        if len(set(values)) != len(values):
            raise self.fault(name, "holds a text twice")
        return tuple(values)

    def close(self) -> None:
        """Refuse whatever has not been read: a misspelt name must not pass for a missing one."""
        for name in sorted(self._left):
            raise self.fault(name, "is not a name this entry may have")


def tables(whole: Mapping[str, object], name: str, file: str) -> list[object]:
    """Return the list of tables under ``name``; a missing or empty list is a fault."""
    found = whole.get(name)
    if not isinstance(found, list) or not found:
        raise PolicyFaultError(file, "", name, "holds no entry")
    return found


def refuse_other_names(whole: Mapping[str, object], known: Iterable[str], file: str) -> None:
    """Refuse a file that holds tables nobody reads."""
    for name in sorted(set(whole) - set(known)):
        raise PolicyFaultError(file, "", name, "is not a table this file may have")
