"""Tables of the statistics office: what is typed in, and what has been said in public. Nobody is in any of them.

The counters themselves stand in the rooms where the events are. Source: clauses MP-4.16, TH-2.10.
"""

from __future__ import annotations

from django.db import models

CODE_LENGTH = 32


class TypedFigure(models.Model):
    """A number that somebody reads off a device or a sheet once a month: door count, wireless sessions, programmes."""

    month = models.CharField(max_length=7)  # such as 2026-11
    branch = models.CharField(max_length=CODE_LENGTH)
    figure = models.CharField(max_length=24)  # see ``typing.FIGURES``
    value = models.BigIntegerField()
    is_estimate = models.BooleanField(default=False)

    class Meta:
        db_table = "statistics_typed"
        constraints = [
            models.UniqueConstraint(fields=["month", "branch", "figure"], name="statistics_typed_once")
        ]


class ReferenceTally(models.Model):
    """How many reference questions were answered at a branch in a day. No question is written down (MP-4.16)."""

    day = models.DateField()
    branch = models.CharField(max_length=CODE_LENGTH)
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "statistics_reference"
        constraints = [models.UniqueConstraint(fields=["day", "branch"], name="statistics_reference_once")]


class BorrowerCount(models.Model):
    """How many registrations of a category had not run out on a day."""

    day = models.DateField()
    category = models.CharField(max_length=40)
    count = models.IntegerField()

    class Meta:
        db_table = "statistics_borrowers"
        constraints = [models.UniqueConstraint(fields=["day", "category"], name="statistics_borrowers_once")]


class PublishedTable(models.Model):
    """A table as it was published, for good: what has been said once is counted on by whoever tries to work out more."""

    code = models.CharField(max_length=40)  # of the plan
    year = models.CharField(max_length=24)
    published_on = models.DateField()
    smallest = models.IntegerField()
    round_to = models.IntegerField()
    body = models.JSONField()  # rows, columns and shown numbers; null where hidden
    small = models.JSONField()  # places of the cells that were hidden for being small, for later attacks

    class Meta:
        db_table = "statistics_published"
        constraints = [models.UniqueConstraint(fields=["code", "year"], name="statistics_published_once")]
