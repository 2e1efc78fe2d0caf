"""What may happen to a request, step by step: each kind is a small table of states and steps.

A case is the list of what was done to it. Its standing (kind, state, what is known) is worked out from that list
and from nothing else, so that a state cannot be set by hand, and what was once entered is not written over. A
step says from which states it leads where, what has to be told, whose right it needs and who must not be the one who
did an earlier step.

A case first waits to be *sorted*: somebody in charge says of what kind it is. Sorting it anew begins anew: what
was checked for one kind of paper counts for no other.

Pure: values in, a step or what is wrong with it out. No clock, no database, no rights; whether this person may, the
door says.

Source: policy clauses MP-3.5, MP-3.8, MP-6.1; guarantee 9.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

TAKEN_IN = "taken_in"
SORT = "sort"
YES, NO = "yes", "no"
MOST_SIGNS = 4000


class Ask(StrEnum):
    """How something is asked for on a form."""

    TEXT = "text"
    LONG = "long"
    DAY = "day"
    MOMENT = "moment"
    YES_NO = "yes_no"
    MUST = "must"  # a statement that has to be so: a box to tick
    INITIALS = "initials"
    CHOICE = "choice"
    HIDDEN = "hidden"  # written by the use-case, never typed


class Right(StrEnum):
    """What the door is asked for before a step is taken."""

    WORK = "change"
    AUTHORISE = "disclose"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a step wants to be told.

    Attributes:
        name: Stands once in a machine; what it says is known from then on under this name.
        choices: Code and words, of a choice.
        hint: One line below the label.
    """

    name: str
    label: str
    ask: Ask = Ask.TEXT
    required: bool = True
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """One thing that was done to a case. Who is "staff:17"; ``at`` is in whole seconds since 1970."""

    step: str
    by: str
    at: int
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands.

    Attributes:
        kind: "" until it is sorted.
        known: What was told since it was sorted, by name; the latest, where something was told twice.
        done: What was done since it was sorted, in order.
        intake: What was told when it was taken in.
        has_left: Something has left the library by it.
    """

    kind: str = ""
    state: str = TAKEN_IN
    known: Mapping[str, str] = field(default_factory=dict)
    done: tuple[Entered, ...] = ()
    intake: Mapping[str, str] = field(default_factory=dict)
    taken_at: int = 0
    has_left: bool = False

    def did(self, *steps: str) -> list[Entered]:
        """What was done of these steps, in order."""
        return [each for each in self.done if each.step in steps]


@dataclass(frozen=True, slots=True)
class Moment:
    """What a guard may know besides the case: the day, and how this library has chosen.

    Attributes:
        second_person: Kinds whose packets another person has to look through.
    """

    today: dt.date
    second_person: Collection[str] = frozenset()


Guard = Callable[[Standing, Mapping[str, str], Moment], str]


@dataclass(frozen=True, slots=True)
class Step:
    """A row of a machine's table.

    Attributes:
        words: As the button says it.
        frm: States from which it may be taken.
        to: The state it leads to; "" to stay.
        on_no: The state it leads to instead where a yes/no question was answered with no; "" where none leads elsewhere.
        needs: Names that must be known, from before or from this step's own form.
        not_by: Steps whose doer may not do this one.
        guard: Says what forbids it, "" for nothing.
        makes: What the use-case does with it: "scope", "packet", "delivery"; "" for nothing but writing it down.
        is_quiet: Not offered as a button of its own: the page has a place for it.
    """

    code: str
    words: str
    frm: frozenset[str]
    to: str = ""
    fields: tuple[Field, ...] = ()
    on_no: str = ""
    needs: tuple[str, ...] = ()
    right: Right = Right.WORK
    not_by: tuple[str, ...] = ()
    guards: tuple[Guard, ...] = ()
    makes: str = ""
    is_quiet: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Machine:
    """One kind of request.

    Attributes:
        states: Code and words of every state but the ends.
        ends: Code and words of every way in which it can be over.
        released: States in which something has left the library. Empty where nothing ever may.
        ground: What would justify it, in words; "" where nothing does.
        uses_records: Its packets are made of patrons' records.
        about: What to do first, for whoever is in charge.
        settled: States from which it may not be said to be of another kind: something stands behind it by then.
        takes_no_files: No file is ever put with it.
        due_days: Days within which it is to be answered where nothing else is said; 0 for none.
    """

    kind: str
    title: str
    first: str
    states: Mapping[str, str]
    ends: Mapping[str, str]
    steps: tuple[Step, ...]
    released: frozenset[str] = frozenset()
    ground: str = ""
    uses_records: bool = False
    about: tuple[str, ...] = ()
    due_days: int = 0
    is_sealed: bool = False
    takes_no_files: bool = False
    settled: frozenset[str] = frozenset()

    def step(self, code: str) -> Step | None:
        """A step by its code."""
        return next((each for each in self.steps if each.code == code), None)

    def offered(self, state: str) -> list[Step]:
        """What may be tried in a state."""
        return [each for each in self.steps if state in each.frm]

    @property
    def open_states(self) -> frozenset[str]:
        """Every state but the ends."""
        return frozenset(self.states)


class StepError(ValueError):
    """A step that cannot be taken. Names fields and says why; quotes nothing that was typed.

    Attributes:
        problems: By name of field; "" for what is wrong with the step itself.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" if name else why for name, why in problems.items()))
        self.problems = dict(problems)


def standing_of(machines: Mapping[str, Machine], history: Iterable[Entered]) -> Standing:
    """Work out where a case stands.

    What does not fit the tables is passed over, and so changes nothing: a history that somebody has meddled with
    leads to no state that its steps do not lead to.
    """
    standing = Standing()
    for entered in history:
        standing = _after(machines, standing, entered)
    return standing


