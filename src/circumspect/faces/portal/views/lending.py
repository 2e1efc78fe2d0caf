"""Loans, holds, requests, fees, computers: what a patron has, waits for, owes and has booked, and what may be done about it.

Each act is one use-case of the rooms below, done as the patron; each page asks for what it shows and no more.

Source: clauses TH-1.19 to TH-1.21, TH-1.24, TH-2.2; issue "The public side", section 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from circumspect.faces.portal import words
from circumspect.faces.portal.guard import PortalRequest, done, number, own_page, show
from circumspect.faces.public.house import house
from circumspect.records.catalog.models import Branch, Title
from circumspect.records.circulation import lending, requesting
from circumspect.records.computers import booking
from circumspect.records.computers.models import Seat
from circumspect.records.computers.places import NoSuchSeatError, SettingError
from circumspect.records.fees import account as money
from circumspect.records.fees.rules import CODE_WORDS
from circumspect.records.holds import placing
from circumspect.records.holds.rules import HoldStop
from circumspect.records.ill import asking
from circumspect.records.ill.citations import Citation, CitationError
from circumspect.records.ill.states import Stage, WrongStepError
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.reading import open_records
from circumspect.records.patrons.standing import BlockKind, Standing
from circumspect.trust.policy.request import Circumstance, Purpose

HERE = Circumstance.OWN_SIGN_IN
_SOON_SECONDS = 3 * 86400
_BOOKING_MINUTES = (15, 30, 45, 60, 90, 120)


@dataclass(frozen=True, slots=True, repr=False)
class LoanLine:
    """A loan as its reader sees it. Prints as nothing.

    Attributes:
        note: Why it was not renewed a moment ago; "" otherwise.
    """

    barcode: str
    title: str
    due_on: dt.datetime
    is_overdue: bool
    is_soon: bool
    state: str
    renewals: int
    note: str = ""
    was_renewed: bool = False


@own_page
def home(request: PortalRequest) -> HttpResponse:
    """At a glance: what is due, what is ready, what is owed, and until when the card holds."""
    live = request.live
    record = open_records(
        house(),
        live.actor,
        [live.patron],
        ["given_name", "standing"],
        purpose=Purpose.OWN_RECORD,
        circumstance=HERE,
    )[0]
    loans = _loans(request)
    holds = placing.holds_of(house(), live.actor, live.patron, circumstance=HERE)
    account = money.account(house(), live.actor, live.patron, circumstance=HERE, purpose=Purpose.OWN_RECORD)
    standing = record.standing
    context = {
        "name": record["given_name"],
        "loans": loans[:3],
        "more_loans": max(0, len(loans) - 3),
        "overdue": sum(each.is_overdue for each in loans),
        "ready": [each for each in holds if each.state == "on_shelf"],
        "holds": len(holds),
        "sums": account,
        "stops": _stops(standing),
        "expires_on": standing.expires_on,
        "expires_soon": standing.expires_on is not None
        and (standing.expires_on - house().today()).days <= 60,
        "branches": branch_names(),
    }
    return show(request, "home.html", context)


# loans


@own_page
def loans(request: PortalRequest) -> HttpResponse:
    """What is out, and renewing one of it or all."""
    if request.method != "POST":
        return show(request, "loans.html", {"loans": _loans(request), "may": True})
    item = request.POST.get("item", "")
    answers = lending.renew_many(
        house(),
        request.live.actor,
        request.live.patron,
        [item] if item else None,
        branch=_branch(request),
        circumstance=HERE,
    )
    notes = {
        each.item.barcode: " ".join(words.of_hindrance(why.kind) for why in each.stopped.hindrances)
        for each in answers
        if isinstance(each, lending.NotCheckedOut)
    }
    renewed = {each.item.barcode for each in answers if isinstance(each, lending.CheckedOut)}
    context = {
        "loans": _loans(request, notes, renewed),
        "renewed": len(renewed),
        "stopped": len(notes),
        "fined": any(isinstance(each, lending.CheckedOut) and each.fine_cents for each in answers),
        "answered": True,
    }
    return show(request, "loans.html", context)


def _loans(
    request: PortalRequest, notes: dict[str, str] | None = None, renewed: set[str] | None = None
) -> list[LoanLine]:
    zone, now = lending.zone_of(house()), house().clock().timestamp()
    found = lending.loans_of(
        house(), request.live.actor, request.live.patron, circumstance=HERE, purpose=Purpose.OWN_RECORD
    )
    return [
        LoanLine(
            each.item.barcode,
            each.item.title,
            dt.datetime.fromtimestamp(each.due_at, zone),
            each.is_overdue,
            not each.is_overdue and each.due_at - now < _SOON_SECONDS,
            each.state,
            each.renewals,
            (notes or {}).get(each.item.barcode, ""),
            each.item.barcode in (renewed or ()),
        )
        for each in found
    ]


# holds


@own_page
def holds(request: PortalRequest) -> HttpResponse:
    """What is waited for; pause it, resume it, move it, cancel it."""
    if request.method != "POST":
        return _holds_page(request)
    hold, act = number(request.POST.get("hold", "")), request.POST.get("act", "")
    until = request.POST.get("until", "")
    if act == "freeze" and _is_unread(until):
        # To pause without an end is not what was asked for.
        return _holds_page(request, hold, words.day_like(house().today()))
    who: dict[str, Any] = {"circumstance": HERE}
    mine = (house(), request.live.actor, request.live.patron, hold)
    try:
        if act == "cancel":
            placing.cancel(*mine, **who)
            return done("portal-holds", "cancelled")
        if act == "freeze":
            placing.freeze(*mine, until=_day(until), **who)
            return done("portal-holds", "paused")
        if act == "thaw":
            placing.thaw(*mine, **who)
            return done("portal-holds", "resumed")
        if act == "move":
            placing.move(*mine, pickup_branch=request.POST.get("branch", ""), **who)
            return done("portal-holds", "moved")
    except placing.NoSuchHoldError:
        return _holds_page(request, hold, _("This hold has ended. Look at the list again."))
    except placing.NotWaitingError:
        return _holds_page(
            request, hold, _("A copy is on its way or ready already. Pick it up, or cancel the hold.")
        )
    except placing.HoldFieldError as problem:
        if problem.field == "pickup_branch":
            return _holds_page(request, hold, _("No copy of this can be held for that branch."))
        return _holds_page(
            request, hold, _("Choose a day after today, up to the last day you want it, or leave it empty.")
        )
    return _holds_page(request)


def _holds_page(request: PortalRequest, wrong: int = -1, error: str = "") -> HttpResponse:
    found = placing.holds_of(house(), request.live.actor, request.live.patron, circumstance=HERE)
    context = {
        "holds": [{"hold": each, "state": words.HOLD_STATES[each.state]} for each in found],
        "branches": branch_names(),
        "wrong": wrong,
        "error": error,
        "until": request.POST.get("until", ""),
    }
    return show(request, "holds.html", context, status=400 if error else 200)


@own_page
def place(request: PortalRequest, title: int) -> HttpResponse:
    """Ask for a title, which the catalogue's page named."""
    found = Title.objects.filter(id=title).values("id", "title", "author").first()
    error = "" if found else words.of_hindrance(HoldStop.NO_SUCH_TITLE)
    until = request.POST.get("until", "")
    if request.method == "POST" and _is_unread(until):
        error = words.day_like(house().today())
    elif request.method == "POST" and found is not None:
        answer = requesting.place_hold(
            house(),
            request.live.actor,
            request.live.patron,
            placing.Wanted(title),
            pickup_branch=request.POST.get("branch", ""),
            circumstance=HERE,
            expires_on=_day(until),
        )
        if isinstance(answer, placing.Placed):
            return done("portal-holds", "placed")
        error = " ".join(dict.fromkeys(words.of_hindrance(each.kind) for each in answer.hindrances))
    context = {
        "title": found,
        "error": error,
        "branches": branch_names(),
        "chosen": request.POST.get("branch", "") or (_branch(request) if found else ""),
        "until": until,
        "day_is_wrong": _is_unread(until),
    }
    return show(request, "place.html", context, status=400 if error else 200)


