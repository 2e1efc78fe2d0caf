"""The key store: what opens the records, itself wrapped under the key-encryption keys.

A database of its own, in the key folder, backed up apart from the records. It holds random ids,
dates of epochs and wrapped keys: without the key-encryption key it opens nothing, and even with it
it holds nobody's data.
"""

from __future__ import annotations

from django.db import models


class SubjectKey(models.Model):
    """One subject's data key: a patron's, or that of something else which is sealed. Destroying the row shreds it all."""

    subject = models.BigIntegerField(primary_key=True)
    kek = models.IntegerField()
    wrapped = models.BinaryField()
    ends_day = models.IntegerField(null=True)  # the first day, counted from year 1, on which it opens nothing

    class Meta:
        db_table = "vault_subject_key"
        indexes = [models.Index(fields=["kek"], name="vault_subject_kek")]


class EpochKey(models.Model):
    """The link key of one series and one span of time. ``wrapped`` is gone once destroyed."""

    series = models.CharField(max_length=40)
    epoch = models.IntegerField()
    begins_on = models.DateField()
    ends_on = models.DateField()  # the last day on which it makes new links
    dies_on = models.DateField()  # the first day on which it opens nothing
    destroyed_on = models.DateField(null=True)
    kek = models.IntegerField()
    wrapped = models.BinaryField(null=True)

    class Meta:
        db_table = "vault_epoch_key"
        constraints = [models.UniqueConstraint(fields=["series", "epoch"], name="vault_epoch_once")]


class IndexKey(models.Model):
    """A named key of the house: blind indexes (by generation), the PIN key, keys of staff secrets."""

    name = models.CharField(max_length=40)
    generation = models.IntegerField()
    kek = models.IntegerField()
    wrapped = models.BinaryField()

    class Meta:
        db_table = "vault_index_key"
        constraints = [models.UniqueConstraint(fields=["name", "generation"], name="vault_index_once")]


class Rotation(models.Model):
    """How far a rotation has come: written in step with its batches, so that it can go on after a stop."""

    kind = models.CharField(max_length=20, primary_key=True)  # "kek" or "index"
    target = models.IntegerField()
    cursor = models.BigIntegerField(default=-1)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)

    class Meta:
        db_table = "vault_rotation"