def _after(machines: Mapping[str, Machine], standing: Standing, entered: Entered) -> Standing:
    if entered.step == "take_in":
        return Standing(intake=dict(entered.values), taken_at=entered.at)
    if entered.step == SORT:
        machine = machines.get(entered.values.get("kind", ""))
        if machine is None or not may_sort(machines, standing):
            return standing
        return Standing(machine.kind, machine.first, {}, (entered,), standing.intake, standing.taken_at)
    machine = machines.get(standing.kind)
    step = machine.step(entered.step) if machine else None
    if step is None or standing.state not in step.frm:
        return standing
    state = _leads_to(step, standing.state, entered.values)
    return Standing(
        standing.kind,
        state,
        {**standing.known, **entered.values},
        (*standing.done, entered),
        standing.intake,
        standing.taken_at,
        standing.has_left or (machine is not None and state in machine.released),
    )


def _leads_to(step: Step, state: str, values: Mapping[str, str]) -> str:
    if step.on_no and any(values.get(each.name) == NO for each in step.fields if each.ask is Ask.YES_NO):
        return step.on_no
    return step.to or state


def may_sort(machines: Mapping[str, Machine], standing: Standing) -> bool:
    """Whether a case may be said to be of another kind: not once anything has left, and not once it is over."""
    machine = machines.get(standing.kind)
    if machine is None:
        return standing.state == TAKEN_IN
    return (
        standing.state in machine.states and standing.state not in machine.settled and not standing.has_left
    )


def is_over(machines: Mapping[str, Machine], standing: Standing) -> bool:
    """Whether a case has come to an end."""
    machine = machines.get(standing.kind)
    return machine is not None and standing.state in machine.ends


def take(
    machines: Mapping[str, Machine],
    standing: Standing,
    code: str,
    typed: Mapping[str, str],
    *,
    by: str,
    at: int,
    moment: Moment,
) -> Entered:
    """What is to be written down for a step, where it may be taken now.

    Args:
        typed: What the form holds. Only the step's own fields are read.
        by: Who, as "staff:17".

    Raises:
        StepError: It may not, or something is missing. Says what, by field.
    """
    if code == SORT:
        return _sort(machines, standing, typed, by=by, at=at)
    machine = machines.get(standing.kind)
    step = machine.step(code) if machine else None
    if step is None or standing.state not in step.frm:
        raise StepError({"": "this cannot be done now; look at the case again"})
    values, problems = read_fields(step.fields, typed)
    known = {**standing.known, **values}
    if not problems:
        lacking = [name for name in step.needs if not known.get(name)]
        if lacking:
            problems[""] = "something has to be entered first: " + ", ".join(
                _label(machine, name) for name in lacking
            )
    if any(each.by == by for each in standing.did(*step.not_by)):
        problems[""] = "somebody else has to do this: you did the step it looks over"
    if not problems:
        for guard in step.guards:
            why = guard(standing, values, moment)
            if why:
                problems[""] = why
                break
    if problems:
        raise StepError(problems)
    return Entered(code, by, at, values)


def _label(machine: Machine | None, name: str) -> str:
    for step in machine.steps if machine else ():
        for each in step.fields:
            if each.name == name:
                return each.label.rstrip("?:.")
    return name.replace("_", " ")


def _sort(
    machines: Mapping[str, Machine], standing: Standing, typed: Mapping[str, str], *, by: str, at: int
) -> Entered:
    if not may_sort(machines, standing):
        raise StepError({"": "the kind cannot be changed any more"})
    kind = typed.get("kind", "")
    if kind not in machines:
        raise StepError({"kind": "choose what it is"})
    return Entered(SORT, by, at, {"kind": kind})


def read_fields(fields: Iterable[Field], typed: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What was told, and what is wrong with it, by name of field. What no field asks for is not read."""
    values: dict[str, str] = {}
    problems: dict[str, str] = {}
    for each in fields:
        value = typed.get(each.name, "").strip()
        if not value:
            if each.required:
                problems[each.name] = _missing(each)
            continue
        why = _wrong(each, value)
        if why:
            problems[each.name] = why
        else:
            values[each.name] = value
    return values, problems


def _missing(each: Field) -> str:
    return {
        Ask.YES_NO: "answer yes or no",
        Ask.MUST: "this has to be so before you can go on",
        Ask.INITIALS: "the officer's initials belong here",
        Ask.CHOICE: "choose one",
    }.get(each.ask, "write something here")


def _wrong(each: Field, value: str) -> str:
    if len(value) > MOST_SIGNS:
        return f"use at most {MOST_SIGNS} signs"
    if each.ask is Ask.YES_NO and value not in (YES, NO):
        return "answer yes or no"
    if each.ask is Ask.MUST and value != YES:
        return "this has to be so before you can go on"
    if each.ask is Ask.CHOICE and value not in {code for code, _ in each.choices}:
        return "choose one from the list"
    if each.ask is Ask.INITIALS and not (len(value) <= 5 and value.replace(".", "").isalpha()):
        return "initials are one to four letters"
    if each.ask is Ask.DAY and not _is_day(value):
        return "a day is year-month-day, such as 2026-11-30"
    if each.ask is Ask.MOMENT and not _is_moment(value):
        return "a moment is year-month-day and hour:minute, such as 2026-11-30 14:05"
    return ""


def _is_day(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return len(value) == 10


def _is_moment(value: str) -> bool:
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return len(value) >= 16
