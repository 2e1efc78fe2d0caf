"""A case in words for the screen: what to do, which step is next with its form, what is known, what was done.

Everything here is worked out from the kind's own table, so that a page offers what a step would take and nothing
else. Prints as nothing.

Source: issue "The privacy desk", section 2.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from circumspect.offices.privacydesk.cases import INTAKE, Seen
from circumspect.offices.privacydesk.kinds import MACHINES, Kind
from circumspect.offices.privacydesk.machines import SORT, Ask, Entered, Field, Machine, Step, may_sort
from circumspect.offices.privacydesk.packets import Packet
from circumspect.offices.privacydesk.scopes import Identity, Scope, ScopeError, nameable

# Series in words, in the order of a form.
SERIES_WORDS = {
    "registration": "Registration",
    "cards": "Cards",
    "notes": "Notes",
    "loans": "Loans: what is out now",
    "holds": "Holds",
    "ill": "Requests to other libraries",
    "fees": "Fees",
    "computers": "Computer bookings",
    "notices": "Notices sent",
    "reading": "Reading history, where its holder keeps one",
}
_CHOOSE = {"wanted": "choose which facts are asked for", "content": "choose what was deposited"}
_CARD = {
    "on file": "On file: what it stands for was set aside for some days",
    "not on file": "The number that was entered is not on file: nothing was set aside",
}
_STEP_WORDS = {
    "take_in": "Taken in",
    SORT: "Sorted",
    "acknowledge": "Taken up; nobody is called any more",
    "paper": "A paper was added",
    "gag": "Sealed",
    "ungag": "The gag has ended",
}


# From here on the packet may leave, and as long as its case is kept it may be printed for the file again.
_MAY_LEAVE = frozenset(
    {"authorised", "released", "delivered", "answered", "receipted", "filed", "carried_out"}
)


@dataclass(frozen=True, slots=True, repr=False)
class FieldShown:
    """One field of a form, with what was typed and what is wrong with it."""

    field: Field
    id: str
    value: str
    error: str
    label: str

    @property
    def is_long(self) -> bool:
        """Whether it takes several lines."""
        return self.field.ask is Ask.LONG


@dataclass(frozen=True, slots=True, repr=False)
class StepShown:
    """One step that may be tried."""

    code: str
    words: str
    about: str
    fields: tuple[FieldShown, ...]
    makes: str
    is_open: bool
    error: str
    is_weighty: bool


@dataclass(frozen=True, slots=True, repr=False)
class Done:
    """One thing that was done to a case: when, by whom, and what was told with it, label by label."""

    at: str
    who: str
    words: str
    told: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, repr=False)
class Sheet:
    """A case, ready to draw."""

    title: str
    state: str
    about: tuple[str, ...]
    steps: tuple[StepShown, ...]
    aside: tuple[StepShown, ...]
    known: tuple[tuple[str, str], ...]
    intake: tuple[tuple[str, str], ...]
    history: tuple[Done, ...]
    kinds: tuple[tuple[str, str, bool], ...]
    may_refuse: bool
    is_over: bool
    ground: str
    scope: tuple[tuple[str, str, str, str], ...]
    minutes: str


def sheet_of(
    seen: Seen,
    *,
    names: Mapping[int, str],
    zone: ZoneInfo,
    now: dt.datetime,
    typed: Mapping[str, str],
    step: str = "",
    problems: Mapping[str, str] | None = None,
    said: Mapping[str, str] | None = None,
) -> Sheet:
    """Put a case into words.

    Args:
        names: Of staff members, by number.
        step: The step that was tried and could not be taken, with ``typed`` and ``problems``.
    """
    machine = MACHINES.get(seen.standing.kind)
    offered = machine.offered(seen.standing.state) if machine else []
    shown = [
        _step(
            each,
            typed if each.code == step else {},
            problems if each.code == step else None,
            now,
            zone,
            said or {},
        )
        for each in offered
        if each.code != "refuse" and not _is_the_houses(each)
    ]
    quiet = {each.code for each in offered if each.is_quiet}
    return Sheet(
        machine.title if machine else "Not sorted yet",
        _state_words(machine, seen.standing.state),
        machine.about if machine else (),
        tuple(each for each in shown if each.code not in quiet),
        tuple(each for each in shown if each.code in quiet),
        tuple(_known(machine, seen)),
        tuple(_taken_in(seen.standing.intake)),
        tuple(reversed(history_of(seen, names, zone))),
        tuple((each.kind, each.title, each.kind == seen.standing.kind) for each in MACHINES.values())
        if may_sort(MACHINES, seen.standing)
        else (),
        any(each.code == "refuse" for each in offered),
        seen.is_over,
        machine.ground if machine else "",
        tuple(scope_of(seen)),
        _minutes(seen),
    )


def _is_the_houses(step: Step) -> bool:
    """Whether only the house takes it: it has to be told what no form asks, and nothing makes it."""
    return not step.makes and any(each.ask is Ask.HIDDEN for each in step.fields)


def state_of(seen: Seen) -> tuple[str, str]:
    """Kind and state of a case, for a list."""
    machine = MACHINES.get(seen.standing.kind)
    return (machine.title if machine else "Not sorted yet"), _state_words(machine, seen.standing.state)


def form_fields(
    fields: Sequence[Field],
    typed: Mapping[str, str],
    problems: Mapping[str, str],
    prefix: str,
    now: dt.datetime,
    zone: ZoneInfo,
    said: Mapping[str, str] | None = None,
) -> tuple[FieldShown, ...]:
    """Fields of a form; a moment that nobody has typed yet is now.

    Args:
        said: Labels in the library's own wording, by name, such as the officer's statements.
    """
    here = f"{now.astimezone(zone):%Y-%m-%dT%H:%M}"
    return tuple(
        FieldShown(
            each,
            f"{prefix}-{each.name}",
            typed.get(each.name, here if each.ask is Ask.MOMENT and not problems else ""),
            problems.get(each.name, ""),
            (said or {}).get(each.name, each.label),
        )
        for each in fields
        if each.ask is not Ask.HIDDEN
    )


def choosable_series(
    on: frozenset[str], collected: frozenset[str]
) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What a scope may name: series, its words, and its fields with theirs."""
    return [
        (name, SERIES_WORDS.get(name, name.capitalize()), [(field, words_of(field)) for field in fields])
        for name, fields in nameable(on, collected).items()
    ]


