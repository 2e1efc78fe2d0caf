"""The sweep: let rows go whose keys are dead, in small steps, and keep count.

Forgetting itself does not wait for it: a row whose epoch is over belongs to nobody from that day on, here and in every
copy. The sweep then takes the row away. It works through the tables that hold links, which the inventory names; a page
of rows is one transaction, so that the desk is never kept waiting, and stopping anywhere loses nothing.

Other rooms have sweeps of their own (a note on its last day, a settled fee); ``overdue`` counts for all of them
what is past its rule and still there. What a day's sweep let go of, and which of its parts failed, is noted.

Source: clauses TH-1.5, TH-1.8; guarantee 8.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, connection, transaction

from circumspect.offices.retention.erasing import linked_tables, may_be_cut
from circumspect.offices.retention.models import Sweep
from circumspect.records.catalog.models import ItemStatus
from circumspect.records.circulation.models import Loan
from circumspect.records.holds.models import HoldState
from circumspect.trust.door.house import House
from circumspect.trust.vault.wiping import wipe_log_after_commit

# A page is as large as the database takes in this time, so that the desk hardly waits; then others get their turn for
# a quarter of it. Larger pages would be quicker for the sweep alone: each touches the pages of an index only once.
PAGE_SECONDS: Final = 0.02
FIRST_PAGE, LEAST_PAGE, MOST_PAGE = 4000, 2000, 20_000
# A sweep is made every day: after two days without one somebody is told.
LATE: Final = dt.timedelta(days=2)

# A copy on the shelf is put elsewhere, and a seat is wiped, when what kept it ends: see the rooms' own sweeps.
_ONLY: Final = {"holds_hold": f"state = '{HoldState.WAITING.value}'", "computers_session": "1 = 0"}
_DEAD: Final = "link IS NOT NULL AND epoch < %s"
Sleep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that holds links, by its names in the database.

    Attributes:
        only: Which of its rows may simply go; the others hold something up, and their room ends them one by one.
        cuts: The row goes on without its patron: only the link is cut.
    """

    series: str
    name: str
    key: str
    only: str = "1 = 1"
    cuts: bool = False


def tables() -> list[Table]:
    """Every table that holds links, loans among them."""
    found = []
    for series, label in [*linked_tables(), ("loans", Loan._meta.label)]:
        meta = apps.get_model(label)._meta
        # A word that a hold ended carries links of several series: it goes within minutes, by its own day.
        if not any(field.name == "series" for field in meta.concrete_fields):
            only = _ONLY.get(meta.db_table, "1 = 1")
            found.append(Table(series, meta.db_table, str(meta.pk.column), only, may_be_cut(meta.model)))
    return found


def sweep_dead(house: House) -> int:
    """Remove the rows whose epoch is over, everywhere; how many."""
    return sum(sweep_table(house, table) for table in tables())


def sweep_table(
    house: House,
    table: Table,
    *,
    page: int = FIRST_PAGE,
    sleep: Sleep = time.sleep,
) -> int:
    """Remove the rows of one table whose epoch is over; how many. Safe to stop and start again.

    A loan of a dead epoch says of its item that somebody has it, and nobody can be asked: the item is missing then.
    """
    first = house.vault.first_live_epoch(table.series)
    dead = f"{table.key} > %s AND {_DEAD} AND {table.only}"
    act = f"UPDATE {table.name} SET link = NULL, back = NULL" if table.cuts else f"DELETE FROM {table.name}"
    count, last = 0, -1  # every key of these tables is a number above 0
    while True:
        # Looked for outside of the transaction: among rows that all live, looking takes a while and holds up nobody.
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {table.key} FROM {table.name} WHERE {dead} ORDER BY {table.key} LIMIT %s",
                [last, first, page],
            )
            keys = [row[0] for row in cursor.fetchall()]
        if not keys:
            break
        began = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            if table.name == Loan._meta.db_table:
                cursor.execute(
                    "UPDATE catalog_item SET status = %s WHERE id IN (SELECT item_id FROM circulation_loan"
                    f" WHERE {dead} AND {table.key} <= %s)",
                    [ItemStatus.MISSING.value, last, first, keys[-1]],
                )
            cursor.execute(f"{act} WHERE {dead} AND {table.key} <= %s", [last, first, keys[-1]])
            count += int(cursor.rowcount)
        last = keys[-1]
        spent = time.perf_counter() - began
        page = min(max(int(page * PAGE_SECONDS / spent), LEAST_PAGE, page // 2), MOST_PAGE, page * 2)
        sleep(spent / 4)
    if count:
        wipe_log_after_commit(DEFAULT_DB_ALIAS)
    return count


def count_dead(house: House) -> dict[str, int]:
    """How many rows of dead epochs are still there, by series. Opens nothing."""
    found: dict[str, int] = {}
    for table in tables():
        first = house.vault.first_live_epoch(table.series)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table.name} WHERE {_DEAD} AND {table.only}", [first])
            found[table.series] = found.get(table.series, 0) + int(cursor.fetchone()[0])
    return {series: count for series, count in found.items() if count}


# what is noted of a sweep


def note(house: House, failed: Sequence[str]) -> None:
    """Note that today's sweep has ended, and which of its parts failed."""
    Sweep.objects.update_or_create(
        day=house.today(), defaults={"ended_at": house.clock(), "failed": sorted(failed)}
    )


def last_sweep() -> Sweep | None:
    """The last sweep that was noted."""
    return Sweep.objects.order_by("-day").first()


def is_late(house: House) -> bool:
    """Whether somebody has to be told that no sweep was made, or that a part of the last one failed."""
    last = last_sweep()
    return last is None or bool(last.failed) or house.clock() - last.ended_at > LATE
