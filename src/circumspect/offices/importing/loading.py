"""The way every import goes: entries in batches, one transaction each, a report of all of it.

A loader says what becomes of one batch; this says in what order, how often, and what happens when
the power fails in between. Entries of batches that an earlier run dealt with are passed to the loader
to be remembered (a barcode seen there is a duplicate here), not to be loaded.

Source: ARCHITECTURE.md, "Four floors and an annex"; the founding issue, "Import, for real".
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from django.db import transaction

from circumspect.offices.importing.report import Report
from circumspect.offices.importing.rows import DroppedColumns, Note, Problem
from circumspect.offices.importing.runs import Run, in_batches

Progress = Callable[[int], None]
_Row = TypeVar("_Row")
_RowIn = TypeVar("_RowIn", contravariant=True)


class Loader(Protocol[_RowIn]):
    """What becomes of the rows of one batch."""

    def remember(self, rows: Sequence[_RowIn]) -> None:
        """Take note of rows that an earlier run dealt with."""

    def load(self, rows: Sequence[_RowIn], report: Report) -> list[Problem]:
        """Write the good rows, count them in the report; return what is wrong with the others."""

    def plan(self, rows: Sequence[_RowIn], report: Report) -> list[Problem]:
        """Count what ``load`` would do, and write nothing."""


class Import(Generic[_Row]):
    """One import, from its first entry to its report."""

    def __init__(
        self,
        kind: str,
        loader: Loader[_Row],
        *,
        dry_run: bool = False,
        progress: Progress | None = None,
        run: Run | None = None,
    ) -> None:
        """Say what is loaded and how.

        Args:
            progress: Called with the number of entries dealt with, after each batch.
            run: Where to go on, and where to write how far it came. A dry run has none.
        """
        self._loader = loader
        self._progress = progress
        self._run = None if dry_run else run
        self.report = Report(kind, dry_run=dry_run)

    def take(self, entries: Iterable[_Row | Problem | Note | DroppedColumns]) -> Report:
        """Read to the end; the report."""
        done_before = self._run.position if self._run else 0
        if self._run:
            self._run.take_up(self.report)
        position = 0
        for batch in in_batches(entries):
            position += len(batch)
            rows = self._rows_of(batch)
            if position <= done_before:
                self._loader.remember(rows)
            else:
                self._batch(rows, position)
            if self._progress:
                self._progress(position)
        if self._run:
            self._run.finish()
        return self.report

    def _rows_of(self, batch: list[_Row | Problem | Note | DroppedColumns]) -> list[_Row]:
        """The rows of a batch; what readers say beside them goes into the report."""
        rows: list[_Row] = []
        for entry in batch:
            if isinstance(entry, (Problem, Note, DroppedColumns)):
                self.report.note(entry)
            else:
                rows.append(entry)
            self.report.read += not isinstance(entry, (Note, DroppedColumns))
        return rows

    def _batch(self, rows: list[_Row], position: int) -> None:
        if self.report.dry_run:
            problems = self._loader.plan(rows, self.report)
        else:
            before = copy.deepcopy(self.report.counts)
            try:
                with transaction.atomic():
                    problems = self._loader.load(rows, self.report)
                    if self._run:
                        self._run.advance(position, self.report, problems)
            except BaseException:
                self.report.counts = before
                raise
        for problem in problems:
            self.report.keep(problem)
