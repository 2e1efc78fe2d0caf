"""Preserve what a request names, and let time end it: the sealed copy, its renewal, its opening, its certificate.

What the tables of ``keeping_kinds`` call for is done here: the copy is cut by the request's scope (the same structure that
cuts an order's packet) and sealed unseen; a renewal moves its end by as many days again; a computer is taken out of
service; a custodian's deposit goes into the copy as bytes that nobody looks at. Opening it takes a case in which an
order or warrant has been checked point by point; without one the door is asked all the same, refuses, and has the try
in the ledger.

Ending is the house's own work (``end_over``). It leaves a certificate: which kinds of record, the digests of
what was destroyed, when. What is kept elsewhere is forgotten meanwhile as ever: the copy is no hold on anything else.

Source: clauses MP-6.12 to MP-6.14, MP-3.7; DOMAIN practice of preserving without producing; guarantee 8.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from circumspect.offices.privacydesk import access as accesses
from circumspect.offices.privacydesk import caseids, cases, copies, guarding, sparing
from circumspect.offices.privacydesk.cases import NoSuchCaseError, Seen, Upload
from circumspect.offices.privacydesk.cases_models import Case
from circumspect.offices.privacydesk.clocks import Periods, later_by_days, periods_of
from circumspect.offices.privacydesk.copies import CopyOverError, CopyState, Piece
from circumspect.offices.privacydesk.keeping_kinds import KEPT, KeepingKind
from circumspect.offices.privacydesk.kinds import POINTS, Kind
from circumspect.offices.privacydesk.machines import YES, Entered, Standing, StepError
from circumspect.offices.privacydesk.scopes import Scope
from circumspect.records.computers import preserving
from circumspect.records.computers.models import Seat
from circumspect.records.gathering import gather
from circumspect.records.holdings import Collector
from circumspect.trust.door.door import Part
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Action, Actor, Circumstance, Purpose

DEPOSIT = "deposit"
MOST_DEPOSIT_BYTES = 25 * 1024 * 1024
# What opens a copy: paper that a judge has signed, of a kind that can be checked here.
_JUDGE_SIGNED = frozenset({Kind.COURT_ORDER, Kind.WARRANT, Kind.SUBPOENA})
_CHECKED = frozenset({"checked", "scoped", "cut", "reviewed", "authorised", "released", "delivered"})


@dataclass(frozen=True, slots=True, repr=False)
class Opened:
    """One part of a copy, opened. Prints as nothing.

    Attributes:
        rows: Of records: person, record, field and value. Empty for a deposit.
        name: Of a deposit: the file's name.
    """

    series: str
    rows: tuple[tuple[int, int, str, str], ...] = ()
    name: str = ""
    content: bytes = b""


def periods(house: House) -> Periods:
    """The library's periods. Raises ClockError where a setting does not do."""
    return periods_of(house.home.config.get("privacy_desk", {}))


def zone(house: House) -> ZoneInfo:
    """Where the library's clock stands."""
    return ZoneInfo(str(house.home.setting("library", "timezone", "America/Chicago")))


