"""Tables of fees. A line holds a link, never a patron, and has no column for a title or a remark.

What a line says is a kind, amounts, days and codes from closed lists. The item stands on it only while
something is owed: the statement that settles a line takes the item out of it.

The drawer's tables are counts by day and branch. They have no fee and no person in them.

Source: clauses TH-1.13, TH-1.20, MP-4.3, MP-4.5, MP-4.15, MP-4.16.
"""

from __future__ import annotations

from django.db import models

from circumspect.records.catalog.models import Item


class FeeLine(models.Model):
    """One thing owed, or settled a short while ago."""

    # Random: a running number would tell in which order patrons came to owe.
    id = models.BigIntegerField(primary_key=True)
    epoch = models.IntegerField()
    link = models.BinaryField()
    back = models.BinaryField()
    kind = models.CharField(max_length=12)
    amount = models.BigIntegerField()  # cents, as charged
    outstanding = models.BigIntegerField()  # cents
    day = models.DateField()
    branch = models.CharField(max_length=32)
    state = models.CharField(max_length=8)  # "open" or "settled"
    settled_on = models.DateField(null=True)
    # An item that leaves the catalog leaves the line too; what is owed for it stays.
    item = models.ForeignKey(Item, models.SET_NULL, null=True, related_name="+")

    class Meta:
        db_table = "fees_line"
        indexes = [
            models.Index(fields=["link"], name="fees_line_link"),
            models.Index(fields=["epoch"], name="fees_line_epoch"),
            models.Index(fields=["settled_on"], name="fees_line_settled"),
        ]


class FeeEntry(models.Model):
    """What happened to a line, on which day: the entries of a line explain what is outstanding."""

    id = models.BigIntegerField(primary_key=True)
    fee = models.ForeignKey(FeeLine, models.CASCADE, related_name="entries")
    day = models.DateField()
    kind = models.CharField(max_length=12)
    cents = models.BigIntegerField()
    method = models.CharField(max_length=8, blank=True)  # of a payment or refund, else ""
    reason = models.CharField(max_length=20, blank=True)  # a code where nobody paid, else ""

    class Meta:
        db_table = "fees_entry"


class CashTally(models.Model):
    """Money by day and branch, bumped at the event. There is no event to link anybody to (MP-4.16)."""

    day = models.DateField()
    branch = models.CharField(max_length=32)
    method = models.CharField(max_length=8, blank=True)
    kind = models.CharField(max_length=12)
    cents = models.BigIntegerField(default=0)
    count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "fees_cash_tally"
        constraints = [
            models.UniqueConstraint(fields=["day", "branch", "method", "kind"], name="fees_cash_tally_once")
        ]


class DrawerCount(models.Model):
    """What was counted in a branch's drawer at the end of a day, in cents. Who counted signs on paper."""

    day = models.DateField()
    branch = models.CharField(max_length=32)
    opening = models.BigIntegerField()  # left in the drawer as change
    expected = models.BigIntegerField()
    counted = models.BigIntegerField()

    class Meta:
        db_table = "fees_drawer_count"
        constraints = [models.UniqueConstraint(fields=["day", "branch"], name="fees_drawer_once")]
