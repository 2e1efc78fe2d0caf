"""Sealed copies: what is set aside under a key of its own, and what stays to prove that it went."""

from __future__ import annotations

from django.db import models


class SealedCopy(models.Model):
    """One copy. Its number is also its subject: the key store holds a key of that number, with a last day.

    No patron's number stands here. Once the copy is destroyed the row is the evidence of it.
    """

    id = models.BigIntegerField(primary_key=True)  # random
    matter = models.BigIntegerField(db_index=True)  # the case it was made for
    kind = models.CharField(max_length=16)
    made_at = models.BigIntegerField()  # seconds since 1970, like the three below
    ends_at = models.BigIntegerField(db_index=True)
    # The latest moment at which anybody looked: a clock set back afterwards prolongs nothing.
    seen_at = models.BigIntegerField()
    destroyed_at = models.BigIntegerField(null=True)
    # What went: of each part the series, its length and the SHA-256 of its sealed bytes.
    evidence = models.JSONField(default=list)

    class Meta:
        db_table = "privacydesk_sealed_copy"


class CopyPart(models.Model):
    """One sealed part of a copy."""

    id = models.BigIntegerField(primary_key=True)  # random
    copy = models.ForeignKey(SealedCopy, on_delete=models.CASCADE)
    series = models.CharField(max_length=40)
    sealed_content = models.BinaryField()

    class Meta:
        db_table = "privacydesk_copy_part"