# requests to other libraries


@own_page
def requests(request: PortalRequest) -> HttpResponse:
    """What other libraries are asked for; ask for something, or take it back."""
    if request.method != "POST":
        return _requests_page(request)
    if request.POST.get("act") == "cancel":
        try:
            asking.cancel(
                house(),
                request.live.actor,
                request.live.patron,
                number(request.POST.get("request", "")),
                circumstance=HERE,
            )
        except (asking.NoSuchRequestError, WrongStepError):
            return _requests_page(
                request, _("This request cannot be cancelled any more. Look at the list again.")
            )
        return done("portal-requests", "cancelled")
    typed = {
        name: request.POST.get(name, "").strip()[:300] for name in ("title", "author", "year", "isbn", "part")
    }
    try:
        answer = asking.ask(
            house(),
            request.live.actor,
            request.live.patron,
            Citation.typed(**typed),
            pickup_branch=request.POST.get("branch", ""),
            circumstance=HERE,
        )
    except CitationError as problem:
        text = _("Write the title.") if problem.field == "title" else words.of_hindrance(HoldStop.NO_BRANCH)
        return _requests_page(request, text, typed, problem.field)
    if isinstance(answer, asking.NotAsked):
        error = " ".join(dict.fromkeys(words.of_hindrance(each.kind) for each in answer.hindrances))
        return _requests_page(request, error, typed)
    return done("portal-requests", "asked")


def _requests_page(
    request: PortalRequest, error: str = "", typed: dict[str, str] | None = None, field: str = ""
) -> HttpResponse:
    found = asking.requests_of(house(), request.live.actor, request.live.patron, circumstance=HERE)
    context = {
        "requests": [
            {
                "id": each.request_id,
                "citation": each.citation,
                "stage": words.STAGES[each.stage],
                "branch": branch_names().get(each.pickup_branch, each.pickup_branch),
                "asked_on": each.asked_on,
                "may_cancel": each.stage in (Stage.REQUESTED, Stage.SENT),
            }
            for each in found
        ],
        "branches": branch_names(),
        "typed": typed or {},
        "chosen": request.POST.get("branch", "") or _branch(request),
        "error": error,
        "field": field,
    }
    return show(request, "requests.html", context, status=400 if error else 200)


