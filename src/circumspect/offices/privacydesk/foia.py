"""The register of requests for public records: taken in, timed, searched, answered; and the open file of denials.

The FOIA officer works here and nowhere else: this right reaches no case and no patron's record. What can be searched
is handed in as a function over public records alone. What is released was read by a person, who says so.

Source: 5 ILCS 140; clauses TH-1.6, TH-4.4, MP-7.8; tensions 12 and 13.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from circumspect.offices.privacydesk import prints, wording
from circumspect.offices.privacydesk.caseids import new_id, number_of
from circumspect.offices.privacydesk.cases import ChangedMeanwhileError, NoSuchCaseError
from circumspect.offices.privacydesk.clocks import closing_time, received_on
from circumspect.offices.privacydesk.deadlines import Due
from circumspect.offices.privacydesk.foia_models import Denial, RecordsRequest, RecordsRequestEvent
from circumspect.offices.privacydesk.foia_redaction import redacted
from circumspect.offices.privacydesk.foia_rules import (
    EXEMPTIONS,
    FOIA,
    FOIA_MACHINE,
    FOIA_MACHINES,
    ORDINARY,
    RECORD_TYPES,
    TAKE_IN,
    DenialLetter,
    due_on,
    first_due,
    responsible_of,
)
from circumspect.offices.privacydesk.machines import (
    SORT,
    Ask,
    Entered,
    Moment,
    Standing,
    StepError,
    is_over,
    read_fields,
    standing_of,
    take,
)
from circumspect.offices.privacydesk.preservation import moment_of, periods, zone
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed

SERIES = "records requests"
FIELDS = frozenset({"request"})
_PAGE = 50
_MOST_FOUND = 200


@dataclass(frozen=True, slots=True, repr=False)
class Found:
    """A public record that a search found: where from, and its text. Prints as nothing."""

    source: str
    id: str
    title: str
    text: str


# A source of public records: words in, what holds them out. It asks the door itself.
Source = Callable[[House, Actor, str], Sequence[Found]]


@dataclass(frozen=True, slots=True, repr=False)
class Seen:
    """A request, opened. Prints as nothing."""

    id: int
    standing: Standing
    history: tuple[Entered, ...]
    received_on: dt.date
    due_on: dt.date
    today: dt.date

    @property
    def number(self) -> str:
        """Its random number."""
        return number_of(self.id)

    @property
    def is_over(self) -> bool:
        """Whether it was answered."""
        return is_over(FOIA_MACHINES, self.standing)

    @property
    def is_late(self) -> bool:
        """Whether the time is over without an answer: that counts as a denial."""
        return not self.is_over and self.today > self.due_on


def take_in(house: House, actor: Actor, typed: Mapping[str, str]) -> int:
    """Write a request down. For everybody on the staff: each goes to the FOIA officer at once.

    Raises:
        StepError: Something is missing.
        Refused, DoorClosed: Nothing was written.
    """
    values, problems = read_fields(TAKE_IN, typed)
    if problems:
        raise StepError(problems)
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.TAKE_IN,
        series=SERIES,
        fields=FIELDS,
        circumstance=Circumstance.CASE,
    )
    ours = periods(house)
    day = received_on(
        moment_of(house, values["received_at"]),
        zone(house),
        closes_at=closing_time(ours.closes_at),
        late_is_next_day=ours.late_is_next_day,
    )
    if day > house.today() + dt.timedelta(days=1):
        raise StepError({"received_at": "it cannot have come on a day to come"})
    request = new_id()
    house.vault.new_subjects([request])
    with transaction.atomic():
        RecordsRequest.objects.create(id=request, received_on=day, due_on=first_due(day, ORDINARY, ours))
        _append(house, request, 0, Entered("take_in", _by(actor), house.second(), values))
        told = {"kind": FOIA, "first_due": first_due(day, ORDINARY, ours).isoformat()}
        _append(house, request, 1, Entered(SORT, _by(actor), house.second(), told))
    return request


def register(house: House, actor: Actor, *, closed: bool = False) -> list[Seen]:
    """The requests, the most pressing first; answered ones by the day of their answer, newest first.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    rows = RecordsRequest.objects.filter(closed_on__isnull=not closed)
    ordered = list(rows.order_by("-closed_on", "id") if closed else rows.order_by("due_on", "id"))[:500]
    _permit(house, actor)
    seen: list[Seen] = []
    for start in range(0, len(ordered), _PAGE):
        some = ordered[start : start + _PAGE]
        opening = _ask(house, actor, Action.VIEW, [row.id for row in some])
        seen += [_seen(house, row, _history(opening, row.id)) for row in some]
    return seen


def days_due() -> set[dt.date]:
    """The days by which an answer is due. Opens nothing."""
    return set(RecordsRequest.objects.filter(closed_on=None).values_list("due_on", flat=True))


