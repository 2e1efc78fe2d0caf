"""Publish a policy, find the version in force on any day, and tell of changes where the library chose to.

A version is never changed. The first one needs no change note; each after it says what is collected, how it is used and
when it may be disclosed, or is not published. A change that matters is shown for ``NOTICE_DAYS`` in the places chosen for it.

That staff sign a text is another matter, which ``offices/staff`` keeps: whoever publishes here may have it signed there.

Source: clauses TH-6.2, TH-6.3, TH-7.1 to TH-7.5, TH-8.1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from circumspect.offices.publishing.models import PolicyReview, PolicyText
from circumspect.offices.publishing.rules import (
    LANGUAGES,
    SOURCE,
    Place,
    PublishingError,
    checked_note,
    checked_places,
    checked_texts,
    is_slug,
)
from circumspect.trust.policy.request import Actor, Role

PRIVACY = "privacy"
NOTICE_DAYS = 30
REVIEW_MONTHS = 12
_VERSION_LENGTH = 32

# Hands a letter to everybody who asked for news, each alone; how many. None of it is this office's to know.
Mail = Callable[[Mapping[str, tuple[str, str]]], int]


@dataclass(frozen=True, slots=True)
class NewVersion:
    """What a form gives."""

    policy: str
    version: str
    texts: Mapping[str, Mapping[str, str]]
    adopted_on: dt.date
    adopted_by: str
    in_force_from: dt.datetime
    note: Mapping[str, Mapping[str, str]]
    material: bool = False
    places: Sequence[str] = ()
    by_mail: bool = False


def may_publish(actor: Actor) -> bool:
    """Whether somebody owns the policies: the Executive Director and deputies."""
    return actor.active and bool(actor.roles & {Role.EXECUTIVE_DIRECTOR, Role.DEPUTY_DIRECTOR})


def publish(new: NewVersion, *, now: dt.datetime) -> PolicyText:
    """Publish a version, and set the day of the next review.

    Raises:
        PublishingError: A field is missing or wrong, a change lacks a part of its note, one that matters
            lacks a further place, or the version would not come into force after those before it.
    """
    if not is_slug(new.policy):
        raise PublishingError("policy", "is the policy's part of the address: small letters, digits, hyphens")
    version = new.version.strip()
    if not 1 <= len(version) <= _VERSION_LENGTH or "/" in version:
        raise PublishingError("version", f"has 1 to {_VERSION_LENGTH} characters, and no slash")
    if not new.adopted_by.strip():
        raise PublishingError("adopted_by", "is needed: who adopted it")
    texts = checked_texts(new.texts)
    latest = versions(new.policy)[:1]
    note: dict[str, dict[str, str]] = {}
    if latest:
        note = checked_note(new.note, languages=list(texts))
        if new.in_force_from <= latest[0].in_force_from:
            raise PublishingError("in_force_from", "is not after the version before it")
    elif new.material:
        raise PublishingError("material", "goes with a change; this is the first version")
    places = checked_places(new.places, material=new.material)
    row = PolicyText(
        policy=new.policy,
        version=version,
        texts=texts,
        adopted_on=new.adopted_on,
        adopted_by=new.adopted_by.strip()[:160],
        in_force_from=new.in_force_from,
        published_at=now,
        note=note,
        material=new.material,
        places=places,
        by_mail=new.by_mail,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _next_review(new.policy, new.in_force_from.date())
    except IntegrityError:
        raise PublishingError(
            "version", "is published already, and a published version never changes"
        ) from None
    return row


def versions(policy: str) -> list[PolicyText]:
    """Every version of a policy, the newest first."""
    return list(PolicyText.objects.filter(policy=policy).order_by("-in_force_from"))


def in_force(policy: str, at: dt.datetime) -> PolicyText | None:
    """The version in force at a moment, or None before the first (TH-8.1)."""
    return PolicyText.objects.filter(policy=policy, in_force_from__lte=at).order_by("-in_force_from").first()


def version(policy: str, number: str) -> PolicyText | None:
    """One version by its number."""
    return PolicyText.objects.filter(policy=policy, version=number).first()


def all_in_force(at: dt.datetime) -> list[PolicyText]:
    """Of each policy the version in force, the privacy policy first."""
    found: dict[str, PolicyText] = {}
    for row in PolicyText.objects.filter(in_force_from__lte=at).order_by("in_force_from"):
        found[row.policy] = row
    return sorted(found.values(), key=lambda row: (row.policy != PRIVACY, row.policy))


def changes_at(place: Place, now: dt.datetime) -> list[PolicyText]:
    """The changes that matter, which are to be shown in a place now; those to come are announced too."""
    since = now - dt.timedelta(days=NOTICE_DAYS)
    rows = PolicyText.objects.filter(material=True, published_at__lte=now, in_force_from__gt=since).order_by(
        "-in_force_from"
    )
    return [row for row in rows if place in row.places]


def tell_by_mail(
    row: PolicyText, mail: Mail, letters: Mapping[str, tuple[str, str]], *, now: dt.datetime
) -> int:
    """Write to those who asked for news that a policy changed: once, whatever is pressed twice (TH-7.5).

    Args:
        mail: Sends to those who opted in, and to nobody else.
        letters: By language: subject and text.

    Returns:
        To how many; 0 where this was done before, or is not to be done.
    """
    with transaction.atomic():
        # Taken first, and given back where the mail is refused: of two who press at once, one writes.
        taken = PolicyText.objects.filter(pk=row.pk, by_mail=True, mailed_at=None).update(mailed_at=now)
        return mail(letters) if taken else 0


def to_be_mailed() -> list[PolicyText]:
    """Changes that those who asked are still to be told of."""
    return list(PolicyText.objects.filter(by_mail=True, mailed_at=None).order_by("in_force_from"))


# the calendar of reviews


def reviews() -> list[PolicyReview]:
    """What is to be reviewed, and what was: open ones first, by day."""
    rows = PolicyReview.objects.order_by("due_on")
    return sorted(rows, key=lambda row: (row.done_on is not None, row.due_on))


def overdue(today: dt.date) -> list[PolicyReview]:
    """Reviews whose day has passed."""
    return list(PolicyReview.objects.filter(done_on=None, due_on__lt=today).order_by("due_on"))


def review_done(
    review_id: int, outcome: str, by: Actor, *, today: dt.date, next_due: dt.date | None = None
) -> PolicyReview:
    """Write down what a review came to, and set the next one.

    Raises:
        PublishingError: There is no such open review, no outcome, or the next day is not to come.
    """
    text = " ".join(outcome.split())[:400]
    if not text:
        raise PublishingError("outcome", "is needed: what the review came to")
    if next_due is not None and next_due <= today:
        raise PublishingError("next_due", "is not a day to come")
    with transaction.atomic():
        row = PolicyReview.objects.select_for_update().filter(pk=review_id, done_on=None).first()
        if row is None:
            raise PublishingError("review", "is done already, or is not there")
        row.done_on, row.outcome, row.by = today, text, f"{by.kind}:{by.id}"
        row.save()
        PolicyReview.objects.create(policy=row.policy, due_on=next_due or _months_on(today, REVIEW_MONTHS))
    return row


def _next_review(policy: str, from_day: dt.date) -> None:
    PolicyReview.objects.filter(policy=policy, done_on=None).delete()
    PolicyReview.objects.create(policy=policy, due_on=_months_on(from_day, REVIEW_MONTHS))


def _months_on(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, 28))


def text_in(row: PolicyText, language: str) -> tuple[dict[str, str], str]:
    """A version's title and body in a language, or in English where it is not written in that one."""
    texts: dict[str, dict[str, str]] = row.texts
    return (texts[language], language) if language in texts else (texts[SOURCE], SOURCE)


def languages_of(row: PolicyText) -> list[str]:
    """In which languages a version is published."""
    return [language for language in LANGUAGES if language in row.texts]