def moment_of(house: House, text: str) -> dt.datetime:
    """A moment as it was typed, in the library's own time. Where a change of clocks makes two of it, the later."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone(house), fold=1)


# steps


def keep(house: House, actor: Actor, seen: Seen, collectors: Mapping[str, Collector]) -> dict[str, str]:
    """Make the sealed copy of what the request names. Called within the step, after it has been judged.

    Raises:
        StepError: Its time would be over already.
        Refused, DoorClosed: Nothing is kept.
    """
    requested = moment_of(house, seen.standing.known["requested_at"])
    ends_at = later_by_days(requested, periods(house).preserve_days, zone(house))
    text = seen.standing.known.get("scope", "")
    pieces = _pieces(house, actor, seen, Scope.from_text(text), collectors) if text else []
    try:
        copy_id = copies.make(house, actor, pieces, matter=seen.id, kind=copies.PRESERVATION, ends_at=ends_at)
    except CopyOverError:
        raise StepError({"": "counted from that request, the time to keep it is over"}) from None
    _warn(house, seen.id, ends_at)
    return {"copy": str(copy_id), "copy_until": _text(house, ends_at)}


def renew(house: House, actor: Actor, seen: Seen) -> dict[str, str]:
    """Let the copy end later by as many days again. The machine allows it once, and on a new request alone.

    Raises:
        StepError: It has ended.
        Refused, DoorClosed: Nothing is changed.
    """
    state = _state(seen)
    ends_at = later_by_days(state.ends_at, periods(house).preserve_days, zone(house))
    try:
        copies.prolong(house, actor, state.copy_id, ends_at)
    except CopyOverError:
        raise StepError({"": "what was kept has ended"}) from None
    sparing.prolong(house, seen.id, ends_at)
    for seat in _seats_of(seen):
        if not seat.renewed:
            preserving.renew(house, actor, seat.seat, seat.matter_ref)
    _warn(house, seen.id, ends_at, may_be_renewed=False)
    return {"copy_until": _text(house, ends_at)}


def spare(house: House, seen: Seen, typed: Mapping[str, str]) -> dict[str, str]:
    """Let a letter or a report of behaviour that the request names stay until the copy ends.

    Raises:
        StepError: There is none of that number, or no living copy.
    """
    sparing.spare(
        house, seen.id, typed.get("spared_series", ""), typed.get("spared_number", ""), _state(seen).ends_at
    )
    return {}


def take_out_of_service(house: House, actor: Actor, seen: Seen, seat_name: str) -> dict[str, str]:
    """Set a computer aside for this matter, as it stands. It ends by itself too.

    Raises:
        StepError: There is no such computer, or the request is too old.
        Refused, DoorClosed: Nothing is changed.
    """
    seat = Seat.objects.filter(name__iexact=seat_name.strip()).first()
    if seat is None:
        raise StepError({"seat_name": "there is no computer of that name"})
    tipline = seen.standing.kind == KeepingKind.TIPLINE
    known = seen.standing.known
    asked_on = house.today() if tipline else moment_of(house, known["requested_at"]).date()
    days = periods(house).tipline_days if tipline else periods(house).preserve_days
    try:
        preserving.set_aside(house, actor, seat.id, matter_ref(house, seen), asked_on, days=days)
    except preserving.SettingError as problem:
        raise StepError({"seat_name": str(problem)}) from None
    return {}


def matter_ref(house: House, seen: Seen) -> str:
    """What the panel of computers calls this matter: its random number and the year, and nobody's name."""
    return f"{seen.number}/{moment_of_second(house, seen.standing.taken_at).year}"


def moment_of_second(house: House, second: int) -> dt.datetime:
    """A moment in the library's own time."""
    return dt.datetime.fromtimestamp(second, zone(house))


def deposit(house: House, actor: Actor, case: int, upload: Upload) -> None:
    """Put what a custodian hands over into the copy: bytes, sealed and never looked into.

    Raises:
        StepError: There is no living copy, or the file cannot be kept.
        NoSuchCaseError, Refused, DoorClosed: Nothing is kept.
    """
    if not upload.content:
        raise StepError({"deposit": "choose a file; this one is empty"})
    if len(upload.content) > MOST_DEPOSIT_BYTES:
        raise StepError({"deposit": f"at most {MOST_DEPOSIT_BYTES // 1024 // 1024} MB"})
    seen = cases.open_case(house, actor, case)
    name = json.dumps(upload.name[:200]).encode()
    content = len(name).to_bytes(4, "big") + name + upload.content
    try:
        copies.add(house, actor, _state(seen).copy_id, [Piece(DEPOSIT, content)])
    except CopyOverError:
        raise StepError({"deposit": "what was kept has ended, or no copy has been made yet"}) from None


def check_process(house: House, actor: Actor, number: str) -> str:
    """That a case holds legal process which opens a copy: "" where it does, else what is lacking.

    Raises:
        Refused, DoorClosed: The case cannot be looked at.
    """
    _case, standing = _under(house, actor, number)
    if standing.kind not in _JUDGE_SIGNED:
        return "there is no court order or warrant under that number"
    if standing.state not in _CHECKED or any(standing.known.get(each.name) != YES for each in POINTS):
        return "that paper has not been checked, or a point of it is in doubt"
    return ""