def due(house: House, actor: Actor) -> list[Due]:
    """The answers that are due. What was asked is not opened: a number and a day are enough here.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    _permit(house, actor)
    rows = RecordsRequest.objects.filter(closed_on=None).order_by("due_on", "id")
    return [
        Due(row.due_on, number_of(row.id), "Answer a request for public records", is_case=False)
        for row in rows
    ]


def open_request(house: House, actor: Actor, request: int) -> Seen:
    """One request.

    Raises:
        NoSuchCaseError: There is none.
        Refused, DoorClosed: Nothing was read.
    """
    row = RecordsRequest.objects.filter(id=request).first()
    if row is None:
        _permit(house, actor)
        raise NoSuchCaseError
    return _seen(house, row, _history(_ask(house, actor, Action.VIEW, [request]), request))


def do(
    house: House,
    actor: Actor,
    request: int,
    code: str,
    typed: Mapping[str, str],
    *,
    records: Sequence[Mapping[str, object]] = (),
) -> Seen:
    """Take a step and write it down.

    Args:
        records: For "release": source, id, words taken out besides, places left in; for each record.

    Raises:
        NoSuchCaseError, StepError, ChangedMeanwhileError: Nothing was changed.
        Refused, DoorClosed: The door stays shut.
    """
    seen = open_request(house, actor, request)
    _permit(house, actor)
    step = FOIA_MACHINE.step(code)
    hidden = {each.name for each in step.fields if each.ask is Ask.HIDDEN} if step else set()
    values = {name: value for name, value in typed.items() if name not in hidden}
    if step is not None and step.makes == "release":
        if not records:
            raise StepError({"": "choose at least one record, or say that there is none"})
        values["records"] = json.dumps(list(records), ensure_ascii=False)
    entered = take(
        FOIA_MACHINES,
        seen.standing,
        code,
        values,
        by=_by(actor),
        at=house.second(),
        moment=Moment(house.today()),
    )
    letter = None
    if step is not None and step.makes == "denial":
        letter = letter_for(house, entered.values, in_part=code == "grant_in_part")
        lacking = letter.missing()
        if lacking:
            raise StepError({"": "the letter lacks " + " and ".join(lacking)})
    after = (*seen.history, entered)
    standing = standing_of(FOIA_MACHINES, after)
    try:
        with transaction.atomic():
            _append(house, request, len(seen.history), entered)
            _move_clock(house, request, standing)
            if letter is not None:
                _file(letter, entered.values)
    except IntegrityError:
        raise ChangedMeanwhileError from None
    return open_request(house, actor, request)


def _move_clock(house: House, request: int, standing: Standing) -> None:
    row = RecordsRequest.objects.get(id=request)
    row.due_on = due_on(
        row.received_on,
        standing.known.get("sort", ORDINARY),
        extended=bool(standing.did("extend")),
        periods=periods(house),
    )
    if is_over(FOIA_MACHINES, standing):
        row.closed_on = house.today()
    row.save(update_fields=["due_on", "closed_on"])


# searching and releasing


def search(house: House, actor: Actor, terms: str, sources: Mapping[str, Source]) -> list[Found]:
    """Look through public records, 200 of each source at most. Whatever is not handed in as a source cannot be found.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    _permit(house, actor)
    return [found for source in sources.values() for found in source(house, actor, terms)[:_MOST_FOUND]]


def released_text(text: str, choice: Mapping[str, object]) -> str:
    """A record as it is released: without what has a private shape and without the words a person named."""
    leave, also = choice.get("leave", []), choice.get("also", [])
    kept = [int(each) for each in leave] if isinstance(leave, list) else []
    words = [str(each) for each in also] if isinstance(also, list) else []
    return redacted(text, leave=kept, also=words)[0]


def released(
    house: House, actor: Actor, request: int, sources: Mapping[str, Source]
) -> list[tuple[str, str]]:
    """What a request releases: titles and redacted texts, read anew from where they lie.

    Raises:
        NoSuchCaseError, Refused, DoorClosed: Nothing was read.
    """
    seen = open_request(house, actor, request)
    chosen = json.loads(seen.standing.known.get("records", "[]"))
    named = {str(choice["source"]) for choice in chosen}
    every = {
        (each.source, each.id): each
        for name, source in sources.items()
        if name in named
        for each in source(house, actor, "")
    }
    out = []
    for choice in chosen:
        found = every.get((str(choice["source"]), str(choice["id"])))
        if found is not None:
            out.append((released_text(found.title, choice), released_text(found.text, choice)))
    return out


# denials


def letter_for(house: House, values: Mapping[str, str], *, in_part: bool) -> DenialLetter:
    """The denial that a step's answers make, in the library's wording."""
    said = wording.words("foia_denial", "foia_counselor", "foia_review", *EXEMPTIONS)
    return DenialLetter(
        house.today(),
        in_part,
        values["record_type"],
        tuple((said[name], values[f"basis_{name}"]) for name in EXEMPTIONS if values.get(f"basis_{name}")),
        responsible_of(values.get("responsible", "")),
        said["foia_denial"],
        said["foia_counselor"],
        said["foia_review"],
    )


