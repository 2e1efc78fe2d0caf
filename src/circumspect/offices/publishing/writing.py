"""Write an entry, version by version: a draft is anybody's to go on with, what is published is never changed.

Source: issue "The public side", section 2 ("preview, versions and schedule").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from circumspect.offices.publishing.models import Entry, EntryVersion
from circumspect.offices.publishing.rules import Kind, PublishingError, checked_texts, is_slug, slug_of
from circumspect.records.catalog.models import Branch
from circumspect.records.catalog.search import search
from circumspect.trust.policy.request import Actor, Role

MOST_TITLES = 60


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form gives.

    Attributes:
        titles: Of a list: each an ISBN, a barcode or words that find one title, and a remark.
    """

    kind: Kind
    texts: Mapping[str, Mapping[str, str]]
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    branch: str = ""
    place: str = ""
    titles: Sequence[tuple[str, str]] = field(default=())


def may_write(actor: Actor) -> bool:
    """Whether somebody writes what the library says (communications staff and directors)."""
    return actor.active and bool(
        actor.roles & {Role.COMMUNICATIONS, Role.EXECUTIVE_DIRECTOR, Role.DEPUTY_DIRECTOR}
    )


def save_draft(draft: Draft, by: Actor, *, now: dt.datetime, entry_id: int | None = None) -> EntryVersion:
    """Keep a draft. The last draft of an entry is written over; what was published stays.

    Raises:
        PublishingError: Something is missing or wrong. Names the field.
        Entry.DoesNotExist: There is no such entry.
    """
    texts = checked_texts(draft.texts)
    _check_event(draft)
    titles = find_titles(draft.titles)
    with transaction.atomic():
        entry = (
            Entry.objects.select_for_update().get(pk=entry_id, kind=draft.kind)
            if entry_id
            else Entry.objects.create(kind=draft.kind, slug=_free_slug(draft.kind, texts["en"]["title"]))
        )
        latest = entry.versions.order_by("-number").first()
        if latest is not None and latest.shows_from is None:
            version = latest
        else:
            version = EntryVersion(entry=entry, number=latest.number + 1 if latest else 1)
        version.texts = texts
        version.by = f"{by.kind}:{by.id}"
        version.made_at = now
        version.starts_at, version.ends_at = draft.starts_at, draft.ends_at
        version.branch, version.place = draft.branch, draft.place.strip()[:160]
        version.titles = titles
        version.save()
    return version


def publish(
    version: EntryVersion,
    *,
    now: dt.datetime,
    shows_from: dt.datetime | None = None,
    shows_until: dt.datetime | None = None,
) -> EntryVersion:
    """Let a draft be shown, now or from a moment on.

    Raises:
        PublishingError: It is published already, or would end before it begins.
    """
    begins = max(shows_from or now, now)
    if shows_until is not None and shows_until <= begins:
        raise PublishingError("shows_until", "is not after the moment from which it is shown")
    done = EntryVersion.objects.filter(pk=version.pk, shows_from=None).update(
        shows_from=begins, shows_until=shows_until
    )
    if not done:
        raise PublishingError("shows_from", "is published already; save a new draft to change it")
    version.refresh_from_db()
    return version


def withdraw(entry_id: int, *, withdrawn: bool = True) -> None:
    """Show an entry no more, or again. Its versions stay."""
    Entry.objects.filter(pk=entry_id).update(withdrawn=withdrawn)


def find_titles(wanted: Sequence[tuple[str, str]]) -> list[list[object]]:
    """The numbers of a list's titles, each with its remark.

    Raises:
        PublishingError: One is not found, or finds several: which line.
    """
    if len(wanted) > MOST_TITLES:
        raise PublishingError("titles", f"may have {MOST_TITLES} lines at most")
    out: list[list[object]] = []
    for line, (words, remark) in enumerate(wanted, start=1):
        found = search(words, limit=2)
        exact = [each for each in found if each.title.casefold() == words.strip().casefold()] or found
        if len(exact) != 1:
            raise PublishingError(
                "titles",
                f"finds {'no title' if not found else 'several titles'} in line {line}: give its ISBN",
            )
        out.append([exact[0].title_id, " ".join(remark.split())[:300]])
    return out


def _check_event(draft: Draft) -> None:
    if draft.kind is not Kind.EVENT:
        return
    if draft.starts_at is None:
        raise PublishingError("starts_at", "is needed for an event")
    if draft.ends_at is not None and draft.ends_at <= draft.starts_at:
        raise PublishingError("ends_at", "is not after the beginning")
    if draft.branch and not Branch.objects.filter(code=draft.branch).exists():
        raise PublishingError("branch", "is not a branch of ours")


def _free_slug(kind: Kind, title: str) -> str:
    base = slug_of(title) or str(kind)
    taken = set(Entry.objects.filter(kind=kind, slug__startswith=base).values_list("slug", flat=True))
    for further in range(1, 1000):
        slug = base if further == 1 else f"{base[:55]}-{further}"
        if slug not in taken and is_slug(slug):
            return slug
    raise PublishingError("title-en", "is that of too many others")
