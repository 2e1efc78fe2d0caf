"""Tables of holds. A hold has a link, never a patron; its row goes in the transaction that ends it.

A hold waits, is on its way, or stands on a shelf under a pick-up code. ``place`` is its place in the
title's queue: a number, so that no time of day is kept. Numbers only tell who came before whom for
one title, and are used again once everybody behind has been served.

Source: clauses MP-4.12, MP-4.5, MP-4.16, TH-1.21.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from django.db import models

from circumspect.records.catalog.models import CODE_LENGTH, Item, Title

# Frozen with no end: a day that never comes.
FOREVER = dt.date(9999, 12, 31)


class HoldState(StrEnum):
    """Where a hold stands. Frozen is waiting with a day until which it is passed over."""

    WAITING = "waiting"
    IN_TRANSIT = "in_transit"
    ON_SHELF = "on_shelf"


class Hold(models.Model):
    """Somebody waits for a title, or for one copy of it."""

    # Random: a running number would tell in which order patrons asked.
    id = models.BigIntegerField(primary_key=True)
    title = models.ForeignKey(Title, models.PROTECT, related_name="+")
    # The copy wished for; none where any copy will do.
    item = models.ForeignKey(Item, models.PROTECT, null=True, related_name="+")
    pickup_branch = models.CharField(max_length=CODE_LENGTH)
    state = models.CharField(max_length=10, default=HoldState.WAITING.value)
    place = models.IntegerField()
    placed_on = models.DateField()
    expires_on = models.DateField()  # the last day it is wanted
    frozen_until = models.DateField(null=True)  # passed over before this day
    epoch = models.IntegerField()
    link = models.BinaryField()
    back = models.BinaryField()
    # The copy to be fetched for it from a shelf: the pull list.
    target = models.ForeignKey(Item, models.SET_NULL, null=True, related_name="+")
    # The copy that is on its way or on the shelf for it.
    copy = models.OneToOneField(Item, models.PROTECT, null=True, related_name="+")
    pickup_code = models.CharField(max_length=6, null=True)
    pick_up_by = models.DateField(null=True)  # the last day on the shelf
    # The last day on the shelf that its patron was told of; another day is told anew.
    noticed_for = models.DateField(null=True)

    class Meta:
        db_table = "holds_hold"
        indexes = [
            # All that is asked of a queue, so that passing over thousands who are frozen reads the index alone.
            models.Index(
                fields=["title", "state", "place", "id", "frozen_until", "expires_on", "item"],
                name="holds_hold_queue",
            ),
            models.Index(fields=["link"], name="holds_hold_link"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["pickup_branch", "pickup_code"], name="holds_code_once_a_shelf")
        ]


class ShelfLeftover(models.Model):
    """A copy that stands on a hold shelf for nobody any more, until somebody takes it off and scans it.

    Its hold is gone or has moved. The code stays on the slip in the book, hence it is not given again.
    """

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="+")
    branch = models.CharField(max_length=CODE_LENGTH)
    pickup_code = models.CharField(max_length=6)

    class Meta:
        db_table = "holds_shelf_leftover"


class HoldRule(models.Model):
    """Which copies serve holds and how long they stand, by item type and owning branch; "" matches any."""

    item_type = models.CharField(max_length=CODE_LENGTH, blank=True)
    branch = models.CharField(max_length=CODE_LENGTH, blank=True)
    holdable = models.BooleanField(default=True)
    home_only = models.BooleanField(default=False)  # picked up only where the copy belongs
    shelf_days = models.IntegerField(default=7)

    class Meta:
        db_table = "holds_rule"
        constraints = [models.UniqueConstraint(fields=["item_type", "branch"], name="holds_rule_once")]


class HoldLimit(models.Model):
    """How many holds a patron of a category may have; "" matches any category."""

    category = models.CharField(max_length=40, unique=True, blank=True)
    max_holds = models.IntegerField()

    class Meta:
        db_table = "holds_limit"


class VisitingCopy(models.Model):
    """A copy that another library lent us: when it is due there, which no loan or renewal goes beyond."""

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="+")
    due_at = models.BigIntegerField()  # seconds since 1970, UTC

    class Meta:
        db_table = "holds_visiting_copy"


class HoldTally(models.Model):
    """A count, bumped at the event. There is no event to link anybody to (MP-4.16)."""

    day = models.DateField()
    branch = models.CharField(max_length=CODE_LENGTH)
    kind = models.CharField(max_length=16)  # see ``holds.counting``
    count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "holds_tally"
        constraints = [models.UniqueConstraint(fields=["day", "branch", "kind"], name="holds_tally_once")]
