"""Requests for public records, sealed under a key of each one's own, and the file of denials that is open to everybody."""

from __future__ import annotations

from django.db import models


class RecordsRequest(models.Model):
    """One request. Its days are in the clear, so that the clock runs without opening it."""

    id = models.BigIntegerField(primary_key=True)  # random; the subject of its key, too
    received_on = models.DateField()
    due_on = models.DateField(db_index=True)
    closed_on = models.DateField(null=True)

    class Meta:
        db_table = "foia_request"


class RecordsRequestEvent(models.Model):
    """One thing that was done to a request. Written once, never changed."""

    id = models.BigIntegerField(primary_key=True)
    request = models.ForeignKey(RecordsRequest, models.CASCADE, related_name="events")
    number = models.IntegerField()
    sealed_request = models.BinaryField()

    class Meta:
        db_table = "foia_event"
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="foia_event_once")]


class Denial(models.Model):
    """A denial as it lies in the central file: by exemption and sort of record. It names no patron and no requester."""

    id = models.BigIntegerField(primary_key=True)  # random
    decided_on = models.DateField()
    in_part = models.BooleanField()
    record_type = models.CharField(max_length=20)
    exemptions = models.JSONField()  # names of the library's texts, in order
    letter = models.TextField()

    class Meta:
        db_table = "foia_denial"
