"""Tables of circulation. A loan holds a link, never a patron; a tally has no room for either.

Due times are whole seconds since 1970 (UTC): the hot path writes plain statements, and numbers read
the same on both databases.
"""

from __future__ import annotations

from enum import StrEnum

from django.db import models

from circumspect.records.catalog.models import CODE_LENGTH, Item
from circumspect.records.circulation import offline_models as offline_models  # tables of this room too


class LoanState(StrEnum):
    """Where a loan stands. Overdue and long overdue are not kept: they follow from the due time."""

    OUT = "out"
    CLAIMED = "claimed"  # the patron says that it came back
    LOST = "lost"  # given up and billed


class Loan(models.Model):
    """An item that is out. The row goes when it comes back (TH-1.11, TH-1.19)."""

    # The item is the key: a loan is one of an item, and a number of its own would tell an order.
    item = models.OneToOneField(Item, models.PROTECT, primary_key=True, related_name="loan")
    branch = models.CharField(max_length=CODE_LENGTH)
    epoch = models.IntegerField()
    link = models.BinaryField()
    back = models.BinaryField()
    due_at = models.BigIntegerField()
    renewals = models.IntegerField(default=0)
    rule = models.CharField(max_length=120)
    state = models.CharField(max_length=8, default=LoanState.OUT.value, db_default=LoanState.OUT.value)
    # The step of the notice ladder that was last written about, as the moment it fell on; 0 for none. A renewal
    # moves every step beyond it, so that nothing has to be set back.
    noticed = models.BigIntegerField(default=0, db_default=0)
    # Which box the title goes into when it comes back, sealed anew for each loan; NULL for whoever asked for no history.
    history = models.BinaryField(null=True)

    class Meta:
        db_table = "circulation_loan"
        indexes = [
            models.Index(fields=["link"], name="circulation_loan_link"),
            models.Index(fields=["due_at"], name="circulation_loan_due"),
            models.Index(
                fields=["state"],
                name="circulation_loan_not_out",
                condition=~models.Q(state=LoanState.OUT.value),
            ),
        ]


class LoanRule(models.Model):
    """How long, how many and at what price, by category, item type and branch; "" matches any.

    What each column means is said in ``rules.LoanTerms``, which has the same names.
    """

    category = models.CharField(max_length=40, blank=True)
    item_type = models.CharField(max_length=40, blank=True)
    branch = models.CharField(max_length=CODE_LENGTH, blank=True)
    period_kind = models.CharField(max_length=8, default="days")  # "days", "hours", "fixed"
    period = models.IntegerField()
    fixed_on = models.DateField(null=True, blank=True)
    renewals = models.IntegerField()
    max_items = models.IntegerField()
    max_of_type = models.IntegerField(default=0)
    lendable = models.BooleanField(default=True)
    hold_allowed = models.BooleanField(default=True)
    waiting_stops_renewal = models.BooleanField(default=True)
    auto_renew = models.BooleanField(default=False)
    fine_cents = models.IntegerField(default=0)
    fine_per = models.CharField(max_length=4, blank=True, default="")  # "day", "hour", "" for fine-free
    grace = models.IntegerField(default=0)
    fine_cap_cents = models.IntegerField(default=0)
    processing_cents = models.IntegerField(default=0)
    replacement_cents = models.IntegerField(null=True, blank=True)
    long_overdue_days = models.IntegerField(null=True, blank=True)
    lost_days = models.IntegerField(null=True, blank=True)

    class Meta:
        db_table = "circulation_loan_rule"
        constraints = [
            models.UniqueConstraint(fields=["category", "item_type", "branch"], name="circulation_rule_once")
        ]


class ClosedDay(models.Model):
    """A day on which a branch is closed: nothing falls due on it. ``branch`` "" means every branch."""

    branch = models.CharField(max_length=CODE_LENGTH, blank=True)
    day = models.DateField()
    name = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "circulation_closed_day"
        constraints = [models.UniqueConstraint(fields=["branch", "day"], name="circulation_closed_once")]


class ClosedHours(models.Model):
    """Hours of a day in which a branch is closed though it opens that day; local times, the end not included.

    What a week looks like is said by the branch itself (``catalog.Branch.hours``).
    """

    branch = models.CharField(max_length=CODE_LENGTH, blank=True)
    day = models.DateField()
    closes_at = models.TimeField()
    opens_at = models.TimeField()
    name = models.CharField(max_length=80, blank=True)

    class Meta:
        db_table = "circulation_closed_hours"
        constraints = [
            models.UniqueConstraint(
                fields=["branch", "day", "closes_at"], name="circulation_closed_hours_once"
            )
        ]


class Transit(models.Model):
    """An item on its way to a branch. Nothing says for whom."""

    item = models.OneToOneField(Item, models.CASCADE, primary_key=True, related_name="+")
    to_branch = models.CharField(max_length=CODE_LENGTH)
    sent_on = models.DateField()

    class Meta:
        db_table = "circulation_transit"


class Tally(models.Model):
    """A count, bumped at the event. There is no event to link anybody to (MP-4.16)."""

    day = models.DateField()
    branch = models.CharField(max_length=CODE_LENGTH)
    kind = models.CharField(max_length=12)  # "loan", "renewal", "return", "in_house"
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