# money


@own_page
def fees(request: PortalRequest) -> HttpResponse:
    """What is owed, what was paid and what was let go, and the deposit."""
    account = money.account(
        house(), request.live.actor, request.live.patron, circumstance=HERE, purpose=Purpose.OWN_RECORD
    )
    context = {
        "owed": _in_words(account.owed),
        "paid": _in_words(account.paid),
        "waived": _in_words(account.waived),
        "owed_cents": account.owed_cents,
        "deposit": account.deposit,
    }
    return show(request, "fees.html", context)


def _in_words(lines: Sequence[money.FeeShown]) -> list[dict[str, Any]]:
    why = {str(text): words.FEE_CODES[code] for code, text in CODE_WORDS.items()}
    return [
        {"fee": each, "words": words.FEES[each.kind], "why": [why[one] for one in each.why]} for each in lines
    ]


# computers


@own_page
def computers(request: PortalRequest) -> HttpResponse:
    """The computer that is booked; book one, or give it up."""
    if request.method != "POST":
        return _computers_page(request)
    if request.POST.get("act") == "give-up":
        booking.give_up(
            house(), request.live.actor, request.live.patron, number(request.POST.get("booking", ""))
        )
        return done("portal-computers", "given-up")
    starts_at = _moment(request.POST.get("day", ""), request.POST.get("time", ""))
    seat, minutes = number(request.POST.get("seat", "")), number(request.POST.get("minutes", ""))
    if starts_at is None:
        return _computers_page(request, _("Write the day and the time."))
    try:
        booking.book(
            house(),
            request.live.actor,
            request.live.patron,
            seat,
            starts_at,
            minutes,
        )
    except SettingError as problem:
        is_taken = problem.reason == booking.TAKEN
        others = booking.free_then(seat, starts_at, minutes) if is_taken else []
        return _computers_page(request, words.of_seat(problem), others)
    except NoSuchSeatError:
        return _computers_page(request, _("Choose one of the computers."))
    return done("portal-computers", "booked")


def _computers_page(request: PortalRequest, error: str = "", free: Sequence[str] = ()) -> HttpResponse:
    zone = lending.zone_of(house())
    mine = booking.own(house(), request.live.actor, request.live.patron)
    seats = Seat.objects.select_related("area").order_by("area__branch", "area__name", "name")
    context = {
        "bookings": [
            {
                "id": each.id,
                "seat": each.seat,
                "area": each.area,
                "starts": dt.datetime.fromtimestamp(each.starts_at, zone),
                "ends": dt.datetime.fromtimestamp(each.ends_at, zone),
            }
            for each in mine
        ],
        "seats": _by_branch(seats),
        "free": free,
        "minutes": _BOOKING_MINUTES,
        "typed": {name: request.POST.get(name, "") for name in ("seat", "day", "time", "minutes")},
        "first": house().today(),
        "last": house().today() + dt.timedelta(days=booking.MOST_DAYS_AHEAD),
        "error": error,
    }
    return show(request, "computers.html", context, status=400 if error else 200)


def _by_branch(seats: Iterable[Seat]) -> list[tuple[str, list[tuple[int, str, str]]]]:
    """The seats under the names of their branches."""
    found: dict[str, list[tuple[int, str, str]]] = {}
    for each in seats:
        found.setdefault(each.area.branch, []).append((each.id, each.name, each.area.name))
    names = branch_names()
    return [(names.get(branch, branch), theirs) for branch, theirs in found.items()]


# what several pages need


def branch_names() -> dict[str, str]:
    """Names of the branches, by code."""
    return dict(Branch.objects.order_by("name").values_list("code", "name"))


def _branch(request: PortalRequest) -> str:
    """The patron's own branch; the first there is where none is kept."""
    standing = upkeep.standing_of(
        house(),
        request.live.actor,
        request.live.patron,
        circumstance=HERE,
        purpose=Purpose.OWN_RECORD,
    )
    known = branch_names()
    return standing.branch if standing.branch in known else next(iter(known), "")


def _stops(standing: Standing) -> list[str]:
    kinds: list[BlockKind] = list(standing.blocks_on(house().today()))
    return list(dict.fromkeys(words.of_hindrance(kind) for kind in kinds))


def _day(typed: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        return None


def _is_unread(typed: str) -> bool:
    """Something was typed, and it is no day: some browsers let anything be typed into a day's place."""
    return bool(typed) and _day(typed) is None


def _moment(day: str, time: str) -> int | None:
    try:
        local = dt.datetime.combine(dt.date.fromisoformat(day), dt.time.fromisoformat(time))
    except ValueError:
        return None
    return int(local.replace(tzinfo=lending.zone_of(house())).timestamp())
