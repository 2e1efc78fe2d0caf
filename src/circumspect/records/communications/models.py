"""Tables of the newsletter: who asked for it, who must not be written to, what was written.

An address rests sealed under a key of its own, beside a keyed token that finds it. Nobody's name, card or reading
is here, and no row says that a mail was opened, for nothing asks. Of somebody who unsubscribed a keyed hash
stays for thirty days, and then nothing.

Source: clauses TH-4.2, TH-1.12.
"""

from __future__ import annotations

from django.db import models


class Subscription(models.Model):
    """An address that the newsletter goes to, or that has not said yes yet."""

    # Random, and the vault's number of the key it is sealed under.
    id = models.BigIntegerField(primary_key=True)
    token = models.BinaryField()
    state = models.CharField(max_length=10)  # "asked", "mailed" or "confirmed"
    language = models.CharField(max_length=8)
    topics = models.CharField(max_length=40)  # of ``newsletter.Topic``, with commas
    day = models.DateField()  # asked, and then confirmed
    sealed_address = models.BinaryField()

    class Meta:
        db_table = "communications_subscription"
        indexes = [
            models.Index(fields=["token"], name="communications_sub_token"),
            models.Index(fields=["state"], name="communications_sub_state"),
        ]


class Suppression(models.Model):
    """A keyed hash of an address that unsubscribed: it is not written to, whoever types it."""

    token = models.BinaryField(unique=True)
    day = models.DateField()

    class Meta:
        db_table = "communications_suppression"


class Issue(models.Model):
    """One newsletter: the library's own words."""

    id = models.BigIntegerField(primary_key=True)
    topic = models.CharField(max_length=10)
    words = models.TextField()  # by language: subject and text
    state = models.CharField(max_length=8)  # "draft", "queued" or "sent"
    written_on = models.DateField()
    sent_on = models.DateField(null=True)
    reached = models.BigIntegerField(default=-1)  # the subscription it has come to, in order of their numbers
    count = models.IntegerField(default=0)

    class Meta:
        db_table = "communications_issue"
