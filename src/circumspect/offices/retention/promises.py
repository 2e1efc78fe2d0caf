"""What the retention office can say of the library's promises, one small look for each.

Source: clauses TH-1.5, TH-1.8, MP-4.7; guarantees 5 to 8.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Final

from circumspect.home import BACKUPS, Home
from circumspect.offices.retention import overdue, sweeping
from circumspect.offices.retention.models import Medium
from circumspect.records.computers.models import SetAside
from circumspect.records.promises import Promise
from circumspect.trust.door.house import House
from circumspect.trust.policy.clauses import Enforcer

DRILLS: Final = "drills.jsonl"
DRILLED_WITHIN: Final = dt.timedelta(days=100)
BACKED_UP_WITHIN: Final = dt.timedelta(days=2)
COSIGNED_WITHIN: Final = dt.timedelta(days=7)
SIGNED_WITHIN: Final = dt.timedelta(hours=1)
RETIRED_WITHIN: Final = dt.timedelta(days=30)


def last_line(home: Home, file: str) -> dict[str, object] | None:
    """The last line of one of the home's records of work, or None."""
    path = home.root / file
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return dict(json.loads(lines[-1])) if lines else None


def nothing_past_its_rule(house: House, also: Mapping[str, overdue.Count]) -> Promise:
    """The oldest link past its rule, and every other row."""
    waiting = overdue.waiting(house, also)
    rows = sum(count for series, count in waiting.items() if series not in overdue.MAY_BE_KEPT)
    keys = overdue.keys_waiting(house)
    kept = not (rows or keys) or not sweeping.is_late(house)
    said = f"{rows:,} rows and {keys} keys are past their rule and wait for the next sweep."
    if not rows and not keys:
        said = "No row and no key is past its rule."
    return Promise("Nothing outlives its rule", ("TH-1.8",), kept, said, _or_not(kept, "circumspect forget"))


def swept(house: House) -> Promise:
    """When the last sweep was, and whether all of it was done."""
    last = sweeping.last_sweep()
    kept = not sweeping.is_late(house)
    said = "No sweep was ever made."
    if last is not None:
        failed = f"; these parts of it failed: {', '.join(last.failed)}" if last.failed else ""
        said = f"The last sweep was on {last.day}{failed}."
    return Promise(
        "What is over is swept away every day",
        ("TH-1.8",),
        kept,
        said,
        _or_not(kept, "circumspect forget"),
    )


def schedule_is_referenced(house: House) -> Promise:
    """Whether each series has the number of an approved schedule."""
    missing = house.schedule().missing_references()
    said = f"{len(missing)} of {len(house.schedule().items)} series have no application and item number."
    if not missing:
        said = "Every series has its application and item number."
    return Promise(
        "Each rule stands on an approved schedule",
        ("TH-1.5",),
        not missing,
        said,
        _or_not(not missing, "enter the numbers on the page of the schedule"),
    )


def media_are_ended(house: House) -> Promise:
    """Whether each retired disk has been wiped or destroyed."""
    limit = house.today() - RETIRED_WITHIN
    left = Medium.objects.filter(retired_on__lt=limit, ended_on=None).count()
    ended = Medium.objects.filter(ended_on__isnull=False).count()
    said = f"{ended} retired media have a wipe or destruction entry; {left} have waited longer than 30 days for one."
    return Promise(
        "Retired disks are wiped or destroyed",
        ("MP-4.7",),
        not left,
        said,
        _or_not(not left, "enter how they were ended"),
    )


def aside_ends(house: House) -> Promise:
    """Whether a computer is set aside beyond the day of its matter."""
    over = SetAside.objects.filter(keep_until__lt=house.today() - dt.timedelta(days=1)).count()
    said = f"{SetAside.objects.count()} computers are set aside; {over} beyond their day."
    return Promise(
        "What is set aside ends by itself",
        ("MP-6.12",),
        not over,
        said,
        _or_not(not over, "circumspect forget"),
    )


def drilled(house: House) -> Promise:
    """Whether backups were shown to forget, of late."""
    last = last_line(house.home, DRILLS)
    kept = bool(last and last.get("kept")) and _within(house, last, DRILLED_WITHIN)
    said = f"The last drill was on {str(last['at'])[:10]}." if last else "No drill was ever made."
    if last and not last.get("kept"):
        said = f"The drill of {str(last['at'])[:10]} brought somebody forgotten back."
    return Promise(
        "A restored backup forgets too",
        ("TH-1.8", "TH-1.10"),
        kept,
        said,
        _or_not(kept, "circumspect drill, once a quarter"),
    )


def backed_up(house: House) -> Promise:
    """Whether there is a recent backup."""
    last = last_line(house.home, BACKUPS)
    kept = _within(house, last, BACKED_UP_WITHIN)
    said = f"The last backup was made on {str(last['at'])[:10]}." if last else "No backup was made yet."
    return Promise(
        "Records and keys are backed up, apart",
        ("MP-4.7",),
        kept,
        said,
        _or_not(kept, "circumspect backup, every night"),
    )


def ledger_is_signed(house: House) -> Promise:
    """Whether what was entered is signed."""
    last, size = house.ledger.latest_checkpoint(), house.ledger.size()
    covered = last.size if last else 0
    kept = covered == size or (last is not None and house.clock() - last.at < SIGNED_WITHIN)
    said = f"{covered:,} of {size:,} entries are covered by a signed checkpoint."
    return Promise(
        "Every look is written down, and signed",
        ("MP-7.15",),
        kept,
        said,
        _or_not(kept, "circumspect ledger checkpoint"),
    )


def ledger_is_witnessed(house: House) -> Promise:
    """Whether somebody outside vouches for the ledger."""
    last = house.ledger.last_cosigned()
    kept = last is not None and house.clock() - last.at < COSIGNED_WITHIN
    said = "No checkpoint has been cosigned by anybody outside: whoever holds this machine could rewrite it."
    if last is not None:
        said = f"A witness vouches for the first {last.size:,} entries, as of {last.at.date()}."
    return Promise(
        "Somebody outside vouches for the ledger",
        ("MP-7.15",),
        kept,
        said,
        _or_not(kept, "circumspect ledger witness"),
    )


def clauses_are_kept(house: House) -> Promise:
    """How many clauses nothing keeps yet."""
    clauses = house.policy.clauses.clauses.values()
    open_ = [clause.id for clause in clauses if clause.enforcer is Enforcer.NOT_YET]
    said = f"{len(open_)} of {len(clauses)} clauses have nothing that keeps them yet: {', '.join(open_)}."
    if not open_:
        said = f"Each of {len(clauses)} clauses names what keeps it."
    return Promise("Every clause is kept by something", ("MP-1.1",), not open_, said)


def _within(house: House, line: Mapping[str, object] | None, span: dt.timedelta) -> bool:
    return line is not None and house.clock() - dt.datetime.fromisoformat(str(line["at"])) < span


def _or_not(kept: bool, instead: str) -> str:
    return "" if kept else instead