def identities(on: frozenset[str]) -> list[tuple[str, str]]:
    """What an officer may ask for in an emergency. The list has no other facts."""
    return [
        (each.name.lower(), each.value.capitalize())
        for each in Identity
        if each is not Identity.LICENCE or "driver_licence" in on
    ]


def packet_rows(packet: Packet) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """A packet by record: a heading, then field, value and day."""
    records: dict[tuple[int, str, int], list[tuple[str, str, str]]] = {}
    for each in packet.values:
        records.setdefault((each.person, each.series, each.record), []).append(
            (words_of(each.field), each.value, each.since)
        )
    people = {each.person for each in packet.values}
    return [
        (
            (f"Person {person}: " if len(people) > 1 else "")
            + SERIES_WORDS.get(series, series.capitalize())
            + (f" {record}" if record > 1 else ""),
            rows,
        )
        for (person, series, record), rows in records.items()
    ]


def prints_of(seen: Seen) -> list[tuple[str, str]]:
    """Which papers a case has to print now: code and words."""
    standing, found = seen.standing, [("file", "The whole file of this request")]
    if standing.kind == Kind.EMERGENCY:
        found.append(("form", "Officer's request, as it stands"))
    if standing.state == "refused":
        found += [("refusal", "Letter of refusal"), ("refusal-text", "Letter of refusal, as text")]
    if standing.kind != Kind.EMERGENCY and may_leave(seen):
        found += [("cover", "Letter with manifest and receipt")]
        if standing.kind != Kind.CONTENT:
            found.append(("packet", "The packet on paper"))
    if standing.known.get("told") == "yes" and standing.has_left and not seen.access.is_sealed:
        found.append(("told", "Letter to the patron"))
    return found


def may_encrypt(seen: Seen) -> bool:
    """Whether the packet can be handed over as an encrypted file now."""
    return seen.standing.kind not in (Kind.EMERGENCY, Kind.CONTENT) and may_leave(seen)


def may_leave(seen: Seen) -> bool:
    """Whether the packet may leave, or may be printed for the file of what has left."""
    return seen.standing.state in _MAY_LEAVE and bool(seen.standing.known.get("packet"))


def content_names(seen: Seen) -> list[str]:
    """The files of a content packet, in its order."""
    if seen.standing.kind != Kind.CONTENT or not may_leave(seen):
        return []
    names = {paper.id: paper.name for paper in seen.papers}
    return [names.get(number, "") for number in json.loads(seen.standing.known.get("content", "[]"))]


def _step(
    step: Step,
    typed: Mapping[str, str],
    problems: Mapping[str, str] | None,
    now: dt.datetime,
    zone: ZoneInfo,
    said: Mapping[str, str],
) -> StepShown:
    wrong = problems or {}
    # What is chosen beside the fields, such as the facts an officer asks for, has no place of its own to say it.
    hidden = [each.name for each in step.fields if each.ask is Ask.HIDDEN and each.name in wrong]
    return StepShown(
        step.code,
        step.words,
        step.about,
        form_fields(step.fields, typed, wrong, step.code, now, zone, said),
        step.makes,
        problems is not None,
        wrong.get("", "") or (_CHOOSE.get(hidden[0], "something has to be chosen") if hidden else ""),
        step.right.value == "disclose",
    )


