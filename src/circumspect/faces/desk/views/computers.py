"""Public computers at the desk: the panel of seats, tickets and passes, bookings, and what is set aside.

The panel never shows who sits where. A booking begins with a scanned card; the number goes to the door and
is not shown again. The queue on the wall is open to everybody: it holds numbers and seats.

Source: clauses TH-1.24, MP-4.9, MP-4.10, MP-6.12.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from circumspect.faces.desk import shown
from circumspect.faces.desk.house import house
from circumspect.faces.desk.screens import DeskRequest, Said, Tone, refused, status_of
from circumspect.faces.desk.views.access import no_activity, open_to_all
from circumspect.records.catalog.models import Branch
from circumspect.records.circulation.rulebook import zone_of
from circumspect.records.computers import booking, panel, places, preserving, queueing
from circumspect.records.computers.panel import MESSAGE_WORDS, Message, SeatLine
from circumspect.records.computers.rules import NotStarted
from circumspect.records.patrons import cards
from circumspect.records.patrons.models import Card
from circumspect.trust.door.errors import DoorError
from circumspect.trust.policy.request import Role

_PRIVACY = {Role.PRIVACY_IN_CHARGE, Role.DEPUTY_DIRECTOR, Role.EXECUTIVE_DIRECTOR}
_FLOOR = {Role.DESK, Role.CIRCULATION_LEAD, Role.REFERENCE, Role.SUPERVISOR}
_STATE_WORDS = {
    "free": "Free",
    "in_use": "In use",
    "wiping": "Being wiped",
    "locked": "Locked",
    "out_of_service": "Out of service",
}
PASS_MINUTES = (15, 30, 60, 120)
_QUICKER = Said(Tone.NOTE, "The computer is not in that state any more.", "Look at it again.")


# the panel


@no_activity
@require_safe
def live(raw_request: HttpRequest) -> HttpResponse:
    """The table of seats alone, for the page that keeps itself fresh."""
    request = cast(DeskRequest, raw_request)
    return render(request, "desk/computers_seats.html", _seats(request, _branch(request)))


@require_http_methods(["GET", "HEAD", "POST"])
def computers(raw_request: HttpRequest) -> HttpResponse:
    """The panel: every seat of a branch, its queue, and what can be done."""
    request = cast(DeskRequest, raw_request)
    if not _FLOOR & request.actor.roles and _PRIVACY & request.actor.roles:
        return redirect("computers-aside")
    said = _act(request, _branch(request)) if request.method == "POST" else None
    return _panel(request, said)


def _panel(request: DeskRequest, said: Said | None) -> HttpResponse:
    branch = _branch(request)
    context = {
        **_seats(request, branch),
        "said": said,
        "branch": branch,
        "branches": Branch.objects.order_by("name"),
        "areas": queueing.areas(branch),
        "queue": queueing.public_queue(house(), branch),
        "pass_minutes": PASS_MINUTES,
        "may_set_aside": bool(_PRIVACY & request.actor.roles),
        "typed": request.POST,
    }
    return render(request, "desk/computers_panel.html", context, status=_status(said))


def _act(request: DeskRequest, branch: str) -> Said | None:
    do = _ACTS.get(request.POST.get("act", ""))
    if do is None:
        return None
    try:
        return do(request, _number(request.POST.get("seat", "")), branch)
    except panel.WrongStateError:
        return _QUICKER
    except places.NoSuchSeatError:
        return Said(Tone.STOP, "There is no such computer.")


def _end(request: DeskRequest, seat: int, _branch: str) -> Said:
    panel.end_session(house(), request.actor, seat)
    return Said(Tone.DONE, "The session has ended.", "The computer is being wiped.")


def _extend(request: DeskRequest, seat: int, _branch: str) -> Said:
    answer = panel.extend_session(house(), request.actor, seat)
    if isinstance(answer, NotStarted):
        return Said(Tone.STOP, "Not prolonged.", answer.words)
    return Said(Tone.DONE, f"Prolonged until {_clock(answer.ends_at)}.")


def _message(request: DeskRequest, seat: int, _branch: str) -> Said:
    try:
        message = Message(request.POST.get("message", ""))
    except ValueError:
        return Said(Tone.NOTE, "Choose a message from the list.")
    panel.send_message(house(), request.actor, seat, message)
    return Said(Tone.DONE, "Sent to the screen.", MESSAGE_WORDS[message])


def _lock(request: DeskRequest, seat: int, _branch: str) -> Said:
    panel.lock(house(), request.actor, seat)
    return Said(Tone.DONE, "The computer is locked.")


def _wipe_again(request: DeskRequest, seat: int, _branch: str) -> Said:
    panel.wipe_again(house(), request.actor, seat)
    return Said(Tone.DONE, "The computer wipes itself again.", "It is free as soon as it has confirmed.")


def _clear(request: DeskRequest, seat: int, _branch: str) -> Said:
    if request.POST.get("sure") != "yes":
        return Said(Tone.NOTE, "Wipe the computer by hand first, then tick that you have.")
    panel.clear_by_hand(house(), request.actor, seat)
    return Said(Tone.DONE, "The computer is free.")


def _out(request: DeskRequest, seat: int, _branch: str) -> Said:
    panel.take_out(house(), request.actor, seat)
    return Said(Tone.DONE, "The computer is out of service.")


def _back(request: DeskRequest, seat: int, _branch: str) -> Said:
    panel.put_back(house(), request.actor, seat)
    return Said(Tone.DONE, "The computer is being wiped, then free.")


def _drop(request: DeskRequest, _seat: int, branch: str) -> Said:
    number = _number(request.POST.get("number", ""))
    if queueing.drop_ticket(house(), branch, number):
        return Said(Tone.DONE, f"Ticket {number} is out of the queue.")
    return Said(Tone.NOTE, "This ticket is not in the queue any more.")


_ACTS: Mapping[str, Callable[[DeskRequest, int, str], Said]] = {
    "end": _end,
    "extend": _extend,
    "message": _message,
    "lock": _lock,
    "wipe-again": _wipe_again,
    "clear": _clear,
    "out": _out,
    "back": _back,
    "drop": _drop,
}


def _seats(request: DeskRequest, branch: str) -> dict[str, Any]:
    lines = panel.live_seats(house(), request.actor, branch)
    return {
        "seats": [_line(each) for each in lines],
        "messages": [(each.value, words) for each, words in MESSAGE_WORDS.items()],
        "counts": [
            (words, count)
            for state, words in _STATE_WORDS.items()
            if (count := sum(each.state == state for each in lines))
        ],
        "looked_at": _clock(house().second()),
    }


def _line(seat: SeatLine) -> dict[str, Any]:
    minutes = -(-seat.seconds_left // 60)
    return {
        "id": seat.id,
        "name": seat.name,
        "area": seat.area,
        "state": seat.state,
        "words": "Set aside" if seat.set_aside else _STATE_WORDS[seat.state],
        "minutes": minutes,
        "message": MESSAGE_WORDS[Message(seat.message)] if seat.message else "",
        "called": seat.called,
        "booked": _clock(seat.booked_from) if seat.booked_from else "",
        "is_silent": seat.is_silent and seat.state != "out_of_service",
        "set_aside": seat.set_aside,
    }


# slips


@require_POST
def ticket(raw_request: HttpRequest) -> HttpResponse:
    """Take the next number; its slip for 80 mm paper."""
    request = cast(DeskRequest, raw_request)
    try:
        drawn = queueing.take_ticket(house(), request.POST.get("area", ""))
    except places.SettingError as problem:
        return _panel(request, Said(Tone.STOP, "Nothing was printed.", _sentence(problem)))
    context = {"kind": "ticket", "ticket": drawn, **_printed()}
    return render(request, "desk/computers_slip.html", context)


@require_POST
def guest_pass(raw_request: HttpRequest) -> HttpResponse:
    """Make a guest pass; its slip for 80 mm paper."""
    request = cast(DeskRequest, raw_request)
    minutes = _number(request.POST.get("minutes", ""))
    cents = _cents(request.POST.get("print_money", ""))
    try:
        given = queueing.issue_pass(house(), minutes, cents)
    except places.SettingError as problem:
        return _panel(request, Said(Tone.STOP, "Nothing was printed.", _sentence(problem)))
    context = {
        "kind": "pass",
        "code": queueing.grouped(given.code),
        "minutes": given.minutes,
        "print_money": f"${given.print_cents // 100}.{given.print_cents % 100:02d}"
        if given.print_cents
        else "",
        **_printed(),
    }
    return render(request, "desk/computers_slip.html", context)


# bookings


@require_http_methods(["GET", "HEAD", "POST"])
def book(raw_request: HttpRequest) -> HttpResponse:
    """Book a seat for a scanned card; the list of what is booked, without names."""
    request = cast(DeskRequest, raw_request)
    said: Said | None = None
    bad, typed = "", dict[str, str]()
    if request.method == "POST" and request.POST.get("act") == "cancel":
        gone = booking.cancel(house(), request.actor, _number(request.POST.get("booking", "")))
        said = Said(Tone.DONE if gone else Tone.NOTE, "Cancelled." if gone else "It was gone already.")
    elif request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in ("seat", "day", "time", "minutes")}
        try:
            made = _book(request)
        except places.SettingError as problem:
            bad = _sentence(problem)
        except places.NoSuchSeatError:
            bad = "Seat: choose one from the list."
        else:
            slip = {"kind": "booking", "booking": _booking(made), **_printed()}
            return render(request, "desk/computers_slip.html", slip)
    branch = _branch(request)
    now = house().clock().astimezone(zone_of(house()))
    context: dict[str, Any] = {
        "said": said,
        "bad": bad,
        "typed": typed or {"day": now.date().isoformat(), "time": "", "minutes": "60"},
        "seats": panel.live_seats(house(), request.actor, branch),
        "bookings": [_booking(each) for each in booking.bookings(house(), request.actor, branch)],
        "first": now.date().isoformat(),
        "last": (now.date() + dt.timedelta(days=booking.MOST_DAYS_AHEAD)).isoformat(),
    }
    return render(request, "desk/computers_book.html", context, status=422 if bad else 200)


def _book(request: DeskRequest) -> booking.BookingLine:
    found = cards.find_card(house(), request.POST.get("card", ""))
    if found is None or found.status != Card.Status.ACTIVE:
        raise places.SettingError("card", "no card in use has this number; scan it again")
    try:
        day = dt.date.fromisoformat(request.POST.get("day", ""))
        hour = dt.time.fromisoformat(request.POST.get("time", ""))
    except ValueError:
        raise places.SettingError("time", "a day and a time, such as 14:30") from None
    starts_at = int(dt.datetime.combine(day, hour.replace(tzinfo=None), zone_of(house())).timestamp())
    minutes = _number(request.POST.get("minutes", ""))
    seat = _number(request.POST.get("seat", ""))
    return booking.book(house(), request.actor, found.patron, seat, starts_at, minutes)


def _booking(line: booking.BookingLine) -> dict[str, Any]:
    zone = zone_of(house())
    day = shown.in_full(shown.day_of(line.starts_at, zone))
    times = f"{_clock(line.starts_at)} to {_clock(line.ends_at)}"
    return {"id": line.id, "seat": line.seat, "area": line.area, "day": day, "times": times}


# set aside


@require_http_methods(["GET", "HEAD", "POST"])
def aside(raw_request: HttpRequest) -> HttpResponse:
    """Set a computer aside on request, renew and release: for those in charge of privacy."""
    request = cast(DeskRequest, raw_request)
    said = None
    if request.method == "POST":
        try:
            said = _aside(request)
        except preserving.TooEarlyError as problem:
            said = Said(Tone.STOP, f"It has to be kept until {shown.in_full(problem.until)}.")
        except places.SettingError as problem:
            said = Said(Tone.STOP, _sentence(problem))
        except places.NoSuchSeatError:
            said = Said(Tone.STOP, "Choose a computer from the list.")
        except DoorError as problem:
            said = refused(problem)
            return render(request, "desk/computers_aside.html", {"said": said}, status=status_of(problem))
    kept = preserving.kept(house(), request.actor)
    context = {
        "said": said,
        "may": True,
        "kept": [{"line": each, "until": shown.in_full(each.keep_until)} for each in kept],
        "seats": places.all_seats(),
        "today": house().today().isoformat(),
        "typed": request.POST if said and said.tone is Tone.STOP else {},
    }
    return render(request, "desk/computers_aside.html", context, status=_status(said))


def _aside(request: DeskRequest) -> Said | None:
    seat, ref = _number(request.POST.get("seat", "")), request.POST.get("matter_ref", "")
    match request.POST.get("act", ""):
        case "set":
            try:
                day = dt.date.fromisoformat(request.POST.get("requested_on", ""))
            except ValueError:
                raise places.SettingError("requested_on", "the day of the request") from None
            kept = preserving.set_aside(house(), request.actor, seat, ref, day)
            return Said(
                Tone.DONE,
                f"{kept.name} is set aside and is not wiped.",
                f"Until {shown.in_full(kept.keep_until)} at least.",
            )
        case "renew":
            kept = preserving.renew(house(), request.actor, seat, ref)
            return Said(Tone.DONE, f"Kept until {shown.in_full(kept.keep_until)}.")
        case "release":
            free = preserving.release(house(), request.actor, seat, ref)
            detail = (
                "It is locked until it has been wiped."
                if free
                else "Another matter still holds the computer."
            )
            return Said(Tone.DONE, "This matter holds it no more.", detail)
    return None


# on the wall


@open_to_all
@no_activity
@require_safe
def queue(request: HttpRequest, branch: str) -> HttpResponse:
    """Whose turn it is, by number, for a screen on the wall. It holds nothing of anybody."""
    name = Branch.objects.filter(code=branch).values_list("name", flat=True).first()
    if name is None:
        raise Http404
    lines = queueing.public_queue(house(), branch)
    context = {
        "called": [each for each in lines if each.seat],
        "waiting": [each for each in lines if not each.seat],
        "branch_name": name,
    }
    return render(request, "desk/computers_queue.html", context)


# small things


def _branch(request: DeskRequest) -> str:
    wanted = request.POST.get("branch", "") or request.GET.get("branch", "") or request.member.branch
    known = set(Branch.objects.values_list("code", flat=True))
    return wanted if wanted in known else next(iter(sorted(known)), "")


def _clock(seconds: int) -> str:
    moment = dt.datetime.fromtimestamp(seconds, zone_of(house()))
    return f"{moment:%I:%M %p}".lstrip("0")


def _sentence(problem: places.SettingError) -> str:
    return f"{problem.field.replace('_', ' ').capitalize()}: {problem.reason}."


def _printed() -> dict[str, str]:
    return {"printed_on": shown.in_full(house().today())}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else -1


def _cents(text: str) -> int:
    """Typed money as whole cents, "1.50" as 150; -1 for what is none."""
    dollars, _, rest = text.strip().removeprefix("$").partition(".")
    if not text.strip():
        return 0
    if not (dollars or "0").isascii() or not (dollars or "0").isdigit() or len(dollars) > 4:
        return -1
    if rest and not (rest.isascii() and rest.isdigit() and len(rest) <= 2):
        return -1
    return int(dollars or "0") * 100 + int((rest or "0").ljust(2, "0"))


def _status(said: Said | None) -> int:
    return 409 if said is _QUICKER else 422 if said is not None and said.tone is Tone.STOP else 200
