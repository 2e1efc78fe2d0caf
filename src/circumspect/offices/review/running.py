"""The review's two rounds: every few seconds for decoys, once a day for everything else.

The daily round goes through what the ledger has new, tells which looks are idle, and asks at the door, as the machine it
is, for family name, street and birth date of the records they were at. It numbers them as they come, compares the numbers with
those of the staff's own cards, and lets the numbering go when it ends. What it keeps of an idle look is a token, two
flags and a moment, for five weeks: enough to see a pattern, and nothing to read.

A round may be stopped anywhere and begun again: it notes how far it came only after it has written what it found.

Source: guarantee 11; clause MP-7.15.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence

from django.db import transaction

from circumspect.offices.review import cards, detecting, gathering
from circumspect.offices.review.detecting import DAY, WINDOW_DAYS, Known, Look, Traits, Why
from circumspect.offices.review.gathering import Seen
from circumspect.offices.review.models import DayCount, Flagged, IdleLook, Progress
from circumspect.records.catalog.models import Branch
from circumspect.records.circulation.lending import zone_of
from circumspect.records.circulation.rulebook import RULE_BOOK
from circumspect.records.patrons.reading import SERIES as REGISTRATION
from circumspect.records.patrons.reading import Record, read
from circumspect.records.patrons.standing import age_band
from circumspect.records.textrules import fold
from circumspect.trust.door.door import LEDGER_SERIES, Part
from circumspect.trust.door.house import House
from circumspect.trust.ledger.store import LedgerEntry
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
from circumspect.trust.vault.vault import Link

REVIEWER = Actor(ActorKind.JOB, "review")
WATCH_EVERY_SECONDS = 15.0
KEEP_IDLE_DAYS = 35
# Looks drawn by lot, so that somebody sees honest ones too, and what no rule thought of.
SAMPLE_A_ROUND = 5
TRAITS = ("family_name", "street", "postcode", "birth_date")
_PAGE, _BATCH = 200, 2000
_MINOR = ("0-4", "5-11", "12-17")


def watch(house: House) -> int:
    """Report looks at decoys that have been entered since the last time; how many. One errand is one look."""
    size = house.ledger.size()
    progress, _ = Progress.objects.get_or_create(name="decoys")
    if size == progress.index:
        return 0
    found = 0
    for decoy, since in cards.decoys(house).items():
        entries = house.ledger.entries_for_links(sorted(cards.ledger_links(house.vault, decoy)), 500)
        known = {entry.index for entry in entries}
        for entry in reversed(entries):
            if max(since, progress.index) <= entry.index < size and not _is_ours(entry.body):
                found += _report(house, entry, known)
    progress.index = size
    progress.save()
    return found


def _report(house: House, entry: LedgerEntry, about_it: Collection[int]) -> int:
    """Report a look at a decoy; what belongs to an errand that is reported already is added to it.

    Args:
        about_it: Entries about the same decoy.
    """
    body, at = entry.body, gathering.moment(entry.body)
    fields = [f"{body['series']}: {name}" for name in body["fields"]]
    recent = Flagged.objects.filter(
        index__in=about_it, actor=body["actor"], at__gt=at - gathering.ERRAND_SECONDS, outcome=""
    ).first()
    if recent is not None:
        recent.fields = sorted({*recent.fields, *fields})
        recent.save(update_fields=["fields"])
        return 0
    return _flag(
        entry.index,
        {Why.DECOY},
        at=at,
        actor=body["actor"],
        purpose=body["purpose"],
        fields=fields,
        circumstance=body["circumstance"],
        reason=body["reason"] or "",
        now=house.clock(),
    )


def review(house: House) -> int:
    """Go through the looks that the ledger has new; how many were flagged.

    Raises:
        Refused, DoorClosed: The machine may not work things out; nothing is noted, and the next round begins here.
    """
    watch(house)
    progress, _ = Progress.objects.get_or_create(name="looks")
    start, size = progress.index, house.ledger.size()
    # An errand that still goes on is looked at when it is over.
    until = house.second() - 2 * gathering.ERRAND_SECONDS
    flagged = 0
    while start < size:
        entries = house.ledger.entries(start, min(size, start + _BATCH))
        fresh = [entry for entry in entries if gathering.moment(entry.body) <= until]
        if not fresh:
            break
        # Acts a little later belong to the looks at the end of this batch.
        later = house.ledger.entries(fresh[-1].index + 1, fresh[-1].index + 1 + _BATCH // 4)
        seen = [
            look for look in gathering.looks(house.ledger, [*fresh, *later]) if look.index <= fresh[-1].index
        ]
        flagged += _batch(house, seen)
        start = fresh[-1].index + 1
        Progress.objects.filter(name="looks").update(index=start)
    return flagged + _patterns(house)


def forget_old(house: House) -> int:
    """Forget idle looks and counts older than five weeks, and flagged looks that have outlived their rule."""
    now = house.second()
    idle, _ = IdleLook.objects.filter(at__lt=now - KEEP_IDLE_DAYS * DAY).delete()
    DayCount.objects.filter(day__lt=house.today() - dt.timedelta(days=KEEP_IDLE_DAYS)).delete()
    days = house.schedule().item("looks under review").days
    old = house.clock() - dt.timedelta(days=days)
    flagged, _ = Flagged.objects.filter(noted_at__lte=old).delete()
    return idle + flagged


def _batch(house: House, seen: Sequence[Seen]) -> int:
    """Judge some looks one by one, and keep what patterns are made of."""
    own = cards.ties(house)
    own_links = {actor: cards.ledger_links(house.vault, patron) for actor, patron in own.items()}
    idle = [look for look in seen if not look.acted]
    whose, traits = _worked_out(house, idle, own.values())
    known = Known(
        {actor: cards.token(house.vault, patron) for actor, patron in own.items()},
        traits,
        frozenset(),
        _opening_hours(house),
        detecting.common_names(traits.values()),
    )
    judged: list[tuple[Seen, Look, frozenset[Why]]] = []
    for look in seen:
        subject = whose.get(look.index, b"")
        if not subject and (look.mark.epoch, look.mark.link) in own_links.get(look.actor, ()):
            subject = known.cards[look.actor]
        as_judged = Look(
            look.index,
            look.at,
            look.actor,
            subject,
            look.is_explained,
            look.acted or not subject,
            is_stranger=bool(subject) and not look.acted and _is_stranger(house, look),
            is_minor=traits.get(subject, Traits()).is_minor,
        )
        judged.append((look, as_judged, detecting.about_one(as_judged, known)))
    return _keep(house, judged)


def _keep(house: House, judged: Sequence[tuple[Seen, Look, frozenset[Why]]]) -> int:
    zone, flagged = zone_of(house), 0
    with transaction.atomic():
        for (actor, day), times in Counter(
            (look.actor, dt.datetime.fromtimestamp(look.at, zone).date()) for look, _, _ in judged
        ).items():
            count, _ = DayCount.objects.get_or_create(actor=actor, day=day, defaults={"looks": 0})
            count.looks += times
            count.save()
        IdleLook.objects.bulk_create(
            [
                IdleLook(
                    index=look.index,
                    at=look.at,
                    actor=look.actor,
                    subject=look.subject,
                    is_explained=look.is_explained,
                    is_stranger=look.is_stranger,
                    is_minor=look.is_minor,
                )
                for _, look, _ in judged
                if look.is_idle
            ],
            ignore_conflicts=True,
        )
        for seen, _, why in judged:
            if why:
                flagged += _flag_seen(house, seen, why)
        unflagged = [seen for seen, _, why in judged if not why]
        for seen in random.sample(unflagged, min(SAMPLE_A_ROUND, len(unflagged))):
            _flag_seen(house, seen, {Why.SAMPLE})
    return flagged


def _patterns(house: House) -> int:
    """What the idle looks of the window make together."""
    now = house.second()
    rows = IdleLook.objects.filter(at__gt=now - WINDOW_DAYS * DAY).order_by("index")
    idle = [
        Look(
            row.index,
            row.at,
            row.actor,
            bytes(row.subject),
            row.is_explained,
            acted=False,
            is_stranger=row.is_stranger,
            is_minor=row.is_minor,
        )
        for row in rows
    ]
    totals: Counter[str] = Counter()
    since = house.today() - dt.timedelta(days=WINDOW_DAYS)
    for actor, looks in DayCount.objects.filter(day__gt=since).values_list("actor", "looks"):
        totals[actor] += looks
    found = detecting.patterns(idle, totals)
    known = set(Flagged.objects.filter(index__in=list(found)).values_list("index", flat=True))
    flagged = 0
    for index, why in found.items():
        if index in known:
            _add_why(index, why)
            continue
        entry = house.ledger.entries(index, index + 1)
        for seen in gathering.looks(house.ledger, entry):
            flagged += _flag_seen(house, seen, why)
    return flagged


def _worked_out(
    house: House, idle: Sequence[Seen], own: Iterable[int]
) -> tuple[dict[int, bytes], dict[bytes, Traits]]:
    """Whose record each idle look was at, as a token; and the traits of these records and of the staff's own."""
    numbers: dict[str, bytes] = {}  # of this round alone: those of two rounds cannot be compared
    whose: dict[int, bytes] = {}
    traits: dict[bytes, Traits] = {}
    part = Part(Action.USE, Purpose.REVIEW, REGISTRATION, (), frozenset(TRAITS))
    for begin in range(0, len(idle), _PAGE):
        page = idle[begin : begin + _PAGE]
        links = [
            Link(look.mark.epoch, look.mark.link, look.mark.back)
            for look in page
            if look.mark.link is not None and look.mark.back is not None
        ]
        subjects, openings = house.door.ask_all_by_links(
            REVIEWER, [part], circumstance=Circumstance.SCHEDULED, links=links, link_series=LEDGER_SERIES
        )
        for look, subject in zip(page, subjects, strict=True):
            if subject is not None:
                whose[look.index] = cards.token(house.vault, subject)
        for opening in openings:
            traits |= _traits(house, numbers, read(opening, opening.subjects, TRAITS))
    held = sorted(house.vault.subjects_with_keys(sorted(set(own))))
    if held and idle:
        opening = house.door.ask(
            REVIEWER,
            action=Action.USE,
            purpose=Purpose.REVIEW,
            series=REGISTRATION,
            subjects=held,
            fields=TRAITS,
            circumstance=Circumstance.SCHEDULED,
        )
        traits |= _traits(house, numbers, read(opening, held, TRAITS))
    return whose, traits


