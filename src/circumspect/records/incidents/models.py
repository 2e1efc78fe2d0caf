"""The table of reports of behaviour. No patron is in it, and no field for what anybody borrowed, asked or used.

A report is sealed under a key of its own, whose number is the row's own: no patron's key opens it, none is tied to
it, and when an account is forgotten nothing here changes. What is in the clear: kind, branch, days, what was
decided and by whom.

Source: clause MP-4.17.
"""

from __future__ import annotations

from django.db import models


class Incident(models.Model):
    """One report.

    Attributes:
        id: Random, and the vault's number of the key it is sealed under.
        reported_by: A member of staff, by number.
        measure: What followed, from the closed list; "" while nobody has decided.
        suspended_until: Last day of a suspension.
        decided_by: Who decided, by number.
        named_by: Who let a name be taken over from an account, by number; None where none was.
    """

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=16)
    branch = models.CharField(max_length=32)
    happened_on = models.DateField()
    reported_on = models.DateField()
    reported_by = models.BigIntegerField()
    measure = models.CharField(max_length=16, blank=True, default="")
    suspended_until = models.DateField(null=True)
    decided_by = models.BigIntegerField(null=True)
    named_by = models.BigIntegerField(null=True)
    sealed_account = models.BinaryField()
    sealed_description = models.BinaryField()
    sealed_identity = models.BinaryField(null=True)
    sealed_appeal = models.BinaryField(null=True)

    class Meta:
        indexes = [models.Index(fields=["reported_on"], name="incidents_reported")]

    def __str__(self) -> str:
        return "incident"
