"""Tables of what patrons decide for themselves: a reading history, and permissions they give.

Nobody has a row here who did not ask for it. What was read is a letter to a box: ciphertext of one
padded length, without an item, a branch or a time of day. What is in the clear: that somebody has a
box, for how long they keep, how many letters are in it, in which month each ends, and how many things open it.

Source: clauses MP-3.9, MP-4.3, TH-1.11, TH-2.2.
"""

from __future__ import annotations

from django.db import models

from circumspect.records.patrons.models import Passkey, Patron


class Box(models.Model):
    """The box of one patron's reading history."""

    id = models.BigIntegerField(primary_key=True)
    patron = models.OneToOneField(Patron, models.CASCADE, related_name="+")
    public_key = models.BinaryField()
    # What opens the box; where it is locked, itself under a key made from the patron's PIN, or not there.
    sealed_key = models.BinaryField(null=True)
    is_locked = models.BooleanField(default=False)
    months = models.SmallIntegerField()

    class Meta:
        db_table = "reading_box"


class PasskeyLock(models.Model):
    """What opens a locked box, under a key that one passkey's authenticator makes. Goes with the passkey."""

    id = models.BigIntegerField(primary_key=True)
    box = models.ForeignKey(Box, models.CASCADE, related_name="passkey_locks")
    passkey = models.OneToOneField(Passkey, models.CASCADE, related_name="+")
    sealed_key = models.BinaryField()

    class Meta:
        db_table = "reading_passkey_lock"


class Entry(models.Model):
    """One title that came back, sealed to its box."""

    id = models.BigIntegerField(primary_key=True)
    box = models.ForeignKey(Box, models.CASCADE, related_name="entries")
    letter = models.BinaryField()
    ends_on = models.DateField(
        db_index=True
    )  # the first of a month: a day would tell when something came back

    class Meta:
        db_table = "reading_entry"


class Permission(models.Model):
    """What a patron lets somebody else do or see, and until when."""

    id = models.BigIntegerField(primary_key=True)
    patron = models.ForeignKey(Patron, models.CASCADE, related_name="+")
    sealed_name = models.BinaryField()
    sealed_scope = models.BinaryField()
    ends_on = models.DateField(db_index=True)  # the last day it holds

    class Meta:
        db_table = "reading_permission"
