"""Tables of circulation. A loan holds a link, never a patron; a tally has no room for either.

Due times are whole seconds since 1970 (UTC): the hot path writes plain statements, and numbers read
the same on both databases.
"""

from __future__ import annotations

from django.db import models

from circumspect.records.catalog.models import Item


class Loan(models.Model):
    """An item that is out. The row goes when it comes back (TH-1.11, TH-1.19)."""

    # The item is the key: a loan is one of an item, and a number of its own would tell an order.
    item = models.OneToOneField(Item, models.PROTECT, primary_key=True, related_name="loan")
    branch = models.CharField(max_length=20)
    epoch = models.IntegerField()
    link = models.BinaryField()
    back = models.BinaryField()
    due_at = models.BigIntegerField()
    renewals = models.IntegerField(default=0)
    rule = models.CharField(max_length=80)

    class Meta:
        db_table = "circulation_loan"
        indexes = [models.Index(fields=["link"], name="circulation_loan_link")]


class LoanRule(models.Model):
    """How long and how many, by category, item type and branch; "" matches any."""

    category = models.CharField(max_length=40, blank=True)
    item_type = models.CharField(max_length=40, blank=True)
    branch = models.CharField(max_length=20, blank=True)
    days = models.IntegerField()
    renewals = models.IntegerField()
    max_items = models.IntegerField()
    lendable = models.BooleanField(default=True)

    class Meta:
        db_table = "circulation_loan_rule"
        constraints = [
            models.UniqueConstraint(fields=["category", "item_type", "branch"], name="circulation_rule_once")
        ]


class ClosedDay(models.Model):
    """A day on which a branch is closed: nothing falls due on it. ``branch`` "" means every branch."""

    branch = models.CharField(max_length=20, blank=True)
    day = models.DateField()
    name = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "circulation_closed_day"
        constraints = [models.UniqueConstraint(fields=["branch", "day"], name="circulation_closed_once")]


class Tally(models.Model):
    """A count, bumped at the event. There is no event to link anybody to (MP-4.16)."""

    day = models.DateField()
    branch = models.CharField(max_length=20)
    kind = models.CharField(max_length=12)  # "loan", "renewal", "return"
    item_type = models.CharField(max_length=40)
    collection = models.CharField(max_length=40)
    category = models.CharField(max_length=40)  # "" for a return: whose it was is not asked
    count = models.BigIntegerField(default=0)

    class Meta:
        db_table = "circulation_tally"
        constraints = [
            models.UniqueConstraint(
                fields=["day", "branch", "kind", "item_type", "collection", "category"],
                name="circulation_tally_once",
            )
        ]
