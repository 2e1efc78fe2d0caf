"""Sit down, go on, get up: the life of a session, as its seat asks for it.

Order of a sign-in: the PIN is checked; the door opens standing and deposit; then one transaction reads the
seat, decides by the pure rules and writes the session. Getting up deletes the session, and its link with
it, in the transaction that counts its minutes. What stays is a count of the seat's day.

A seat that somebody used is wiped before anybody else sits down there: only the client's word that the
machine is clean makes it free. A seat that was set aside is not wiped, and not used.

Source: clauses TH-1.24, MP-4.9, MP-4.10, MP-6.12.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, transaction
from django.db.models import F

from circumspect.records.computers import asking, queueing, rules
from circumspect.records.computers.models import (
    Booking,
    GuestPass,
    Seat,
    SeatDay,
    SeatState,
    Session,
    SetAside,
    Ticket,
    UsedToday,
)
from circumspect.records.computers.places import closes_at
from circumspect.records.computers.rules import No, NotStarted, Situation, Started
from circumspect.records.fees import deposits
from circumspect.records.patrons import cards
from circumspect.records.patrons.models import Card, Pin
from circumspect.records.patrons.registration import SERIES as REGISTRATION
from circumspect.records.patrons.standing import Standing
from circumspect.trust.door.door import Opening
from circumspect.trust.door.house import House
from circumspect.trust.vault.sealed import Sealed
from circumspect.trust.vault.vault import Link
from circumspect.trust.vault.wiping import wipe_log_soon

# How long the client has to wipe the machine and say so.
WIPE_SECONDS = 300
_HEARD_EVERY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class SeatStatus:
    """What a seat is told. Nothing of a patron: the seat's own state, moments and numbers.

    Attributes:
        ends_at: When the session ends; 0 where there is none.
        message: A code of the closed list of messages.
        called: The ticket number this seat is kept for; 0 for none.
        wipe: The client is to wipe the machine, and to say so.
    """

    state: str
    now: int
    ends_at: int
    warn: int
    message: str
    called: int
    wipe: bool
    print_cents: int
    seat: str


@dataclass(frozen=True, slots=True, repr=False)
class _Who:
    """Whoever wants to sit down, as far as the rules need them: a card's patron, or the bearer of a pass."""

    day_token: bytes
    seconds_left: int
    day_seconds: int
    link: Link | None
    bookings: tuple[bytes, ...]
    print_cents: int


# sitting down


def sign_in_card(house: House, seat: int, scan: str, pin: str, ticket_code: str = "") -> Started | NotStarted:
    """Begin a session for a card and its PIN.

    An unknown card, a lost one, one without a PIN, a wrong PIN and one tried too often get the same answer,
    after the same work.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing began.
    """
    found = cards.find_card(house, scan)
    patron = found.patron if found is not None and found.status == Card.Status.ACTIVE else None
    if cards.check_pin(house, asking.SEAT, patron, pin) is not cards.PinAnswer.RIGHT or patron is None:
        if patron is None or not Pin.objects.filter(patron_id=patron).exists():
            _work_of_a_wrong_pin(house, seat)
        return NotStarted(No.UNKNOWN)
    opening = asking.to_begin(house, patron)
    standing, cents = _standing_and_deposit(opening, patron)
    if rules.is_blocked(standing, house.today()):
        return NotStarted(No.BLOCKED)
    token = house.vault.link(asking.DAY_SERIES, patron).token
    used = UsedToday.objects.filter(token=token).values_list("seconds", flat=True).first() or 0
    a_day = rules.seconds_a_day(house.home.config, standing.category)
    who = _Who(
        token,
        a_day - used,
        a_day,
        house.vault.link(asking.SERIES, patron),
        tuple(house.vault.links(asking.SERIES, patron).values()),
        cents,
    )
    return _start(house, seat, who, ticket_code)


def _work_of_a_wrong_pin(house: House, seat: int) -> None:
    """What a wrong PIN costs besides its hash: an entry in the ledger, and a durable write in the records.

    Else a stopwatch beside the screen tells which cards there are.
    """
    house.door.beat()
    with transaction.atomic():
        row = Seat.objects.select_for_update().filter(id=seat).first()
        if row is not None:
            row.heard_at = house.second()
            row.save(update_fields=["heard_at"])


def sign_in_pass(house: House, seat: int, typed: str, ticket_code: str = "") -> Started | NotStarted:
    """Begin a session for a guest pass.

    Raises:
        Refused, DoorClosed: The door stays shut; nothing began.
    """
    asking.at_the_seat(house)
    code = queueing.pass_code(typed)
    row = (
        GuestPass.objects.filter(token=queueing.pass_token(house, code), day=house.today()).first()
        if code
        else None
    )
    if row is None:
        return NotStarted(No.UNKNOWN)
    who = _Who(bytes(row.token), row.seconds_left, row.seconds_left, None, (), row.print_cents)
    return _start(house, seat, who, ticket_code)


