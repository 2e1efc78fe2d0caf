"""The closed list of what the annex may store: sums, and the words they are sums of.

No column is finer than a day, but for the hours, which are sums over all days of a month that are the same
day of the week: who knows when somebody was at the site must not find them again in a count. The table of
addresses is not even made unless the library has decided that it must keep them, and has written down where.

Source: clauses TH-2.3 to TH-2.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """One table of sums.

    Attributes:
        name: In the database.
        label: As the inventory names it.
        keys: The columns that say what is counted, with their types in SQL.
        sums: The columns that are added up.
    """

    name: str
    label: str
    keys: Mapping[str, str]
    sums: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, keys first."""
        return (*self.keys, *self.sums)


_DAY = {"day": "varchar(10)"}

AREA = Table("visits_area", "visits.Area", {**_DAY, "area": "varchar(60)"}, ("views", "visits"))
PAGE = Table(
    "visits_page", "visits.Page", {**_DAY, "area": "varchar(60)", "page": "varchar(200)"}, ("views",)
)
PATH = Table(
    "visits_path", "visits.Path", {**_DAY, "from_area": "varchar(60)", "to_area": "varchar(60)"}, ("times",)
)
REFERRER = Table("visits_referrer", "visits.Referrer", {**_DAY, "host": "varchar(120)"}, ("visits",))
LANGUAGE = Table("visits_language", "visits.Language", {**_DAY, "language": "varchar(8)"}, ("visits",))
DEVICE = Table("visits_device", "visits.Device", {**_DAY, "device": "varchar(10)"}, ("visits",))
HOUR = Table(
    "visits_hour",
    "visits.Hour",
    {"month": "varchar(7)", "weekday": "integer", "hour": "integer"},
    ("views", "visits"),
)
LEFT_OUT = Table("visits_left_out", "visits.LeftOut", {**_DAY, "why": "varchar(12)"}, ("times",))
# Only where the library has decided that it must: see ``settings``. It goes after hours.
ADDRESS = Table(
    "visits_address", "visits.Address", {"hour": "varchar(13)", "address": "varchar(45)"}, ("views",)
)

COUNTS = (AREA, PAGE, PATH, REFERRER, LANGUAGE, DEVICE, HOUR, LEFT_OUT)
TABLES = (*COUNTS, ADDRESS)


def columns() -> dict[str, list[str]]:
    """Every column of every table, by the inventory's names."""
    return {table.label: list(table.columns) for table in TABLES}


def making(table: Table) -> str:
    """The statement that makes a table, the same on SQLite and PostgreSQL."""
    keys = ", ".join(f"{name} {kind} NOT NULL" for name, kind in table.keys.items())
    sums = ", ".join(f"{name} bigint NOT NULL DEFAULT 0" for name in table.sums)
    return f"CREATE TABLE IF NOT EXISTS {table.name} ({keys}, {sums}, PRIMARY KEY ({', '.join(table.keys)}))"


def adding(table: Table) -> str:
    """The statement that adds to one row's sums, and makes the row where there is none."""
    marks = ", ".join(["%s"] * len(table.columns))
    sums = ", ".join(f"{name} = {table.name}.{name} + excluded.{name}" for name in table.sums)
    return (
        f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({marks})"
        f" ON CONFLICT ({', '.join(table.keys)}) DO UPDATE SET {sums}"
    )