def denial_print(house: House, seen: Seen, output: str = "pdf") -> bytes:
    """The letter to the requester, with the address that the copy in the open file has not."""
    [entered] = seen.standing.did("deny", "grant_in_part")
    letter = letter_for(house, entered.values, in_part=entered.step == "grant_in_part")
    told = prints.Letter(
        "Your request for public records",
        letter.paragraphs(),
        to=seen.standing.intake.get("requester", ""),
        number=seen.number,
        signer=wording.words("signer")["signer"],
    )
    day = dt.datetime.fromtimestamp(entered.at, zone(house)).strftime("%B %-d, %Y")
    return prints.letter(told, library=str(house.home.setting("library", "name", "")), day=day, output=output)


def _file(letter: DenialLetter, values: Mapping[str, str]) -> None:
    Denial.objects.create(
        id=new_id(),
        decided_on=letter.decided_on,
        in_part=letter.in_part,
        record_type=letter.record_type,
        exemptions=[name for name in EXEMPTIONS if values.get(f"basis_{name}")],
        letter="\n\n".join(letter.paragraphs()),
    )


@dataclass(frozen=True, slots=True)
class Filed:
    """A denial in the central file, open to everybody."""

    decided_on: dt.date
    in_part: bool
    record_type: str
    letter: str


def denials_by_exemption() -> dict[str, list[Filed]]:
    """The central file of denials, by the citation of each exemption, newest first. For the desk and for the public."""
    citations = wording.words(*EXEMPTIONS)
    types = dict(RECORD_TYPES)
    filed: dict[str, list[Filed]] = {}
    for row in Denial.objects.order_by("-decided_on", "id"):
        each = Filed(row.decided_on, row.in_part, types.get(row.record_type, row.record_type), row.letter)
        for name in row.exemptions:
            filed.setdefault(citations.get(name, name), []).append(each)
    return filed


# disposal


def due_for_disposal(house: House) -> tuple[int, dt.date, dt.date] | None:
    """How many answered requests are past their time, and the first and last day of their answers; None for none."""
    days = sorted(row.closed_on for row in _past(house) if row.closed_on is not None)
    return (len(days), days[0], days[-1]) if days else None


def dispose(house: House, last: dt.date) -> int:
    """Destroy the keys and rows of requests that were answered up to a day and are past their time; how many."""
    past = [row.id for row in _past(house) if row.closed_on is not None and row.closed_on <= last]
    house.vault.destroy_subjects(past)
    RecordsRequest.objects.filter(id__in=past).delete()
    return len(past)


def _past(house: House) -> list[RecordsRequest]:
    before = house.today() - dt.timedelta(days=house.schedule().item(SERIES).days)
    return list(RecordsRequest.objects.filter(closed_on__lte=before))


# the tables


def _ask(house: House, actor: Actor, action: Action, requests: Sequence[int]) -> Opening:
    return house.door.ask(
        actor,
        action=action,
        purpose=Purpose.PUBLIC_RECORDS,
        series=SERIES,
        subjects=requests,
        fields=FIELDS,
        circumstance=Circumstance.CASE,
    )


def _permit(house: House, actor: Actor) -> None:
    """Whether somebody may work here at all: nothing is opened, and so the entry says of nobody."""
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.PUBLIC_RECORDS,
        series=SERIES,
        fields=FIELDS,
        circumstance=Circumstance.CASE,
    )


def _history(opening: Opening, request: int) -> tuple[Entered, ...]:
    told = (
        json.loads(opening.read(Sealed(SERIES, "request", request, row.id, row.sealed_request)))
        for row in RecordsRequestEvent.objects.filter(request_id=request).order_by("number")
    )
    return tuple(Entered(each["step"], each["by"], each["at"], each["values"]) for each in told)


def _append(house: House, request: int, number: int, entered: Entered) -> None:
    row = new_id()
    told = {"step": entered.step, "by": entered.by, "at": entered.at, "values": dict(entered.values)}
    RecordsRequestEvent.objects.create(
        id=row,
        request_id=request,
        number=number,
        sealed_request=house.vault.seal(
            request, SERIES, row, "request", json.dumps(told, ensure_ascii=False)
        ),
    )


def _seen(house: House, row: RecordsRequest, history: tuple[Entered, ...]) -> Seen:
    standing = standing_of(FOIA_MACHINES, history)
    # What sorting told stands with the rest of what is known: the first period's last day.
    sorted_as = next((each.values for each in history if each.step == SORT), {})
    known = {**sorted_as, **standing.known}
    return Seen(
        row.id,
        Standing(standing.kind, standing.state, known, standing.done, standing.intake, standing.taken_at),
        history,
        row.received_on,
        row.due_on,
        house.today(),
    )


def _by(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"
