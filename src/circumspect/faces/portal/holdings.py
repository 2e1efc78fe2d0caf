"""What is held about somebody, put in words: each datum, why it is kept, until when, and who may see it.

Values come from one gathering through the door; reasons, lives and needers from the inventory and the schedule in
force, the same that the sweep goes by: so what is said here and what is done cannot differ. What is kept besides and
shown to nobody (keyed stand-ins, random numbers, links) is told of too, from the same inventory.

Source: guarantee 10; clauses TH-1.2 to TH-1.4, TH-2.2, MP-3.9.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from circumspect import composition
from circumspect.faces.portal import inventorywords, letterwords, words
from circumspect.faces.portal.lookwords import ROLES, detail, series_name
from circumspect.faces.public import languages
from circumspect.faces.public.house import house as the_house
from circumspect.records.catalog.models import Branch
from circumspect.records.computers.models import Area
from circumspect.records.fees.rules import KIND_WORDS
from circumspect.records.gathering import Held, gather
from circumspect.records.inquiries.own import own_letters
from circumspect.records.inquiries.rules import LetterClass
from circumspect.records.patrons import passkeys
from circumspect.records.patrons.categories import DEFAULT_CATEGORIES, categories
from circumspect.records.patrons.standing import Standing
from circumspect.records.reading.permissions import Scope
from circumspect.records.series import inventory
from circumspect.trust.door.house import House
from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.inventory import FieldEntry
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.policy.schedule import Schedule, ScheduleItem, Trigger

_l = gettext_lazy

# With a context: the website says some of these too, in a sentence built otherwise.
TRIGGERS: Mapping[Trigger, Promise] = {
    Trigger.ACCOUNT_CLOSED: pgettext_lazy(
        "when it ends", "your account is closed or has run out, with nothing owed or out"
    ),
    Trigger.CARD_ENDED: pgettext_lazy("when it ends", "the card is replaced or has ended"),
    Trigger.CHECKED: pgettext_lazy("when it ends", "it was checked"),
    Trigger.ITEM_RETURNED: pgettext_lazy("when it ends", "the item is back"),
    Trigger.HOLD_ENDED: pgettext_lazy("when it ends", "it is picked up, cancelled or has run out"),
    Trigger.LENT_AND_RETURNED: pgettext_lazy("when it ends", "it went back to the lender, or was refused"),
    Trigger.SETTLED: pgettext_lazy("when it ends", "it is settled"),
    Trigger.SESSION_ENDED: pgettext_lazy("when it ends", "the session has ended"),
    Trigger.SENT: pgettext_lazy("when it ends", "it was sent"),
    Trigger.ANSWERED: pgettext_lazy("when it ends", "it is answered or closed"),
    Trigger.MACHINE_GONE: pgettext_lazy("when it ends", "the machine is taken out of service"),
    Trigger.OWN_EXPIRY: pgettext_lazy("when it ends", "its own last day"),
    Trigger.ENTERED: pgettext_lazy("when it ends", "it was written down"),
    Trigger.ITEM_WITHDRAWN: pgettext_lazy("when it ends", "the item is withdrawn"),
    Trigger.STAFF_LEFT: pgettext_lazy("when it ends", "the member of staff has left"),
    Trigger.REPLACED: pgettext_lazy("when it ends", "it is replaced"),
    Trigger.RECEIVED: pgettext_lazy("when it ends", "it was received"),
    Trigger.UNSUBSCRIBED: pgettext_lazy("when it ends", "you unsubscribed"),
    Trigger.CASE_OVER: pgettext_lazy("when it ends", "the request is over"),
}
OTHERS: Mapping[str, Promise] = {
    "patron": _l("you"),
    "machine": _l("machines"),
    "job": _l("the library's own rounds, which show it to nobody"),
    "public": _l("everybody"),
}
# Of a series that is shown, what is shown to nobody: the page says that it is kept, and why.
_UNSHOWN: Mapping[str, frozenset[str]] = {passkeys.SERIES: passkeys.FIELDS - passkeys.SHOWN}
# What the rooms keep as a code, in words.
_CODES: Mapping[tuple[str, str], Mapping[str, object]] = {
    ("registration", "notice_channel"): words.CHANNELS,
    ("registration", "language"): languages.NAMES,
    ("registration", "notice_titles"): {"yes": _l("Yes"), "no": _l("No")},
    ("cards", "status"): words.STATES_OF_CARDS,
    ("loans", "state"): {
        "out": _l("out"),
        "claimed": _l("said to be returned"),
        "lost": _l("given up as lost"),
    },
    ("holds", "state"): words.HOLD_STATES,
    ("ill", "state"): {stage.value: text for stage, text in words.STAGES.items()},
    ("notices", "channel"): words.CHANNELS,
    ("notes", "kind"): words.NOTE_KINDS,
    ("fees", "kind"): {KIND_WORDS[kind]: text for kind, text in words.FEES.items()},
    ("computers", "state"): words.SEAT_STATES,
}


@dataclass(frozen=True, slots=True, repr=False)
class Datum:
    """One value that is held. Prints as nothing.

    Attributes:
        name: Of the field, for a file.
        why_language: In which language ``why`` is.
    """

    name: str
    label: str
    value: str
    since: dt.date | None
    why: str
    why_language: str
    until: str
    who: str


@dataclass(frozen=True, slots=True, repr=False)
class Section:
    """One series.

    Attributes:
        records: Each with its values.
        besides: What is kept of it and shown to nobody: reason, life and needers.
    """

    series: str
    title: str
    records: tuple[tuple[Datum, ...], ...]
    besides: tuple[Datum, ...]


def wanted() -> dict[str, frozenset[str]]:
    """Every field of every series that is collected about a patron and that this library may collect; and of letters."""
    known = Fields.load().series
    series = (*composition.collectors(), *(each.value for each in LetterClass))
    return {
        name: frozenset(known[name].fields) - known[name].optional - _UNSHOWN.get(name, frozenset())
        for name in series
        if name in known
    }


def held_about(house: House, actor: Actor, patron: int) -> list[Section]:
    """All that is held about somebody, in one question at the door, and one more for each of their letters.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing is shown.
    """
    collectors = composition.collectors()
    fields = {
        name: names | (house.home.fields_on & Fields.load().series[name].optional)
        for name, names in wanted().items()
        if name in collectors
    }
    gathered = gather(
        house,
        actor,
        patron,
        fields,
        action=Action.VIEW,
        purpose=Purpose.OWN_RECORD,
        circumstance=Circumstance.OWN_SIGN_IN,
        collectors=collectors,
    )
    return sections([*gathered.held, *_letters(house, patron)], house.schedule())


def _letters(house: House, patron: int) -> list[Held]:
    """What stands in each letter, as values like any other. A letter has a key of its own, which no gathering opens."""
    said, found = letterwords.words(), []
    for record, letter in enumerate(own_letters(house, patron), 1):
        series, sender = letter.letter_class.value, letter.sender
        who = ", ".join(filter(None, (sender.name, sender.email, sender.phone)))
        if who:
            found.append(Held(series, record, "sender", who, letter.received_on))
        for message in letter.messages:
            told = f"{said[letterwords.AUTHORS[message.author]]}, {languages.day(message.day)}:"
            text = f"{told}\n{message.text.everything().strip()}"
            found.append(Held(series, record, "message", text, message.day))
            found += [
                Held(series, record, "attachment", f"{kind}, {-(-size // 1000)} kB", message.day)
                for _file, kind, size in message.files
            ]
    return found


def sections(held: Iterable[Held], schedule: Schedule) -> list[Section]:
    """The values by series and record, each with what the inventory says of it."""
    entries = inventory().about_people()
    by_place: dict[tuple[str, str], FieldEntry] = {}
    for entry in entries:
        by_place.setdefault((entry.series, entry.field), entry)
    by_series: dict[str, dict[int, list[Datum]]] = {name: {} for name in wanted()}
    for each in held:
        told = by_place.get((each.series, each.field))
        by_series.setdefault(each.series, {}).setdefault(each.record, []).append(
            _datum(each.series, each.field, _shown(each), each.since, told, schedule)
        )
    shown = {(name, field) for name, fields in wanted().items() for field in fields}
    besides: dict[str, dict[str, Datum]] = {}
    for entry in entries:
        if (entry.series, entry.field) in shown:
            continue
        # One line for each reason: columns that are told in one breath stand together.
        besides.setdefault(entry.series, {}).setdefault(
            entry.purpose, _datum(entry.series, entry.field, "", None, entry, schedule)
        )
    names = dict.fromkeys((*by_series, *besides))
    return [
        Section(
            name,
            series_name(name),
            tuple(tuple(one) for one in by_series.get(name, {}).values()),
            tuple(besides.get(name, {}).values()),
        )
        for name in names
    ]


def _datum(
    series: str,
    field: str,
    value: str,
    since: dt.date | None,
    told: FieldEntry | None,
    schedule: Schedule,
) -> Datum:
    why, language = inventorywords.why(told.purpose) if told else ("", languages.current())
    return Datum(
        field,
        detail(series, field),
        value,
        since,
        why,
        language,
        until(schedule.item(told.retention if told else series)),
        who_may_see(told.needed_by) if told else "",
    )


def until(item: ScheduleItem) -> str:
    """Until when something is kept, by its rule in the schedule in force."""
    if item.trigger is Trigger.NEVER:
        return _("for good: nobody can be told from it")
    when = str(TRIGGERS.get(item.trigger, item.trigger.value))
    if item.days == 0:
        return _("until %(when)s") % {"when": when}
    days = ngettext("%(n)s day", "%(n)s days", item.days) % {"n": item.days}
    return _("%(days)s after %(when)s") % {"days": days, "when": when}


def who_may_see(needers: Iterable[str]) -> str:
    """Who needs something, in words."""
    return ", ".join(str(OTHERS.get(each) or ROLES.get(each) or each) for each in needers)


def _shown(held: Held) -> str:
    """A value as its owner can read it: a code of ours in words, a day as people write it, anything else as it stands."""
    place, value = (held.series, held.field), held.value
    if place == ("registration", "standing"):
        return _standing(value)
    if place == ("permissions", "scope"):
        return "; ".join(str(words.SCOPES[Scope(each)]) for each in value.split())
    if held.field in ("branch", "pickup_branch"):
        return str(Branch.objects.filter(code=value).values_list("name", flat=True).first() or value)
    if place == ("computers", "area"):
        return str(Area.objects.filter(code=value).values_list("name", flat=True).first() or value)
    if place == ("notices", "kind"):
        # One notice gathers what one reader has on one day: several kinds, and one of them more than once.
        return "; ".join(str(words.NOTICES.get(each, each)) for each in dict.fromkeys(value.split(",")))
    table = _CODES.get(place)
    if table is not None and value in table:
        return str(table[value])
    return _day(value)


def _day(value: str) -> str:
    """A day, or a day and a time, as people write it; anything else as it stands."""
    try:
        if len(value) == 10:
            return languages.day(dt.date.fromisoformat(value))
        if len(value) == 16 and value[10] == " ":
            moment = dt.datetime.fromisoformat(value)
            return f"{languages.day(moment)}, {languages.clock(moment.time())}"
    except ValueError:
        pass
    return value


def _category(code: str) -> str:
    known, usual = categories(the_house().home.config).get(code), DEFAULT_CATEGORIES.get(code)
    if known is None:
        return code
    return str(words.CATEGORIES[code]) if usual and known.name == usual.name else known.name


def _standing(text: str) -> str:
    """The standing as somebody can read it: kind of card, branch, end, blocks, and whether a history is kept."""
    standing = Standing.from_text(text)
    branch = Branch.objects.filter(code=standing.branch).values_list("name", flat=True).first()
    parts = [_category(standing.category), branch or standing.branch]
    if standing.expires_on:
        parts.append(_("until %(when)s") % {"when": languages.day(standing.expires_on)})
    parts += [str(words.BLOCKS[kind]) for kind in standing.blocks]
    if standing.history:
        parts.append(_("with a reading history"))
    return "; ".join(part for part in parts if part)
