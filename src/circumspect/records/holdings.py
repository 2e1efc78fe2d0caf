"""What each series can say of one patron, piece by piece: the shape in which every room tells it.

A room that keeps records of patrons has a *collector* for each of its series (its ``gathered.py``). A collector
finds the records that are one patron's and says where each field's value is; it opens nothing. The
register that asks at the door and reads is ``gathering``.

Source: ARCHITECTURE.md, "The door"; clauses MP-3.3, TH-2.2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.vault.sealed import Sealed

# A value as it stands, one that an opening reads, or one that has to be put into words once it is read.
Source = str | Sealed | Callable[[Opening], str]


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """One record of one patron: where the value of each of its fields is. Prints as nothing.

    Attributes:
        values: By name of field. A field that holds nothing is missing.
        since: The day from which it is kept or on which it happened; None where no such day is kept.
    """

    values: Mapping[str, Source]
    since: dt.date | None = None


# Patron and names of fields in; every record of the series that is theirs out. Called after the door has opened.
Collector = Callable[[House, int, Collection[str]], Iterable[Kept]]