def _standing_and_deposit(opening: Opening, patron: int) -> tuple[Standing, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT sealed_standing, sealed_balance FROM patrons_patron WHERE id = %s", [patron])
        standing, balance = cursor.fetchone()
    text = opening.read(Sealed(REGISTRATION, "standing", patron, patron, standing))
    deposit = opening.read(Sealed(REGISTRATION, "balance", patron, patron, balance)) if balance else ""
    try:
        return Standing.from_text(text), max(0, deposits.balance_of(deposit))
    except deposits.UnreadableBalanceError:
        # Brought over from another system as something else: nothing to print with, until a lead has corrected it.
        return Standing.from_text(text), 0


def _start(house: House, seat_id: int, who: _Who, ticket_code: str) -> Started | NotStarted:
    now = house.second()
    try:
        with transaction.atomic():
            seat = Seat.objects.select_for_update().get(id=seat_id)
            area = seat.area
            bookings = list(Booking.objects.filter(seat=seat, ends_at__gt=now))
            own = [each for each in bookings if bytes(each.link) in who.bookings and _holds(each, now)]
            ticket = Ticket.objects.filter(seat=seat, called_until__gt=now).first()
            has_call = ticket is not None and ticket.code == ticket_code.strip().upper()
            situation = Situation(
                now=now,
                is_free=seat.state == SeatState.FREE and not seat.unwiped,
                closes_at=closes_at(house, area),
                seconds_left=who.seconds_left,
                booked_from=_next_booking(bookings, now, {each.id for each in own}),
                own_booking_until=own[0].ends_at if own else None,
                is_called=ticket is not None and not has_call,
                has_call=has_call,
                waiting=queueing.waiting(house, area.code),
                sits_elsewhere=Session.objects.filter(day_token=who.day_token).exists(),
            )
            answer = rules.decide_start(situation, area.session_minutes * 60)
            if isinstance(answer, NotStarted):
                return answer
            link = who.link
            Session.objects.create(
                seat=seat,
                epoch=link.epoch if link else 0,
                link=link.token if link else None,
                back=link.back if link else None,
                day_token=who.day_token,
                day=house.today(),
                by_pass=link is None,
                starts_at=now,
                ends_at=answer.ends_at,
                day_seconds=who.day_seconds,
                print_cents=who.print_cents,
            )
            Booking.objects.filter(id__in=[each.id for each in own]).delete()
            if ticket is not None:
                Ticket.objects.filter(id=ticket.id).update(seat=None, called_until=-1)
            Seat.objects.filter(id=seat.id).update(
                state=SeatState.IN_USE, unwiped=True, wipe_by=0, message=""
            )
    except IntegrityError:
        # The same card signed in at two seats in the same moment: one of them was first.
        return NotStarted(No.ELSEWHERE)
    return answer


def _holds(booking: Booking, now: int) -> bool:
    """Whether a booking may be taken up now: a little early, or late by no more than its grace."""
    return booking.starts_at - rules.GRACE_SECONDS <= now < booking.starts_at + rules.GRACE_SECONDS


def _next_booking(bookings: list[Booking], now: int, own: set[int]) -> int | None:
    """When the next booking by somebody else begins; one whose holder has not come in time counts no more."""
    starts = [
        each.starts_at
        for each in bookings
        if each.id not in own and now < each.starts_at + rules.GRACE_SECONDS
    ]
    return min(starts, default=None)


# going on


def extend(house: House, seat_id: int, *, by_staff: bool = False) -> Started | NotStarted:
    """Let the session at a seat go on for another span of the area. The caller has asked the door.

    The minutes of the day are those of whoever sits there: looked up under the session's own token.
    """
    now = house.second()
    with transaction.atomic():
        session = Session.objects.select_for_update().filter(seat_id=seat_id).first()
        if session is None:
            return NotStarted(No.NOT_IN_USE)
        seat = Seat.objects.get(id=seat_id)
        bookings = list(Booking.objects.filter(seat=seat, ends_at__gt=now))
        situation = Situation(
            now=now,
            is_free=False,
            closes_at=closes_at(house, seat.area),
            seconds_left=_seconds_left(session, now),
            booked_from=_next_booking(bookings, now, set()),
            waiting=queueing.waiting(house, seat.area_id),
        )
        span = seat.area.session_minutes * 60
        answer = rules.decide_extension(situation, session.ends_at, span, by_staff=by_staff)
        if isinstance(answer, Started):
            Session.objects.filter(seat_id=seat_id).update(ends_at=answer.ends_at)
    return answer


def _seconds_left(session: Session, now: int) -> int:
    """What the one who sits there may still use today, from now on; this session's time so far taken off."""
    token = bytes(session.day_token)
    if session.by_pass:
        left = GuestPass.objects.filter(token=token).values_list("seconds_left", flat=True).first() or 0
    else:
        used = UsedToday.objects.filter(token=token).values_list("seconds", flat=True).first() or 0
        left = session.day_seconds - used
    return int(left) - (now - session.starts_at)


# getting up


def end(house: House, seat_id: int) -> bool:
    """End the session at a seat, if there is one; whether there was. The caller has asked the door.

    The link goes with the row. The seat is then to be wiped, unless it was set aside.
    """
    now = house.clock()
    moment = int(now.timestamp())
    with transaction.atomic():
        session = (
            Session.objects.select_for_update().select_related("seat__area").filter(seat_id=seat_id).first()
        )
        if session is None:
            return False
        _count(house, session, max(0, min(moment, session.ends_at) - session.starts_at))
        Session.objects.filter(seat_id=seat_id).delete()
        to_wipe(seat_id, moment)
        wipe_log_soon(DEFAULT_DB_ALIAS)
    return True


def _count(house: House, session: Session, seconds: int) -> None:
    token = bytes(session.day_token)
    # After midnight the day's minutes are nobody's any more: there is nothing to add to.
    if session.day == house.today():
        if session.by_pass:
            GuestPass.objects.filter(token=token).update(
                seconds_left=F("seconds_left") - seconds, print_cents=session.print_cents
            )
        else:
            UsedToday.objects.get_or_create(token=token, defaults={"day": session.day})
            UsedToday.objects.filter(token=token).update(seconds=F("seconds") + seconds)
    seat = session.seat
    row, _ = SeatDay.objects.get_or_create(
        day=session.day, branch=seat.area.branch, area=seat.area_id, seat=seat.name
    )
    SeatDay.objects.filter(id=row.id).update(
        sessions=F("sessions") + 1, minutes=F("minutes") + rules.charged_minutes(seconds)
    )


def to_wipe(seat_id: int, now: int) -> None:
    """Tell a seat's client to wipe the machine, and give it time to say so; not where it is set aside.

    The caller has asked the door, and is in a transaction.
    """
    kept = SetAside.objects.filter(seat_id=seat_id).exists()
    state = SeatState.OUT_OF_SERVICE if kept else SeatState.WIPING
    Seat.objects.filter(id=seat_id).update(
        state=state, unwiped=True, wipe_by=0 if kept else now + WIPE_SECONDS, message=""
    )


def confirm_wipe(house: House, seat_id: int) -> bool:
    """The client says that the machine is clean; whether that was asked of it.

    Comes too late for a seat that has been locked meanwhile: there staff look first.
    """
    freed = (
        Seat.objects.filter(id=seat_id, state=SeatState.WIPING)
        .exclude(set_asides__isnull=False)
        .update(state=SeatState.FREE, unwiped=False, wipe_by=0, wiped_on=house.today())
    )
    if freed:
        queueing.call_next(house, Seat.objects.values_list("area_id", flat=True).get(id=seat_id))
    return freed > 0


def restarted(house: House, seat_id: int) -> None:
    """The client has just started: whoever sat there is not signed in any more, and what they left is wiped.

    A seat that waits for its first wipe, or was clean, is wiped too: nobody knows what happened meanwhile.
    A locked seat stays locked, and one out of service stays so.
    """
    if end(house, seat_id):
        return
    now = house.second()
    with transaction.atomic():
        seat = Seat.objects.select_for_update().get(id=seat_id)
        never_wiped = seat.wiped_on is None and seat.state == SeatState.LOCKED
        if seat.state in (SeatState.FREE, SeatState.WIPING) or never_wiped:
            to_wipe(seat_id, now)


# while it lasts


def status(house: House, seat_id: int) -> SeatStatus:
    """How a seat stands. Ends a session whose time is over."""
    now = house.second()
    session = Session.objects.filter(seat_id=seat_id).first()
    if session is not None and (session.ends_at <= now or session.day != house.today()):
        asking.at_the_seat(house)
        end(house, seat_id)
        session = None
    seat = Seat.objects.get(id=seat_id)
    if now - seat.heard_at >= _HEARD_EVERY_SECONDS or now < seat.heard_at:
        Seat.objects.filter(id=seat_id).update(heard_at=now)
    if seat.state == SeatState.FREE and queueing.waiting(house, seat.area_id):
        queueing.call_next(house, seat.area_id)
    called = Ticket.objects.filter(seat_id=seat_id, called_until__gt=now).first()
    return SeatStatus(
        state=seat.state,
        now=now,
        ends_at=session.ends_at if session else 0,
        warn=rules.warning(session.ends_at - now) if session else 0,
        message=seat.message,
        called=called.number if called else 0,
        wipe=seat.state == SeatState.WIPING,
        print_cents=session.print_cents if session else 0,
        seat=seat.name,
    )
