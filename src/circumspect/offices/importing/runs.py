"""Know an import again, and go on where it stopped.

A run moves in the transaction of the batch it counts: after a power cut it stands exactly behind the
last batch that is in the records. The same files with the same mapping are the same run; once it is
finished, importing them again begins anew (and finds everything unchanged).

Left to others: reading, and loading a batch.

Source: the founding issue, "safe to run twice, interrupted imports resume".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from django.db.models import QuerySet

from circumspect.offices.importing.models import ImportProblem, ImportRun
from circumspect.offices.importing.report import Report
from circumspect.offices.importing.rows import Problem

BATCH = 500
_Entry = TypeVar("_Entry")


def digest_of(kind: str, paths: Iterable[Path], mapping_text: str = "") -> str:
    """What tells one import from another: its kind, its mapping and its files' content.

    Raises:
        OSError: A file cannot be read.
    """
    digest = hashlib.sha256(f"{kind}\x00{mapping_text}\x00".encode())
    for path in paths:
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


class Run:
    """One import's place in its source, and what it counted so far."""

    def __init__(self, record: ImportRun) -> None:
        self._record = record

    @classmethod
    def begin(cls, kind: str, digest: str) -> Run:
        """The unfinished run of this digest, or a new one."""
        record, _ = ImportRun.objects.get_or_create(
            digest=digest, defaults={"kind": kind, "started_at": datetime.now(UTC)}
        )
        if record.finished_at is not None:
            record.position, record.counts, record.finished_at = 0, {}, None
            record.started_at = datetime.now(UTC)
            record.save()
        return cls(record)

    @property
    def position(self) -> int:
        """How many entries of the source are dealt with."""
        return self._record.position

    def take_up(self, report: Report) -> None:
        """Put what the run had counted and refused before it was cut short into a report."""
        report.resumed_at = self._record.position
        report.counts = {kind: Counter(counts) for kind, counts in self._record.counts.items()}
        for problem in self._record.problems.order_by("id"):
            report.keep(Problem(problem.line, problem.field, problem.reason, problem.source))

    def advance(self, position: int, report: Report, problems: Sequence[Problem]) -> None:
        """Move on. To be called in the transaction that holds the batch."""
        self._record.position = position
        # What readers refuse is read, and so counted, anew by a resumed run.
        self._record.counts = {kind: dict(one) for kind, one in report.counts.items() if kind != "source"}
        self._record.save(update_fields=["position", "counts"])
        ImportProblem.objects.bulk_create(
            ImportProblem(
                run=self._record,
                line=problem.line,
                field=problem.field[:60],
                reason=problem.reason[:200],
                source=problem.source[:200],
            )
            for problem in problems
        )

    def finish(self) -> None:
        """Mark the run finished; its problems are in the report now."""
        self._record.problems.all().delete()
        self._record.finished_at = datetime.now(UTC)
        self._record.save(update_fields=["finished_at"])


def forget_old(before: datetime) -> int:
    """Forget the runs begun before a moment, with what they could not take; how many."""
    return old_runs(before).delete()[1].get("importing.ImportRun", 0)


def old_runs(before: datetime) -> QuerySet[ImportRun]:
    """The runs begun before a moment."""
    return ImportRun.objects.filter(started_at__lt=before)


def in_batches(entries: Iterable[_Entry], size: int = BATCH) -> Iterator[list[_Entry]]:
    """Lists of ``size``, the last one shorter."""
    batch: list[_Entry] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
