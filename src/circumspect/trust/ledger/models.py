"""The ledger's tables: entries in order, their subject links, the tree over them, the signed heads.

An entry's ``body`` is the very text that is hashed, byte for byte, so that a verifier needs nothing but
SHA-256. The links stand in a table of their own: when their epoch dies they become NULL, and since a
leaf commits to salted digests and not to links, the tree still verifies.

A database of its own, written by ``writing`` and read by ``store``; nothing else touches it.

Source: ARCHITECTURE.md, "The ledger is not a second surveillance record"; guarantee 6.
"""

from __future__ import annotations

from django.db import models


class Head(models.Model):
    """One row: the index the next entry takes. Writers queue on it."""

    id = models.IntegerField(primary_key=True)
    size = models.BigIntegerField()

    class Meta:
        db_table = "ledger_head"


class Entry(models.Model):
    """One leaf. Never updated, never deleted."""

    idx = models.BigIntegerField(primary_key=True)
    body = models.TextField()
    leaf_hash = models.BinaryField()

    class Meta:
        db_table = "ledger_entry"


class EntryMark(models.Model):
    """Whose record an entry was about, as a link and a sealed back-reference of one epoch."""

    pk = models.CompositePrimaryKey("entry", "ordinal")
    entry = models.BigIntegerField()
    ordinal = models.IntegerField()
    epoch = models.IntegerField()
    link = models.BinaryField(max_length=16, null=True)
    back = models.BinaryField(null=True)

    class Meta:
        db_table = "ledger_entry_mark"
        indexes = (models.Index(fields=["epoch", "link"], name="ledger_mark_link"),)


class Node(models.Model):
    """The hash of a complete subtree of 2**level leaves, from level 1 up; leaves are in ``Entry``."""

    pk = models.CompositePrimaryKey("level", "idx")
    level = models.IntegerField()
    idx = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "ledger_node"


class Checkpoint(models.Model):
    """A signed tree head: what this library can no longer deny to have said."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        db_table = "ledger_checkpoint"


class PolicyBundle(models.Model):
    """The texts of a policy that entries name by hash, kept so that their decisions can be replayed."""

    hash = models.CharField(max_length=64, primary_key=True)
    body = models.TextField()

    class Meta:
        db_table = "ledger_policy_bundle"
