"""The table of machines that speak SIP2. No patron is in it, and no time at which anybody used one.

A machine that is taken out of service keeps its number, name and profile, so that the ledger's "terminal:3"
goes on meaning one machine; all that would let it in again goes.
"""

from __future__ import annotations

from django.db import models


class Terminal(models.Model):
    """One machine's account.

    Attributes:
        profile: Code of the profile it was made from, which is its role for the policy.
        institution: What it is told as AO.
        networks: CIDR texts from which it may come; empty for anywhere.
        certificate_sha256: Of the client certificate it shows, hex; "" where none is asked.
        by_network: It need not log in where it comes from one of its networks.
        name_instead: What stands for the patron's name where the name is not told.
        error_detection: "follow" (as the machine does), "always" or "never".
    """

    name = models.CharField(max_length=40, unique=True)
    profile = models.CharField(max_length=20)
    password = models.CharField(max_length=200)
    institution = models.CharField(max_length=40)
    branch = models.CharField(max_length=20)
    networks = models.JSONField(default=list)
    certificate_sha256 = models.CharField(max_length=64, blank=True, default="")
    by_network = models.BooleanField(default=False)
    encoding = models.CharField(max_length=8, default="cp850")
    error_detection = models.CharField(max_length=6, default="follow")
    terminator = models.CharField(max_length=4, default="cr")
    pin_required = models.BooleanField(default=True)
    no_block = models.BooleanField(default=False)
    name_instead = models.CharField(max_length=40, blank=True, default="Patron")
    messages = models.JSONField(default=list)
    fields = models.JSONField(default=list)
    idle_seconds = models.PositiveIntegerField(default=600)
    active = models.BooleanField(default=True)

    class Meta:
        db_table = "terminals_terminal"

    def __str__(self) -> str:
        return f"terminal:{self.pk}"
