"""What a paper names, as structure: whose record, which series and fields, which days. A packet is cut by it.

For an officer's emergency request there is a list of its own, ``Identity``: facts that say who somebody is. A scope made
from it cannot name anything else, since there is no word for anything else.

Pure. Source: policy clauses MP-3.3, MP-3.13, MP-3.14; DOMAIN practice of court orders.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from circumspect.trust.policy.fields import Fields


class Identity(StrEnum):
    """What an officer may be told in an emergency: who somebody is (MP-3.13)."""

    NAME = "name"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    BIRTH_DATE = "date of birth"
    CARD = "card number"
    LICENCE = "driver's licence number"


_FIELDS: Mapping[Identity, tuple[str, tuple[str, ...]]] = {
    Identity.NAME: ("registration", ("given_name", "family_name")),
    Identity.ADDRESS: ("registration", ("street", "city", "region", "postcode")),
    Identity.PHONE: ("registration", ("phone",)),
    Identity.EMAIL: ("registration", ("email",)),
    Identity.BIRTH_DATE: ("registration", ("birth_date",)),
    Identity.CARD: ("cards", ("barcode",)),
    Identity.LICENCE: ("registration", ("driver_licence",)),
}


# No paper names a PIN or a passkey, what was written down of looks, or what this office keeps itself.
_NEVER = frozenset({"pins", "passkeys", "ledger", "cases", "preserved"})


class ScopeError(ValueError):
    """A scope that names nothing, or cannot be read. Says which part."""


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """One thing that is named. Prints as nothing.

    Attributes:
        patron: The patron's number.
        first: The first day; None for no limit.
    """

    patron: int
    series: str
    fields: frozenset[str]
    first: dt.date | None = None
    last: dt.date | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Scope:
    """Everything a paper names. Prints as nothing."""

    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        if not self.lines:
            raise ScopeError("say whose record, and what of it")
        for line in self.lines:
            if not line.fields:
                raise ScopeError("name at least one field of each kind of record")
            if line.first and line.last and line.last < line.first:
                raise ScopeError("the last day lies before the first")
        named = [(line.patron, line.series) for line in self.lines]
        if len(set(named)) != len(named):
            raise ScopeError("name a kind of record once for one patron")

    @property
    def patrons(self) -> tuple[int, ...]:
        """Whose records, in order."""
        return tuple(dict.fromkeys(line.patron for line in self.lines))

    def of(self, patron: int) -> dict[str, Line]:
        """The lines of one patron, by series."""
        return {line.series: line for line in self.lines if line.patron == patron}

    def allows(self, patron: int, series: str, field: str, day: dt.date | None) -> bool:
        """Whether a value lies within it. With days named, a value without a day does not."""
        line = self.of(patron).get(series)
        if line is None or field not in line.fields:
            return False
        if line.first is None and line.last is None:
            return True
        return (
            day is not None
            and (line.first is None or line.first <= day)
            and (line.last is None or day <= line.last)
        )

    def to_text(self) -> str:
        """JSON, to be sealed."""
        return json.dumps(
            [
                [
                    line.patron,
                    line.series,
                    sorted(line.fields),
                    line.first.isoformat() if line.first else "",
                    line.last.isoformat() if line.last else "",
                ]
                for line in self.lines
            ],
            separators=(",", ":"),
        )

    @classmethod
    def from_text(cls, text: str) -> Scope:
        """Read what ``to_text`` wrote. Raises ScopeError."""
        try:
            return cls(
                tuple(
                    Line(int(patron), str(series), frozenset(fields), _day(first), _day(last))
                    for patron, series, fields, first, last in json.loads(text)
                )
            )
        except (ValueError, TypeError, json.JSONDecodeError) as problem:
            if isinstance(problem, ScopeError):
                raise
            raise ScopeError("the scope cannot be read") from None


def nameable(on: Collection[str], collected: Collection[str]) -> dict[str, tuple[str, ...]]:
    """The series and fields that a scope may name.

    Args:
        on: Optional fields that the library collects.
        collected: Series that somebody can gather.
    """
    return {
        name: tuple(field for field in each.fields if field not in each.optional or field in on)
        for name, each in Fields.load().series.items()
        if name in collected and name not in _NEVER
    }


def identity_scope(patron: int, wanted: Iterable[Identity]) -> Scope:
    """The scope of an emergency answer: facts of one person's identity, and no other. Raises ScopeError."""
    fields: dict[str, set[str]] = {}
    for each in wanted:
        series, names = _FIELDS[Identity(each)]
        fields.setdefault(series, set()).update(names)
    return Scope(tuple(Line(patron, series, frozenset(names)) for series, names in fields.items()))


def is_identity_only(scope: Scope, wanted: Iterable[Identity] = Identity) -> bool:
    """Whether a scope names one person, and nothing but who they are; of that no more than is ``wanted``."""
    allowed = identity_scope(scope.patrons[0], wanted)
    return (
        len(scope.patrons) == 1
        and all(
            line.fields <= allowed.of(line.patron)[line.series].fields
            for line in scope.lines
            if line.series in allowed.of(line.patron)
        )
        and {line.series for line in scope.lines} <= set(allowed.of(scope.patrons[0]))
    )


def names_of(wanted: Collection[Identity]) -> str:
    """In words, for a form."""
    return ", ".join(each.value for each in Identity if each in wanted)


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