def check_kept(house: House, actor: Actor, number: str) -> Mapping[str, str]:
    """The number, as it is printed, under which something lives that a request is to be closed with as preserved.

    Raises:
        StepError: It is the number of no request to preserve that is there for this person, or nothing is kept by it.
        Refused, DoorClosed: The case cannot be looked at.
    """
    case, standing = _under(house, actor, number)
    if standing.kind != KeepingKind.PRESERVATION or standing.state not in KEPT:
        raise StepError({"preserved_under": "nothing is preserved under that number"})
    # Its case says so when the round has seen its end; the copy has ended before.
    if not any(each.ends_at > house.clock() for each in living(case)):
        raise StepError({"preserved_under": "what was preserved under that number has ended"})
    return {"preserved_under": caseids.number_of(case)}


def _under(house: House, actor: Actor, number: str) -> tuple[int, Standing]:
    """A case and where it stands, by its number as somebody types it; one of no kind where none is there for them."""
    case = caseids.id_of(number) or 0
    try:
        return case, cases.open_case(house, actor, case).standing
    except NoSuchCaseError:
        return case, Standing()


def open_on_process(house: House, actor: Actor, case: int, number: str) -> list[Opened]:
    """Open what was kept. Every try is in the ledger; one that succeeds is a step of the case as well.

    Args:
        number: Of the case in which the order or warrant was checked; "" for none.

    Raises:
        StepError: There is no copy, or the paper does not do. The door was asked, and refused.
        NoSuchCaseError, Refused, DoorClosed: Nothing was read.
    """
    seen = cases.open_case(house, actor, case)
    state = _state(seen)
    lacking = check_process(house, actor, number)
    if lacking:
        # Asked all the same, so that the try stands in the ledger: without process the policy refuses everybody.
        copies.read(house, actor, state.copy_id, on_process=False)
        raise StepError({"process_case": lacking})
    with accesses.quietly(house, actor, case, seen.access):
        # A look at the copy is a look at those it is about, and entered for them as far as they are still there.
        about = _of_patrons(house, seen)
        if about:
            house.door.ask_all(actor, about, circumstance=Circumstance.CASE)
        pieces = copies.read(house, actor, state.copy_id, action=Action.DISCLOSE, on_process=True)
        cases.do(house, actor, case, "opened", {"process_case": number}, makes=lambda *_: {})
    return [_opened(piece) for piece in pieces]


# the end


def end_over(house: House) -> int:
    """Destroy every copy whose time is over, and close its case; how many copies. For unattended work."""
    ended = copies.end_over(house)
    open_cases = set(Case.objects.filter(keep_until=None).values_list("id", flat=True))
    for state in copies.states(sorted(open_cases)):
        if state.kind == copies.PRESERVATION and state.ended:
            _close(house, state)
    return ended


def _close(house: House, state: CopyState) -> None:
    """Enter the end in the case: the house seals an event and opens none."""
    case = state.matter
    if state.destroyed_at is None or living(case):
        return
    entered = Entered(
        "end",
        "job:keeping",
        house.second(),
        {"destroyed_at": _text(house, state.destroyed_at)},
    )
    cases.end_by_itself(house, case, KeepingKind.PRESERVATION, entered, "ended")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What may be said of a destroyed copy: for which matter, what kinds of record, when. Nobody's name."""

    number: str
    made_at: dt.datetime
    ended_at: dt.datetime
    destroyed_at: dt.datetime
    parts: tuple[tuple[str, int, str], ...]


def certificates(house: House, case: int) -> list[Certificate]:
    """The certificates of a case's destroyed copies. Opens nothing: nothing is left to open."""
    here = zone(house)
    return [
        Certificate(
            caseids.number_of(case),
            state.made_at.astimezone(here),
            state.ends_at.astimezone(here),
            state.destroyed_at.astimezone(here),
            state.evidence,
        )
        for state in copies.states([case])
        if state.kind == copies.PRESERVATION and state.destroyed_at is not None
    ]


