"""The review's own tables: who tied which card, decoys, idle looks of the last weeks, and what was flagged.

No table says whose record a look was at. A flagged look names its entry in the ledger, whose mark opens only at the door
and only while its epoch lives. An idle look holds a token that only this house can make and that says "the same
record", for five weeks. Ties and decoys hold a patron's number sealed under the house's own key.

Members of staff stand here by number, as in the ledger.

Source: guarantee 11; clause MP-7.15.
"""

from __future__ import annotations

from django.db import models


class Tie(models.Model):
    """That a member of staff holds a library card of their own."""

    member = models.BigIntegerField(primary_key=True)
    token = models.BinaryField(max_length=16)
    sealed_patron = models.BinaryField()

    def __str__(self) -> str:
        return f"tie of staff:{self.member}"


class Decoy(models.Model):
    """A record that nobody has business with: whoever looks at it is curious.

    Attributes:
        since: The ledger's size when it was marked: what went before was business.
    """

    token = models.BinaryField(max_length=16, unique=True)
    sealed_patron = models.BinaryField()
    marked_by = models.BigIntegerField()
    marked_on = models.DateField()
    since = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return "decoy"


class IdleLook(models.Model):
    """A look of the last weeks on which nothing was done: what patterns are made of."""

    index = models.BigIntegerField(primary_key=True)
    at = models.BigIntegerField(db_index=True)
    actor = models.CharField(max_length=32)
    subject = models.BinaryField(max_length=16)
    is_explained = models.BooleanField()
    is_stranger = models.BooleanField()
    is_minor = models.BooleanField()

    def __str__(self) -> str:
        return f"idle look {self.index}"


class DayCount(models.Model):
    """How many looks a member made on a day: what idle ones are compared with."""

    actor = models.CharField(max_length=32)
    day = models.DateField(db_index=True)
    looks = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "day"], name="review_one_count_a_day")]

    def __str__(self) -> str:
        return f"{self.actor} {self.day}"


class Flagged(models.Model):
    """A look that somebody in charge is to see.

    Attributes:
        index: Its entry in the ledger, whose first mark says whose record it was.
        at: When the look was, in seconds since 1970.
        fields: The kinds of field it opened.
        why: What it is flagged for.
        noted_at: When the review noted it.
        outcome: From the closed list; "" while nobody has looked into it.
    """

    index = models.BigIntegerField(primary_key=True)
    at = models.BigIntegerField()
    actor = models.CharField(max_length=32)
    purpose = models.CharField(max_length=40)
    fields = models.JSONField()
    circumstance = models.CharField(max_length=40)
    reason = models.CharField(max_length=40, blank=True, default="")
    why = models.JSONField()
    noted_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, blank=True, default="")
    outcome_by = models.BigIntegerField(null=True)
    outcome_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["outcome", "noted_at"], name="review_flagged_open")]

    def __str__(self) -> str:
        return f"flagged look {self.index}"


class Progress(models.Model):
    """How far the ledger has been gone through, by each of the two rounds."""

    name = models.CharField(max_length=16, primary_key=True)
    index = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.index}"