def _state_words(machine: Machine | None, state: str) -> str:
    if machine is None:
        return "Taken in: say what it is"
    return machine.states.get(state) or machine.ends.get(state, "")


def _known(machine: Machine | None, seen: Seen) -> list[tuple[str, str]]:
    if machine is None:
        return []
    fields = [field for step in machine.steps for field in step.fields if field.ask is not Ask.HIDDEN]
    return _told(list({field.name: field for field in fields}.values()), seen.standing.known)


def _told(fields: Sequence[Field], values: Mapping[str, str]) -> list[tuple[str, str]]:
    told = []
    for field in fields:
        value = values.get(field.name, "")
        if value:
            told.append((field.label, _said(field, value)))
    if values.get("wanted"):
        told.append(("Facts asked for", ", ".join(words_of(each) for each in values["wanted"].split(","))))
    if values.get("form_version"):
        told.append(("Version of the form", values["form_version"]))
    return told


def _taken_in(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """What was told when it was taken in, and whether a card that was entered is on file."""
    card = _CARD.get(values.get("card", "on file" if values.get("patron") else ""))
    return _told(INTAKE, values) + ([("A library card", card)] if card else [])


def _said(field: Field, value: str) -> str:
    if field.ask is Ask.MOMENT:
        return value.replace("T", " ")
    if field.ask in (Ask.YES_NO, Ask.MUST):
        return value.capitalize()
    return dict(field.choices).get(value, value)


def scope_of(seen: Seen) -> list[tuple[str, str, str, str]]:
    """What a case names: person, series, fields, days."""
    try:
        scope = Scope.from_text(seen.standing.known.get("scope", ""))
    except ScopeError:
        return []
    people = {patron: number for number, patron in enumerate(scope.patrons, 1)}
    return [
        (
            f"Person {people[line.patron]}",
            SERIES_WORDS.get(line.series, line.series.capitalize()),
            ", ".join(words_of(field) for field in sorted(line.fields)),
            " to ".join(str(day) if day else "…" for day in (line.first, line.last))
            if line.first or line.last
            else "",
        )
        for line in scope.lines
    ]


def history_of(seen: Seen, names: Mapping[int, str], zone: ZoneInfo) -> list[Done]:
    """Everything that was done to a case, in order, each step in the words of the kind that it was then."""
    machine: Machine | None = None
    found = []
    for entered in seen.history:
        if entered.step == SORT:
            machine = MACHINES.get(entered.values.get("kind", ""))
        found.append(_done(machine, entered, names, zone))
    return found


def _done(machine: Machine | None, entered: Entered, names: Mapping[int, str], zone: ZoneInfo) -> Done:
    step = machine.step(entered.step) if machine else None
    fields = step.fields if step else ()
    told = _told([each for each in fields if each.ask is not Ask.HIDDEN], entered.values)
    if entered.step == "take_in":
        told = _taken_in(entered.values)
    if entered.step == SORT and machine:
        told = [("Kind", machine.title)]
    if entered.step == "gag":
        who_sees = (_name(int(each), names) for each in entered.values["named"].split(","))
        told = [("Look at it again on", entered.values["review_on"]), ("Who sees it", ", ".join(who_sees))]
    if entered.step == "paper":
        told = [("Paper", entered.values["paper"])]
    if entered.values.get("ended_by"):
        told = [("What ended it", entered.values["ended_by"])]
    if entered.values.get("called"):
        told = [
            ("Called", f"{_name(number, names)}, {_moment(moment, zone)}")
            for number, moment in json.loads(entered.values["called"])
        ]
    words = step.words if step else _STEP_WORDS.get(entered.step, entered.step)
    number = entered.by.partition(":")[2]
    who = _name(int(number), names) if number.isdecimal() else entered.by
    return Done(_moment(entered.at, zone), who, words, tuple(told))


def _name(number: int, names: Mapping[int, str]) -> str:
    return names.get(number, f"staff {number}")


def _moment(seconds: int, zone: ZoneInfo) -> str:
    at = dt.datetime.fromtimestamp(seconds, zone)
    return f"{at:%b} {at.day}, {at.year}, {at:%H:%M}"


def _minutes(seen: Seen) -> str:
    told = seen.standing.did("deliver", "hand_over")
    if not told or seen.standing.kind not in (Kind.CONTENT, Kind.EMERGENCY):
        return ""
    minutes = (told[-1].at - seen.standing.taken_at) // 60
    return f"{minutes} minute{'s' if minutes != 1 else ''} from the request to handing it over"


def words_of(field: str) -> str:
    return field.replace("_", " ").capitalize()
