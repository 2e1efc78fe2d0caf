"""How far an import has come, so that one that was cut short goes on where it stopped.

A run is known by the digest of its files and mapping. Its position moves in the same transaction as
the rows it counts. Nothing of a patron is here: problems name a line, a field and a reason.

Source: the founding issue, "interrupted imports resume".
"""

from __future__ import annotations

from django.db import models


class ImportRun(models.Model):
    """One import of one set of files.

    Attributes:
        digest: SHA-256, hex, of kind, mapping and files.
        position: How many entries of the source are dealt with.
        counts: added, changed, unchanged, refused so far.
        finished_at: None until the last entry is in.
    """

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=32)
    position = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} import {self.pk}"


class ImportProblem(models.Model):
    """A row that an unfinished run could not take, kept until its report is whole."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems")
    line = models.PositiveIntegerField()
    field = models.CharField(max_length=60)
    reason = models.CharField(max_length=200)
    source = models.CharField(max_length=200, blank=True, default="")

    def __str__(self) -> str:
        return f"line {self.line}: {self.field}"
