"""Tables of notices: that one is to go or went, by which way and on which day. Never what it said or where to.

A row's link belongs to the series "notices", whose keys live sixty days. What a notice says is worked out when
it leaves, from what is out, ready or owed then: an item that came back meanwhile is in none.

Source: clauses TH-1.8, TH-1.12, TH-1.15, MP-4.14.
"""

from __future__ import annotations

from django.db import models

from circumspect.offices.notices.kinds import State


class Notice(models.Model):
    """One notice to one patron: waiting to leave, or gone."""

    # Random: a running number would tell in which order people were written to.
    id = models.BigIntegerField(primary_key=True)
    epoch = models.IntegerField()
    link = models.BinaryField()
    back = models.BinaryField()
    kind = models.CharField(max_length=120)  # one or several of ``kinds.Kind``, with commas
    channel = models.CharField(max_length=8)
    state = models.CharField(max_length=8, default=State.QUEUED.value)
    branch = models.CharField(max_length=32)
    sent_on = models.DateField()  # the day it went, or (until then) is to go
    tries = models.SmallIntegerField(default=0)
    try_at = models.BigIntegerField(default=0)  # seconds since 1970: not before this moment

    class Meta:
        db_table = "notices_notice"
        indexes = [
            models.Index(fields=["link"], name="notices_notice_link"),
            models.Index(fields=["state", "channel"], name="notices_notice_state"),
            models.Index(fields=["sent_on"], name="notices_notice_day"),
        ]


class ReturnedAddress(models.Model):
    """An e-mail address that mail came back from, as a keyed token: it is written to by post for a while."""

    token = models.BinaryField(unique=True)
    day = models.DateField()

    class Meta:
        db_table = "notices_returned_address"


class Round(models.Model):
    """The last day on which a kind of looking was done to the end. It has nobody in it."""

    name = models.CharField(max_length=20, primary_key=True)
    day = models.DateField()

    class Meta:
        db_table = "notices_round"
