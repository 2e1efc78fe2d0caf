"""What an import did: counts, and each row that was not taken, with line, field and reason.

A report names places and reasons, never values: it may be printed, mailed and kept.

Source: the founding issue, "a report of each bad row with line, field and reason (never the value)".
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from circumspect.offices.importing.rows import About, DroppedColumns, Note, Problem

MOST_PROBLEMS = 50_000
COUNTS = ("added", "changed", "unchanged", "refused")


@dataclass(slots=True)
class Report:
    """The result of one import.

    Attributes:
        kind: What was imported, such as "patrons".
        dry_run: Nothing was written; counts say what would have been.
        read: Rows the source held, good or bad.
        resumed_at: Entries dealt with by an earlier run that was cut short.
        counts: For each kind of row: added, changed, unchanged, refused.
        problems: At most ``MOST_PROBLEMS``; ``refused`` counts them all.
    """

    kind: str
    dry_run: bool = False
    read: int = 0
    resumed_at: int = 0
    counts: dict[str, Counter[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    dropped: list[DroppedColumns] = field(default_factory=list)

    @property
    def added(self) -> int:
        return self._sum("added")

    @property
    def changed(self) -> int:
        return self._sum("changed")

    @property
    def unchanged(self) -> int:
        return self._sum("unchanged")

    @property
    def refused(self) -> int:
        return self._sum("refused")

    @property
    def dropped_columns(self) -> tuple[str, ...]:
        """Names of the columns that were not taken, in order, each once."""
        return tuple(dict.fromkeys(name for one in self.dropped for name in one.names))

    def count(self, kind: str, **more: int) -> None:
        """Add to the counts of one kind of row."""
        self.counts.setdefault(kind, Counter()).update(more)

    def note(self, about: About) -> None:
        """Take up what a reader or loader has to say. A problem is one refused row."""
        if isinstance(about, Note):
            self.notes.append(about)
        elif isinstance(about, DroppedColumns):
            self.dropped.append(about)
        else:
            self.count("source", refused=1)
            self.keep(about)

    def keep(self, problem: Problem) -> None:
        """Keep a problem that is counted already."""
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values, for a machine."""
        return {
            "kind": self.kind,
            "dry_run": self.dry_run,
            "read": self.read,
            "resumed_at": self.resumed_at,
            **{name: self._sum(name) for name in COUNTS},
            "counts": {kind: dict(counts) for kind, counts in self.counts.items()},
            "dropped_columns": [asdict(one) for one in self.dropped],
            "notes": [asdict(one) for one in self.notes],
            "problems": [asdict(one) for one in self.problems],
        }

    def write(self, path: Path) -> None:
        """Write the report: JSON where the name ends in .json, else CSV.

        Raises:
            OSError: The file cannot be written.
        """
        if path.suffix.lower() == ".json":
            path.write_text(json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
            return
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("what", "source", "line", "field", "reason"))
            writer.writerows(tuple(map(_as_text, row)) for row in self._lines())

    def _lines(self) -> Iterable[tuple[object, ...]]:
        yield "count", "", "", "read", self.read
        for name in COUNTS:
            yield "count", "", "", name, self._sum(name)
        for dropped in self.dropped:
            for column in dropped.names:
                yield "dropped column", dropped.source, "", column, "nothing here takes it"
        for note in self.notes:
            yield "note", note.source, "", "", note.text
        for problem in self.problems:
            yield "problem", problem.source, problem.line or "", problem.field, problem.reason

    def _sum(self, name: str) -> int:
        return sum(counts[name] for counts in self.counts.values())


def _as_text(value: object) -> str:
    """A cell that no spreadsheet takes for a formula: a column's name comes from a file we did not write."""
    text = str(value)
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
