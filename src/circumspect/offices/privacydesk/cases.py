"""Work on requests about patrons: taken in by anybody, seen and worked on by those in charge, through the door.

A case is a list of sealed events; ``machines`` says what may come next. Every step asks the door anew with the right
it needs, so that somebody whose designation ended a minute ago takes no step. Whoever took a request in sees
nothing of it afterwards, unless they are in charge themselves.

Source: clauses MP-3.7, MP-5.1, MP-7.12; guarantee 9.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction
from django.db.models import F

from circumspect.offices.privacydesk import access as accesses
from circumspect.offices.privacydesk import caseids
from circumspect.offices.privacydesk.access import Access, GagError
from circumspect.offices.privacydesk.cases_models import (
    Case,
    CaseAlarm,
    CaseCount,
    CaseDeadline,
    CaseEvent,
    CasePaper,
)
from circumspect.offices.privacydesk.clocks import periods_of
from circumspect.offices.privacydesk.kinds import MACHINES, SECOND_PERSON
from circumspect.offices.privacydesk.machines import (
    SORT,
    Ask,
    Entered,
    Field,
    Moment,
    Standing,
    Step,
    StepError,
    is_over,
    read_fields,
    standing_of,
    take,
)
from circumspect.trust.door.door import Opening, Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose
from circumspect.trust.vault.sealed import Sealed

SERIES = "cases"
_PAGE = 50  # the door opens so many at once
MOST_PAPERS = 12
GAG_REVIEW = "Look at the gag again"
MOST_PAPER_BYTES = 15 * 1024 * 1024

INTAKE: tuple[Field, ...] = (
    Field(
        "what",
        "What do they want?",
        Ask.CHOICE,
        choices=(
            ("talk", "They ask by word of mouth"),
            ("paper", "They brought or sent a paper"),
            ("search", "They are here to search or take something"),
            ("danger", "They say that somebody is in danger now"),
            ("keep", "They ask that something be kept"),
            ("other", "Something else"),
        ),
    ),
    Field("who", "Who are they? Name, agency, badge number, if they said", Ask.LONG, required=False),
    Field("said", "What was said or handed over", Ask.LONG, required=False),
    Field("came_at", "When did they come?", Ask.MOMENT),
    Field("where", "Where", required=False),
    Field("urgent", "Do they want something done at once?", Ask.YES_NO),
)


class NoSuchCaseError(Exception):
    """There is no such case, or not for this person. The two are not told apart."""


class ChangedMeanwhileError(Exception):
    """Somebody else took the next step first."""


class PaperError(ValueError):
    """A paper that cannot be kept: too large, empty, or one too many."""


@dataclass(frozen=True, slots=True, repr=False)
class Upload:
    """A file as it came. Its bytes are never looked into."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Paper:
    """A paper of a case, without its bytes."""

    id: int
    name: str
    role: str  # "paper", or "content" for the custodian's deposit


