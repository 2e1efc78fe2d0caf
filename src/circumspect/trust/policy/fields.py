"""The fields that can be asked for at the door, and those the library has not switched on.

A field that is not in ``fields.toml`` does not exist for the policy. A field that is off by
default stays refused until the library switches it on, by name, in a decision of its own.

Source: clauses TH-1.7, TH-1.14, TH-1.16, TH-1.17, MP-7.14.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cache

from circumspect.trust.policy.data import Entry, PolicyFaultError, own_text, read_toml

FILE = "fields.toml"


@dataclass(frozen=True, slots=True)
class SeriesFields:
    """The fields of one series, in the order written; ``optional`` are off by default."""

    fields: tuple[str, ...]
    optional: frozenset[str]


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of every series."""

    series: Mapping[str, SeriesFields]

    @classmethod
    @cache
    def load(cls) -> Fields:
        """Read the list the program was built with."""
        return cls.read(own_text(FILE))

    @classmethod
    def read(cls, text: str) -> Fields:
        """Read a list from its text.

        Raises:
            PolicyFaultError: An entry is incomplete, or an optional field is not a field.
        """
        series = {}
        for name, raw in read_toml(text, FILE).items():
            entry = Entry(raw, FILE, name)
            fields = entry.texts("fields")
            optional = entry.texts("off_by_default", may_be_empty=True)
            entry.close()
            if not set(optional) <= set(fields):
                raise entry.fault("off_by_default", "names something that is not a field of the series")
            series[name] = SeriesFields(fields, frozenset(optional))
        if not series:
            raise PolicyFaultError(FILE, "", "", "holds no series")
        return cls(series)

    def names(self) -> frozenset[str]:
        """Return the names of all fields of all series."""
        return frozenset(name for one in self.series.values() for name in one.fields)

    def switched_off(self, fields_on: Set[str]) -> dict[str, frozenset[str]]:
        """Return, for each series, the fields that stay refused.

        Args:
            fields_on: Names of the optional fields the library has switched on.

        Raises:
            PolicyFaultError: A name is not an optional field: a misspelt switch must not pass.
        """
        optional = frozenset(name for one in self.series.values() for name in one.optional)
        if not fields_on <= optional:
            raise PolicyFaultError(FILE, "", "fields switched on", "one of them is no optional field")
        return {name: one.optional - fields_on for name, one in self.series.items()}
