"""What is shown at a moment: of each entry its newest version whose moment has come.

Source: issue "The public side", section 2.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from circumspect.offices.publishing.models import EntryVersion
from circumspect.offices.publishing.rules import Kind


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry as it is shown.

    Attributes:
        texts: By language: title, summary, body.
        since: From when this version is shown.
        titles: Of a list: a title's number and a remark.
    """

    id: int
    version_id: int
    kind: Kind
    slug: str
    number: int
    texts: Mapping[str, Mapping[str, str]]
    since: dt.datetime
    first_shown: dt.datetime
    starts_at: dt.datetime | None
    ends_at: dt.datetime | None
    branch: str
    place: str
    titles: tuple[tuple[int, str], ...]


def shown(kind: Kind, now: dt.datetime, *, slug: str = "") -> list[Shown]:
    """Every entry of a kind that is shown now, the newest first.

    Args:
        slug: Only the one with this address.
    """
    rows = EntryVersion.objects.filter(
        entry__kind=kind,
        entry__withdrawn=False,
        shows_from__lte=now,
        **({"entry__slug": slug} if slug else {}),
    ).select_related("entry")
    newest: dict[int, EntryVersion] = {}
    first: dict[int, dt.datetime] = {}
    for row in rows.order_by("entry_id", "number"):
        newest[row.entry_id] = row
        if row.shows_from is not None:
            first[row.entry_id] = min(first.get(row.entry_id, row.shows_from), row.shows_from)
    live = [
        _shown(row, first[row.entry_id])
        for row in newest.values()
        if row.shows_until is None or row.shows_until > now
    ]
    return sorted(live, key=lambda each: (each.first_shown, each.id), reverse=True)


def to_come(now: dt.datetime) -> list[Shown]:
    """Events that are not over, the next first."""
    events = [each for each in shown(Kind.EVENT, now) if each.starts_at is not None]
    open_ones = [each for each in events if (each.ends_at or each.starts_at or now) >= now]
    return sorted(open_ones, key=lambda each: (each.starts_at or now, each.id))


def one(kind: Kind, slug: str, now: dt.datetime) -> Shown | None:
    """The entry with this address, if it is shown now."""
    found = shown(kind, now, slug=slug)
    return found[0] if found else None


def published(now: dt.datetime) -> list[EntryVersion]:
    """Every version of every entry that has been shown by now, withdrawn ones too: they were public."""
    rows = EntryVersion.objects.filter(shows_from__lte=now).select_related("entry")
    return list(rows.order_by("entry_id", "number"))


def drafts_and_entries(kind: Kind) -> list[tuple[EntryVersion, EntryVersion | None, bool]]:
    """For the editor: of each entry its newest version, its newest published one, and whether it is withdrawn."""
    newest: dict[int, EntryVersion] = {}
    published: dict[int, EntryVersion] = {}
    for row in EntryVersion.objects.filter(entry__kind=kind).select_related("entry").order_by("number"):
        newest[row.entry_id] = row
        if row.shows_from is not None:
            published[row.entry_id] = row
    ordered = sorted(newest.values(), key=lambda row: row.made_at, reverse=True)
    return [(row, published.get(row.entry_id), row.entry.withdrawn) for row in ordered]


def _shown(row: EntryVersion, first: dt.datetime) -> Shown:
    return Shown(
        id=row.entry_id,
        version_id=row.pk,
        kind=Kind(row.entry.kind),
        slug=row.entry.slug,
        number=row.number,
        texts=row.texts,
        since=row.shows_from or row.made_at,
        first_shown=first,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        branch=row.branch,
        place=row.place,
        titles=tuple((int(key), str(remark)) for key, remark in row.titles),
    )