def _traits(house: House, numbers: dict[str, bytes], records: Iterable[Record]) -> dict[bytes, Traits]:
    today = house.today()
    found = {}
    for record in records:
        born = dt.date.fromisoformat(record["birth_date"]) if record["birth_date"] else None
        street = fold(record["street"])
        home = f"home {street} {fold(record['postcode'])}"
        found[cards.token(house.vault, record.patron)] = Traits(
            _number(numbers, home) if street else b"",
            _number(numbers, f"name {fold(record['family_name'])}"),
            age_band(born, today) in _MINOR,
        )
    return found


def _number(numbers: dict[str, bytes], value: str) -> bytes:
    return numbers.setdefault(value, len(numbers).to_bytes(4, "big"))


def _is_stranger(house: House, look: Seen) -> bool:
    """Whether nobody has done anything on the record in the four weeks before, as far as the ledger's epoch tells."""
    mark = look.mark
    if mark.link is None:
        return False
    around = house.ledger.entries_for_links([(mark.epoch, mark.link)], 60)
    since = look.at - WINDOW_DAYS * DAY
    return not any(
        gathering.is_act(entry.body) and not _is_ours(entry.body) and gathering.moment(entry.body) >= since
        for entry in around
    )


def _opening_hours(house: House) -> Callable[[int, int], bool]:
    """Whether any branch is open at a moment, give or take; always where no branch's hours are known."""
    zone = zone_of(house)
    calendars = [
        calendar
        for code in Branch.objects.values_list("code", flat=True)
        if any((calendar := RULE_BOOK.calendar(code, zone)).week)
    ]

    def is_open(at: int, margin: int) -> bool:
        days = {dt.datetime.fromtimestamp(at + each, zone).date() for each in (-margin, 0, margin)}
        return not calendars or any(
            start - margin <= at < end + margin
            for calendar in calendars
            for day in days
            for start, end in calendar.spells(day)
        )

    return is_open


def _flag_seen(house: House, seen: Seen, why: Iterable[Why]) -> int:
    return _flag(
        seen.index,
        why,
        at=seen.at,
        actor=seen.actor,
        purpose=seen.purpose,
        fields=list(seen.fields),
        circumstance=seen.circumstance,
        reason=seen.reason,
        now=house.clock(),
    )


def _flag(index: int, why: Iterable[Why], *, now: dt.datetime, **told: object) -> int:
    reasons = sorted(each.value for each in why)
    _, made = Flagged.objects.get_or_create(index=index, defaults={"why": reasons, "noted_at": now, **told})
    if not made:
        _add_why(index, why)
    return int(made)


def _add_why(index: int, why: Iterable[Why]) -> None:
    row = Flagged.objects.get(index=index)
    more = sorted({*row.why, *(each.value for each in why)} - {Why.SAMPLE.value})
    if more != row.why:
        row.why = more
        row.save(update_fields=["why"])


def _is_ours(body: object) -> bool:
    return isinstance(body, dict) and body.get("actor") == f"job:{REVIEWER.id}"
