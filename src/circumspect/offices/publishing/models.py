"""The tables of what is published. No patron is in any of them; who wrote is a colleague's number.

Nothing published is changed: a correction is a further version, and all versions stay.

Source: clauses TH-6.3, TH-7.2, TH-8.1; issue "The public side", section 2.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from circumspect.offices.publishing.rules import Kind


class Entry(models.Model):
    """One piece of news, event, service or list: its address, under which its versions follow each other."""

    kind = models.CharField(max_length=12, choices=[(str(kind), str(kind)) for kind in Kind])
    slug = models.CharField(max_length=60)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "slug"], name="publishing_one_address_each")
        ]

    def __str__(self) -> str:
        return f"{self.kind}/{self.slug}"


class EntryVersion(models.Model):
    """One version of an entry.

    Attributes:
        texts: By language: title, summary, body (Markdown).
        by: Who wrote it, as "staff:17".
        shows_from: From when it is shown; None for a draft.
        shows_until: From when the entry is shown no more.
        starts_at: Of an event.
        branch: Of an event: where, by the branch's code.
        place: Of an event: the room, or a place that is no branch.
        titles: Of a list: pairs of a title's number and a remark.
    """

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    texts = models.JSONField()
    by = models.CharField(max_length=40)
    made_at = models.DateTimeField()
    shows_from = models.DateTimeField(null=True)
    shows_until = models.DateTimeField(null=True)
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    branch = models.CharField(max_length=32, default="", blank=True)
    place = models.CharField(max_length=160, default="", blank=True)
    titles = models.JSONField(default=list, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["entry", "number"], name="publishing_one_version_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.entry_id}.{self.number}"


class PolicyText(models.Model):
    """One version of one published policy.

    Attributes:
        policy: The policy's part of the address, such as "privacy".
        texts: By language: title and body (Markdown).
        note: By language: what is collected, how it is used, when it may be disclosed. Empty for a first version.
        material: The change matters to people.
        places: Where the change is shown besides its own page.
        by_mail: Those who asked for news are written to, once.
        mailed_at: When they were.
    """

    policy = models.CharField(max_length=60)
    version = models.CharField(max_length=32)
    texts = models.JSONField()
    adopted_on = models.DateField()
    adopted_by = models.CharField(max_length=160)
    in_force_from = models.DateTimeField()
    published_at = models.DateTimeField()
    note = models.JSONField(default=dict, blank=True)
    material = models.BooleanField(default=False)
    places = models.JSONField(default=list, blank=True)
    by_mail = models.BooleanField(default=False)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["policy", "version"], name="publishing_one_policy_version"),
            models.UniqueConstraint(
                fields=["policy", "in_force_from"], name="publishing_one_policy_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.version}"


class PolicyReview(models.Model):
    """That a policy is to be looked at again, and what came of it."""

    policy = models.CharField(max_length=60)
    due_on = models.DateField()
    done_on = models.DateField(null=True)
    outcome = models.CharField(max_length=400, default="", blank=True)
    by = models.CharField(max_length=40, default="", blank=True)

    def __str__(self) -> str:
        return f"review of {self.policy}"


class OutsideSite(models.Model):
    """A site that is not the library's, to which its pages link.

    Attributes:
        is_service: Used on the library's account or card: a vendor. It is entered by way of a notice.
        about: By language.
        sets: By language: what it sets and keeps, as its own policy says.
        privacy_address: Its own privacy policy; "" is flagged.
        needs_cookies: Whoever refuses its cookies may not be able to use it.
        checked_on, broken: When its addresses were last tried, and which of them did not answer.
        sign_on: Patrons may sign in there by way of this library.
        client_id, secret_hash, return_addresses: How the service is known to the sign-on.
        tells: What it is told besides that somebody is valid.
    """

    slug = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=400)
    about = models.JSONField(default=dict)
    is_service = models.BooleanField(default=False)
    sets = models.JSONField(default=dict, blank=True)
    privacy_address = models.CharField(max_length=400, default="", blank=True)
    needs_cookies = models.BooleanField(default=False)
    withdrawn = models.BooleanField(default=False)
    checked_on = models.DateField(null=True)
    broken = models.JSONField(default=list, blank=True)
    sign_on = models.BooleanField(default=False)
    client_id = models.CharField(max_length=40, default="", blank=True, db_index=True)
    secret_hash = models.CharField(max_length=64, default="", blank=True)
    return_addresses = models.JSONField(default=list, blank=True)
    tells = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return self.slug


class SocialPost(models.Model):
    """That an entry's version was given to one of the library's accounts elsewhere."""

    version = models.ForeignKey(EntryVersion, models.CASCADE, related_name="posts")
    account = models.CharField(max_length=60)
    posted_on = models.DateField(null=True)
    address = models.CharField(max_length=400, default="", blank=True)
    failed = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["version", "account"], name="publishing_posted_once")
        ]

    def __str__(self) -> str:
        return f"{self.version_id} to {self.account}"
