"""Tables of the retention office. No patron is in any of them, and no column could hold one.

Decisions and evidence are only ever added to: which schedule was in force on a day can be told from them.

Source: clauses TH-1.3, TH-1.5, TH-1.8, MP-4.7; 50 ILCS 205.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models


class ScheduleDecision(models.Model):
    """What the library has decided about one series, whole: the newest of a series counts.

    Attributes:
        decided_by: A staff member's number.
        why: The ground, for the minutes. About records, never about a person.
    """

    series = models.CharField(max_length=40)
    days = models.PositiveIntegerField()
    application = models.CharField(max_length=40, blank=True)
    item = models.CharField(max_length=40, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=40)
    why = models.CharField(max_length=400)

    class Meta:
        db_table = "retention_decision"


class Evidence(models.Model):
    """How much of a series was let go of on a day. A count; there is no row for what it counts."""

    day = models.DateField()
    series = models.CharField(max_length=40)
    what = models.CharField(max_length=60)
    count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "retention_evidence"
        constraints = [
            models.UniqueConstraint(fields=["day", "series", "what"], name="retention_evidence_once")
        ]


class Sweep(models.Model):
    """The last sweep of each day: when it ended, and which of its steps failed."""

    day = models.DateField(primary_key=True)
    ended_at = models.DateTimeField()
    failed = models.JSONField(default=list)

    class Meta:
        db_table = "retention_sweep"


class DisposalState(StrEnum):
    """How far a disposal under a certificate has come."""

    PROPOSED = "proposed"  # waits for an approved certificate
    APPROVED = "approved"  # number and date are entered: the next sweep disposes
    DISPOSED = "disposed"


class Disposal(models.Model):
    """Records of a certificate series that are past their period: they stay until a certificate is entered.

    Attributes:
        first_day: Of the inclusive dates, as a certificate wants them.
        volume: How many records.
        number: Of the approved certificate; "" until it is entered.
        not_before: The earliest day on which the certificate lets them go.
    """

    series = models.CharField(max_length=40)
    state = models.CharField(max_length=10, default=DisposalState.PROPOSED.value)
    first_day = models.DateField()
    last_day = models.DateField()
    volume = models.PositiveIntegerField()
    proposed_on = models.DateField()
    number = models.CharField(max_length=40, blank=True)
    not_before = models.DateField(null=True)
    entered_by = models.CharField(max_length=40, blank=True)
    disposed_on = models.DateField(null=True)

    class Meta:
        db_table = "retention_disposal"


class MediumKind(StrEnum):
    """What sort of medium."""

    DISK = "disk"
    SSD = "solid-state disk"
    TAPE = "tape"
    STICK = "memory stick or card"
    COMPUTER = "whole computer"
    PAPER = "paper"


class MediumEnd(StrEnum):
    """How a medium's contents were ended."""

    OVERWRITTEN = "overwritten"
    CRYPTO_ERASED = "its encryption key destroyed"
    SHREDDED = "shredded or crushed"
    DEGAUSSED = "degaussed"


class Medium(models.Model):
    """A disk, stick or machine that has held patron information (MP-4.7).

    Attributes:
        mark: What is written on it: an inventory number, never a name.
        held: What it held, in the words of a closed list.
    """

    mark = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=24)
    held = models.CharField(max_length=24)
    since = models.DateField()
    retired_on = models.DateField(null=True)
    ended_on = models.DateField(null=True)
    ended_how = models.CharField(max_length=32, blank=True)
    ended_by = models.CharField(max_length=40, blank=True)

    class Meta:
        db_table = "retention_medium"