def living(case: int) -> list[CopyState]:
    """What is kept for a case now, without opening it. Its guard, which ends by itself, is not told of."""
    return [each for each in copies.states([case]) if each.kind == copies.PRESERVATION and not each.ended]


# helpers


def _pieces(
    house: House, actor: Actor, seen: Seen, scope: Scope, collectors: Mapping[str, Collector]
) -> list[Piece]:
    """What the scope names: what is held now, and what the request's own guard held when it was taken in."""
    at_intake = seen.standing.intake.get("patron", "")
    guarded = guarding.take_up(house, actor, seen.id) if at_intake in map(str, scope.patrons) else {}
    alive = house.vault.subjects_with_keys(scope.patrons)
    rows: dict[str, list[tuple[int, int, str, str]]] = {}
    for person, patron in enumerate(scope.patrons, 1):
        was = guarded if str(patron) == at_intake else {}
        # Of somebody who was forgotten meanwhile there is what was guarded, and nothing else.
        held = _gathered(house, actor, scope, patron, collectors) if patron in alive or not was else {}
        for series, line in scope.of(patron).items():
            records = held.get(series, [])
            for since, values in was.get(series, []):
                record = {
                    field: value
                    for field, value in values.items()
                    if scope.allows(patron, series, field, since)
                }
                records += [record] if record and record not in records else []
            rows.setdefault(line.series, []).extend(
                (person, number, field, values[field])
                for number, values in enumerate(records, 1)
                for field in sorted(values)
            )
    return [Piece(series, copies.as_json(told)) for series, told in rows.items() if told]


def _gathered(
    house: House, actor: Actor, scope: Scope, patron: int, collectors: Mapping[str, Collector]
) -> dict[str, list[dict[str, str]]]:
    lines = scope.of(patron)
    found = gather(
        house,
        actor,
        patron,
        {series: line.fields for series, line in lines.items()},
        action=Action.PRESERVE,
        purpose=Purpose.PRESERVE,
        circumstance=Circumstance.CASE,
        days={series: (line.first, line.last) for series, line in lines.items()},
        collectors=collectors,
    )
    return {series: [values for _since, values in records] for series, records in found.records().items()}


def _of_patrons(house: House, seen: Seen) -> list[Part]:
    text = seen.standing.known.get("scope", "")
    lines = Scope.from_text(text).lines if text else ()
    alive = house.vault.subjects_with_keys([line.patron for line in lines])
    return [
        Part(Action.DISCLOSE, Purpose.DISCLOSE, line.series, (line.patron,), line.fields)
        for line in lines
        if line.patron in alive
    ]


def _opened(piece: Piece) -> Opened:
    if piece.series == DEPOSIT:
        length = int.from_bytes(piece.content[:4], "big")
        name = json.loads(piece.content[4 : 4 + length])
        return Opened(DEPOSIT, name=str(name), content=piece.content[4 + length :])
    rows = tuple((int(a), int(b), str(c), str(d)) for a, b, c, d in json.loads(piece.content))
    return Opened(piece.series, rows)


def _state(seen: Seen) -> CopyState:
    found = living(seen.id)
    number = seen.standing.known.get("copy", "")
    for state in found:
        if str(state.copy_id) == number:
            return state
    raise StepError({"": "there is no copy, or it has ended and is destroyed"})


def _seats_of(seen: Seen) -> Sequence[preserving.Kept]:
    return preserving.of_matter(f"{seen.number}/")


def _warn(house: House, case: int, ends_at: dt.datetime, *, may_be_renewed: bool = True) -> None:
    """Deadlines before the end, in place of those of an earlier one."""
    unless = ", unless a new request comes" if may_be_renewed else ""
    cases.end_deadlines(house, Case.objects.get(id=case))
    last = ends_at.astimezone(zone(house)).date()
    for days in periods(house).warn_days:
        words = f"What is kept ends in {days} day{'s' if days != 1 else ''}{unless}"
        cases.put_deadline(house, case, (last - dt.timedelta(days=days)).isoformat(), words)
    cases.put_deadline(house, case, last.isoformat(), "What is kept ends by itself")


def _text(house: House, moment: dt.datetime) -> str:
    return moment.astimezone(zone(house)).strftime("%Y-%m-%d %H:%M")