@dataclass(frozen=True, slots=True, repr=False)
class Seen:
    """A case, opened. Prints as nothing."""

    id: int
    number: str
    standing: Standing
    history: tuple[Entered, ...]
    access: Access
    papers: tuple[Paper, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether it has come to an end."""
        return is_over(MACHINES, self.standing)


# What happens beside an intake: telling those in charge, and keeping what it names.
Told = Callable[[int, bool], object]
Keeps = Callable[[House, int, int], None]  # house, case, patron


def take_in(
    house: House,
    actor: Actor,
    typed: Mapping[str, str],
    uploads: Sequence[Upload] = (),
    *,
    patron: int | None = None,
    card_given: bool = False,
    told: Told | None = None,
    keeps: Keeps | None = None,
) -> int:
    """Write down that somebody asks about a patron. For everybody on the staff.

    Args:
        patron: Whose card was scanned or found, where one was.
        card_given: A card's number was entered, on file or not. Those in charge are told which; whoever enters it is not.
        told: Tells those in charge: the case and whether it is urgent. Called once the case is kept.
        keeps: Sets aside for a while what is held of whoever the card is, as it is now.

    Returns:
        The case's number in the house; its random number is ``caseids.number_of``.

    Raises:
        StepError: Something is missing.
        PaperError: A paper cannot be kept.
        Refused, DoorClosed: Nothing was written.
    """
    values, problems = read_fields(INTAKE, typed)
    if problems:
        raise StepError(problems)
    papers = [_checked(upload) for upload in uploads]
    if len(papers) > MOST_PAPERS:
        raise PaperError(f"at most {MOST_PAPERS} papers go with one request")
    if patron is not None:
        values["patron"] = str(patron)
    if patron is not None or card_given:
        values["card"] = "on file" if patron is not None else "not on file"
    # Permitted, and not opened: whoever writes this can read none of it.
    house.door.permit(
        actor,
        action=Action.CHANGE,
        purpose=Purpose.TAKE_IN,
        series=SERIES,
        fields={"intake", "papers"},
        circumstance=Circumstance.CASE,
    )
    case = caseids.new_id()
    sealer = house.vault.new_subjects([case])[case]
    now = house.second()
    entered = Entered("take_in", _by(actor), now, values)
    with transaction.atomic():
        Case.objects.create(id=case, sealed_access=accesses.protect(house, case, Access()))
        _append(house, case, 0, entered)
        for upload in papers:
            row = caseids.new_id()
            CasePaper.objects.create(
                id=row,
                case_id=case,
                sealed_name=sealer.seal(SERIES, row, "papers", json.dumps([upload.name, "paper"])),
                sealed_papers=sealer.seal(SERIES, row, "papers", base64.b64encode(upload.content).decode()),
            )
        CaseAlarm.objects.create(case_id=case, is_urgent=values["urgent"] == "yes", at=now)
    if patron is not None and keeps is not None:
        keeps(house, case, patron)
    if told is not None:
        told(case, values["urgent"] == "yes")
    return case


def visible(house: House, actor: Actor, *, closed: bool = False) -> list[Case]:
    """The cases that are there for somebody: those under a gag for the named alone. Opens nothing."""
    rows = Case.objects.filter(keep_until__isnull=not closed).order_by("id")
    return [row for row in rows if accesses.access_of(house, row).may_see(actor)]


def list_cases(house: House, actor: Actor, *, closed: bool = False) -> list[Seen]:
    """The cases somebody may see, newest first.

    Raises:
        Refused, DoorClosed: Nothing was read.
    """
    rows = visible(house, actor, closed=closed)
    seen: list[Seen] = []
    for start in range(0, len(rows), _PAGE):
        some = rows[start : start + _PAGE]
        opening = house.door.ask(
            actor,
            action=Action.VIEW,
            purpose=Purpose.DISCLOSE,
            series=SERIES,
            subjects=[row.id for row in some],
            fields={"intake", "steps"},
            circumstance=Circumstance.CASE,
        )
        histories = _histories(opening, [row.id for row in some])
        seen += [_seen(house, row, histories[row.id]) for row in some]
    if not rows:
        # Nobody learns by an empty list that they may not see one.
        _permit_to_see(house, actor)
    return sorted(seen, key=lambda each: (-each.standing.taken_at, each.id))


def _permit_to_see(house: House, actor: Actor) -> None:
    house.door.permit(
        actor,
        action=Action.VIEW,
        purpose=Purpose.DISCLOSE,
        series=SERIES,
        fields={"intake", "steps"},
        circumstance=Circumstance.CASE,
    )


def case_row(house: House, actor: Actor, case: int) -> tuple[Case, Access]:
    """A case's row, where it is there for somebody.

    Raises:
        NoSuchCaseError: It is not, for somebody who works on cases.
        Refused, DoorClosed: They do not work on cases: refused as for any other, so that nobody learns which there are.
    """
    row = Case.objects.filter(id=case).first()
    access = accesses.access_of(house, row) if row else Access()
    if row is None or not access.may_see(actor):
        _permit_to_see(house, actor)
        raise NoSuchCaseError
    return row, access


def open_case(house: House, actor: Actor, case: int) -> Seen:
    """Open a case with its papers' names.

    Raises:
        NoSuchCaseError: There is none, or not for this person.
        Refused, DoorClosed: Nothing was read.
    """
    row, _access = case_row(house, actor, case)
    opening = _ask(house, actor, case, Action.VIEW, {"intake", "steps", "papers"})
    history = _histories(opening, [case])[case]
    papers = [_paper(opening, each) for each in CasePaper.objects.filter(case_id=case).order_by("id")]
    return _seen(house, row, history, tuple(papers))


def do(
    house: House,
    actor: Actor,
    case: int,
    code: str,
    typed: Mapping[str, str],
    *,
    makes: Callable[[Seen, Step, Mapping[str, str]], Mapping[str, str]] | None = None,
    also_named: Sequence[int] = (),
) -> Seen:
    """Take a step, with the right it needs, and write it down.

    Args:
        makes: For a step that makes something (a scope, a packet): what is to be known of it, by name of hidden field.
            It runs after the door has answered, and where something is read for it, after the step was judged.
        also_named: Who sees a request of a kind that seals itself besides whoever sorts it: the Executive Director.

    Returns:
        The case as it stands now.

    Raises:
        NoSuchCaseError: There is none, or not for this person.
        StepError: It may not be taken now, or something is missing.
        ChangedMeanwhileError: Somebody else took a step first.
        Refused, DoorClosed: The door stays shut.
    """
    row, access = case_row(house, actor, case)
    with accesses.quietly(house, actor, case, access):
        opening = _ask(house, actor, case, Action.USE, {"intake", "steps"})
        history = _histories(opening, [case])[case]
        seen = _seen(house, row, history)
        machine = MACHINES.get(seen.standing.kind)
        step = machine.step(code) if machine else None
        fields = {"steps", "packet"} if step and step.right.value == "disclose" else {"steps"}
        _ask(house, actor, case, Action(step.right.value) if step else Action.CHANGE, fields)
        values = {name: value for name, value in typed.items() if name not in _hidden(step)}

        def judged(more: Mapping[str, str]) -> Entered:
            return take(
                MACHINES,
                seen.standing,
                code,
                {**values, **more},
                by=_by(actor),
                at=house.second(),
                moment=moment_of(house),
            )

        made: Mapping[str, str] = {}
        if step is not None and step.makes:
            if step.makes not in _NAMES_ONLY:
                # Judged before anything is read for it: a step that may not be taken reads nothing.
                judged(dict.fromkeys(_hidden(step), "to be made"))
            if makes is not None and seen.standing.state in step.frm:
                made = makes(
                    _with_papers(house, actor, seen) if step.makes == "content" else seen, step, typed
                )
        # What the house makes may also be what was typed, as it is printed.
        own = {each.name for each in step.fields} if step is not None else set()
        entered = judged({name: value for name, value in made.items() if name in own})
        return _write(house, row, history, entered, also_named)


# What these steps make is what somebody said: nothing is read for it.
_NAMES_ONLY = frozenset({"scope", "patron", "form"})


def _hidden(step: Step | None) -> frozenset[str]:
    """The fields of a step that the house fills in, and no form."""
    return frozenset(each.name for each in step.fields if each.ask is Ask.HIDDEN) if step else frozenset()


def _write(
    house: House, row: Case, history: Sequence[Entered], entered: Entered, also_named: Sequence[int]
) -> Seen:
    after = (*history, entered)
    seen = _seen(house, row, after)
    with _in_one():
        _append(house, row.id, len(history), entered)
        _consequences(house, row, seen, entered, also_named)
    return seen


@contextmanager
def _in_one() -> Iterator[None]:
    """Whole or not at all. Raises ChangedMeanwhileError where somebody else wrote at the same moment."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise ChangedMeanwhileError from None


def note(house: House, actor: Actor, case: int, step: str, values: Mapping[str, str]) -> None:
    """Write down something that is no step of any table, such as who took a request up. The door was asked.

    Raises:
        ChangedMeanwhileError: Somebody else wrote at the same moment.
    """
    with _in_one():
        _note(house, actor, case, step, values)


def _note(house: House, actor: Actor, case: int, step: str, values: Mapping[str, str]) -> None:
    number = CaseEvent.objects.filter(case_id=case).count()
    _append(house, case, number, Entered(step, _by(actor), house.second(), dict(values)))


def _consequences(house: House, row: Case, seen: Seen, entered: Entered, also_named: Sequence[int]) -> None:
    """What follows from a step outside the case: nobody has to be called, a deadline stands, a count is one more."""
    machine = MACHINES[seen.standing.kind]
    CaseAlarm.objects.filter(case_id=row.id, acknowledged_at=0).update(
        acknowledged_at=entered.at, acknowledged_by=int(entered.by.partition(":")[2] or 0)
    )
    if entered.step == "deadline":
        put_deadline(house, row.id, entered.values["due_on"], entered.values["due_what"])
    before = {each.values.get("comply_by") for each in seen.history[:-1]}
    if "comply_by" in entered.values and entered.values["comply_by"] not in before:
        put_deadline(house, row.id, entered.values["comply_by"], "To be complied with")
    if entered.step == SORT and machine.is_sealed:
        # A paper of this kind binds everybody to silence from the first moment on.
        named = frozenset({int(entered.by.partition(":")[2] or 0), *also_named})
        periods = periods_of(house.home.config.get("privacy_desk", {}))
        review_on = house.today() + dt.timedelta(days=periods.gag_review_days)
        _set_access(house, row, Access(True, named, review_on))
        put_deadline(house, row.id, review_on.isoformat(), GAG_REVIEW)
    if seen.is_over:
        keep_days = house.schedule().item(SERIES).days
        Case.objects.filter(id=row.id).update(keep_until=house.today() + dt.timedelta(days=keep_days))
        end_deadlines(house, row, seen.standing.known.get("keep_until", ""))
        CaseAlarm.objects.filter(case_id=row.id).delete()
        if not accesses.access_of(house, row).is_sealed:
            count(house, seen.standing)


def end_by_itself(house: House, case: int, kind: str, entered: Entered, outcome: str) -> None:
    """Enter an end that nobody brought about but time: the house seals an event, and opens none.

    Args:
        outcome: The end's code, for the counts.
    """
    row = Case.objects.filter(id=case, keep_until=None).first()
    if row is None:
        return
    with transaction.atomic():
        _append(house, case, CaseEvent.objects.filter(case_id=case).count(), entered)
        keep_days = house.schedule().item(SERIES).days
        Case.objects.filter(id=case).update(keep_until=house.today() + dt.timedelta(days=keep_days))
        end_deadlines(house, row)
        CaseAlarm.objects.filter(case_id=case).delete()
        if not accesses.access_of(house, row).is_sealed:
            count(house, Standing(kind, outcome))


def end_deadlines(house: House, row: Case, keep_until: str = "") -> None:
    """Nothing of a case is due any more, but for the day on which its gag is looked at again, and ``keep_until``.

    A gag outlasts its case: without that day nobody would ever end it, and the patron's page would hide the looks for good.
    """
    access = accesses.access_of(house, row)
    stays = [access.review_on] if access.is_sealed and access.review_on else []
    if keep_until:
        stays.append(dt.date.fromisoformat(keep_until))
    CaseDeadline.objects.filter(case_id=row.id).exclude(due_on__in=stays).update(is_done=True)


def count(house: House, standing: Standing) -> None:
    """Count a case that is over, in this quarter. Of one under a gag, when the gag ends."""
    today = house.today()
    row, _ = CaseCount.objects.get_or_create(
        quarter=f"{today.year}-Q{(today.month + 2) // 3}", kind=standing.kind, outcome=standing.state
    )
    CaseCount.objects.filter(pk=row.pk).update(count=F("count") + 1)


def put_deadline(house: House, case: int, day: str, what: str) -> None:
    """Set a day on which something is due."""
    row = caseids.new_id()
    CaseDeadline.objects.create(
        id=row,
        case_id=case,
        due_on=dt.date.fromisoformat(day),
        sealed_steps=house.vault.seal(case, SERIES, row, "steps", what),
    )


# the gag


def put_gag(house: House, actor: Actor, case: int, named: Sequence[int], review_on: dt.date) -> None:
    """Seal a case: from now on it is there for the named alone, whoever sets it among them.

    Of a case that is sealed: others are named from now on, or it is looked at again on another day.

    Raises:
        NoSuchCaseError, GagError, ChangedMeanwhileError, Refused, DoorClosed: Nothing was changed.
    """
    row, _access = case_row(house, actor, case)
    if review_on < house.today():
        raise GagError("the day on which it is looked at again has to lie ahead")
    whose = frozenset(named) | {int(actor.id)}
    sealed = Access(True, whose, review_on)
    accesses.protect(house, case, sealed)
    with accesses.quietly(house, actor, case, sealed):
        opening = _ask(house, actor, case, Action.CHANGE, {"steps"})
        with _in_one():
            _end_reviews(opening, case)
            _set_access(house, row, sealed)
            put_deadline(house, case, review_on.isoformat(), GAG_REVIEW)
            CaseAlarm.objects.filter(case_id=case).delete()
            told = {"review_on": review_on.isoformat(), "named": ",".join(map(str, sorted(whose)))}
            _note(house, actor, case, "gag", told)


def end_gag(house: House, actor: Actor, case: int, *, why: str = "") -> None:
    """The gag has ended: the case is there for everybody in charge, and the patron's page shows what it hid.

    Args:
        why: What ended it, for the file.

    Raises:
        NoSuchCaseError, ChangedMeanwhileError, Refused, DoorClosed: Nothing was changed.
    """
    row, access = case_row(house, actor, case)
    opening = _ask(house, actor, case, Action.CHANGE, {"steps", "intake"})
    seen = _seen(house, row, _histories(opening, [case])[case])
    with _in_one():
        _end_reviews(opening, case)
        _set_access(house, row, Access())
        accesses.lift(house, case)
        _note(house, actor, case, "ungag", {"ended_by": why})
        if access.is_sealed and seen.is_over:
            count(house, seen.standing)


def _end_reviews(opening: Opening, case: int) -> None:
    for row in CaseDeadline.objects.filter(case_id=case, is_done=False):
        if opening.read(Sealed(SERIES, "steps", case, row.id, row.sealed_steps)) == GAG_REVIEW:
            CaseDeadline.objects.filter(pk=row.pk).update(is_done=True)


def _set_access(house: House, row: Case, access: Access) -> None:
    row.sealed_access = accesses.protect(house, row.id, access)
    Case.objects.filter(id=row.id).update(sealed_access=row.sealed_access)


# papers


def add_paper(house: House, actor: Actor, case: int, upload: Upload, role: str = "paper") -> None:
    """Put a paper with a case: one that came later, or a custodian's deposit (role "content").

    Raises:
        NoSuchCaseError, PaperError, ChangedMeanwhileError, Refused, DoorClosed: Nothing was kept.
    """
    row, _access = case_row(house, actor, case)
    paper = _checked(upload)
    if CasePaper.objects.filter(case_id=case).count() >= MOST_PAPERS:
        raise PaperError(f"at most {MOST_PAPERS} papers go with one request")
    _ask(house, actor, case, Action.CHANGE, {"papers"})
    opening = _ask(house, actor, case, Action.USE, {"intake", "steps"})
    machine = MACHINES.get(_seen(house, row, _histories(opening, [case])[case]).standing.kind)
    if machine is not None and machine.takes_no_files:
        raise PaperError("nothing is ever put with a request of this kind")
    sealer, number = house.vault.sealer(case), caseids.new_id()
    with _in_one():
        CasePaper.objects.create(
            id=number,
            case_id=row.id,
            sealed_name=sealer.seal(SERIES, number, "papers", json.dumps([paper.name, role])),
            sealed_papers=sealer.seal(SERIES, number, "papers", base64.b64encode(paper.content).decode()),
        )
        _note(house, actor, case, "paper", {"paper": paper.name})


def read_paper(house: House, actor: Actor, case: int, paper: int) -> Upload:
    """A paper's bytes, as they came.

    Raises:
        NoSuchCaseError, Refused, DoorClosed: Nothing was read.
    """
    case_row(house, actor, case)
    opening = _ask(house, actor, case, Action.VIEW, {"papers"})
    row = CasePaper.objects.filter(id=paper, case_id=case).first()
    if row is None:
        raise NoSuchCaseError
    content = opening.read(Sealed(SERIES, "papers", case, row.id, row.sealed_papers))
    return Upload(_paper(opening, row).name, base64.b64decode(content))


def _checked(upload: Upload) -> Upload:
    if not upload.content:
        raise PaperError("one of the papers is empty")
    if len(upload.content) > MOST_PAPER_BYTES:
        raise PaperError(f"a paper may have at most {MOST_PAPER_BYTES // 1024 // 1024} MB")
    name = "".join(sign for sign in upload.name if sign.isalnum() or sign in " ._-")[:80].strip(" .")
    return Upload(name or "paper", upload.content)


def _with_papers(house: House, actor: Actor, seen: Seen) -> Seen:
    opening = _ask(house, actor, seen.id, Action.USE, {"papers"})
    papers = CasePaper.objects.filter(case_id=seen.id).order_by("id")
    return replace(seen, papers=tuple(_paper(opening, each) for each in papers))


def _paper(opening: Opening, row: CasePaper) -> Paper:
    name, role = json.loads(opening.read(Sealed(SERIES, "papers", row.case_id, row.id, row.sealed_name)))
    return Paper(row.id, name, role)


# between the tables and the machines


def moment_of(house: House) -> Moment:
    """The day, and what this library has chosen: ``[privacy_desk] second_person`` names kinds."""
    chosen = house.home.setting("privacy_desk", "second_person", sorted(SECOND_PERSON))
    return Moment(house.today(), frozenset(str(each) for each in chosen))


def _ask(house: House, actor: Actor, case: int, action: Action, fields: set[str]) -> Opening:
    part = Part(action, Purpose.DISCLOSE, SERIES, (case,), frozenset(fields))
    return house.door.ask_all(actor, [part], circumstance=Circumstance.CASE)[0]


def _histories(opening: Opening, cases: Sequence[int]) -> dict[int, tuple[Entered, ...]]:
    found: dict[int, list[Entered]] = {case: [] for case in cases}
    for row in CaseEvent.objects.filter(case_id__in=list(cases)).order_by("case_id", "number"):
        field = "intake" if row.number == 0 else "steps"
        told = json.loads(opening.read(Sealed(SERIES, field, row.case_id, row.id, row.sealed_steps)))
        found[row.case_id].append(Entered(told["step"], told["by"], told["at"], told["values"]))
    return {case: tuple(entered) for case, entered in found.items()}


def _append(house: House, case: int, number: int, entered: Entered) -> None:
    row = secrets.randbits(62) + 1
    told = {"step": entered.step, "by": entered.by, "at": entered.at, "values": dict(entered.values)}
    field = "intake" if number == 0 else "steps"
    CaseEvent.objects.create(
        id=row,
        case_id=case,
        number=number,
        sealed_steps=house.vault.seal(
            case, SERIES, row, field, json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        ),
    )


def _seen(house: House, row: Case, history: tuple[Entered, ...], papers: tuple[Paper, ...] = ()) -> Seen:
    return Seen(
        row.id,
        caseids.number_of(row.id),
        standing_of(MACHINES, history),
        history,
        accesses.access_of(house, row),
        papers,
    )


def _by(actor: Actor) -> str:
    return f"{actor.kind}:{actor.id}"
