"""One live session for each member: it begins, locks when left alone, and ends.

A session ends when its member signs in elsewhere, when role, password or standing changes, when a
designation begins, lapses or ends, after twelve hours, or by signing out. It locks after the library's idle
time, or at once by a key; a locked session shows nothing and opens again with the password alone. Each
request is checked afresh against the member's row: nothing about a person's rights is taken from the session.

Two sessions of one login that are both in use are a shared login: the older ends, and a flag is kept.

In the session: the member's number, its generation, the roles it began with and a few moments. Nothing of
a patron; and of the cookie only a digest (``sessionstore``). The lock is in the member's row, where no slower
request that began before it can write it away.

Source: clauses MP-7.10, MP-7.11; issue "The house stands", section 4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.db import transaction
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from circumspect.offices.staff import passwords, throttle
from circumspect.offices.staff.models import SignInFlag, StaffMember
from circumspect.offices.staff.sessionstore import StoredSession, row_key

STATE_KEY = "staff"
ENDED_KEY = "staff_ended"
ROLES_KEY = "staff_roles"
STEP_UP_KEY = "staff_step_up"
ABSOLUTE_SECONDS = 12 * 3600
IDLE_SECONDS = 180
LONGEST_IDLE_SECONDS = 900  # a setting may be shorter; a longer one would be no lock at all (MP-7.10)
UNLOCK_TRIES = 5
# Not every request is worth a write to the session. The lock comes this much early, never late.
_TOUCH_EVERY_SECONDS = 5


class SessionError(Exception):
    """A session may not begin: the account is closed, changed meanwhile, or owes a new password."""


class Why(StrEnum):
    """Why there is no session any more."""

    NOT_SIGNED_IN = "not signed in"
    SIGNED_OUT = "signed out"
    SIGNED_IN_ELSEWHERE = "signed in elsewhere"
    ACCOUNT_CHANGED = "account changed"
    ROLES_CHANGED = "roles changed"
    TOO_LONG = "twelve hours are over"
    TOO_MANY_TRIES = "too many wrong passwords"


@dataclass(frozen=True, slots=True)
class Live:
    """The member may work. ``member`` is fresh from the database."""

    member: StaffMember


@dataclass(frozen=True, slots=True)
class Locked:
    """Nothing is shown until the password is given.

    Attributes:
        wrong_password: The answer to an ``unlock`` that failed.
        wait_seconds: How long before the next password is looked at; 0 for at once.
    """

    member: StaffMember
    wrong_password: bool = False
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Ended:
    """Nobody is signed in here."""

    why: Why


def idle_seconds() -> int:
    """The library's idle time, from ``[web] idle_seconds`` in its settings."""
    home = getattr(settings, "HOME", None)
    return sensible_idle_seconds(
        home.setting("web", "idle_seconds", IDLE_SECONDS) if home is not None else None
    )


def sensible_idle_seconds(setting: object) -> int:
    """The idle time a setting makes: at most 15 minutes; one that makes no sense counts as 180 seconds."""
    if not isinstance(setting, int) or isinstance(setting, bool) or setting < 1:
        return IDLE_SECONDS
    return min(setting, LONGEST_IDLE_SECONDS)


def begin(request: HttpRequest, member: StaffMember, *, now: datetime | None = None) -> Live:
    """Begin the member's session here, under a new session key; an older one elsewhere ends.

    Call it only through ``signin.finish``, which knows that every step was passed.

    Raises:
        SessionError: The account is closed, was changed since it was read, or owes a new password.
    """
    moment = now or timezone.now()
    with transaction.atomic():
        fresh = StaffMember.objects.select_for_update().get(pk=member.pk)
        if not fresh.active or fresh.must_change_password:
            raise SessionError(f"staff:{fresh.pk} may not begin a session")
        if fresh.session_generation != member.session_generation:
            raise SessionError(f"staff:{fresh.pk} was changed during sign-in")
        _end_older(request, fresh, moment)
        request.session.flush()
        request.session.cycle_key()
        request.session[STATE_KEY] = {
            "member": fresh.pk,
            "generation": fresh.session_generation,
            "began": _seconds(moment),
            "last": _seconds(moment),
            "tries": 0,
        }
        request.session.save()
        fresh.live_session_key = _key(request.session)
        fresh.session_locked = False
        fresh.last_sign_in_month = timezone.localdate(moment).replace(day=1)
        fresh.save(update_fields=["live_session_key", "session_locked", "last_sign_in_month"])
    rotate_token(request)
    return Live(fresh)


def check(request: HttpRequest, *, now: datetime | None = None) -> Live | Locked | Ended:
    """Whether somebody is signed in here at this moment. Ask at each request; one query.

    Does not count as activity: ``touch`` does, so that a page that refreshes itself keeps nobody signed in.
    """
    state = _state(request.session)
    if state is None:
        return Ended(_why_ended(request.session))
    member = StaffMember.objects.filter(pk=state["member"]).first()
    seconds = _seconds(now or timezone.now())
    why = _why_over(state, member, _key(request.session), seconds)
    if why is not None or member is None:
        _empty(request.session, why or Why.ACCOUNT_CHANGED)
        return Ended(why or Why.ACCOUNT_CHANGED)
    if _is_idle(state, seconds) and not member.session_locked:
        _set_lock(member, _key(request.session), locked=True)
    return Locked(member) if member.session_locked else Live(member)


def touch(request: HttpRequest, *, now: datetime | None = None) -> None:
    """Note that the member did something, after ``check`` said ``Live``. An idle session stays as it is."""
    state = _state(request.session)
    seconds = _seconds(now or timezone.now())
    if state is None or _is_idle(state, seconds):
        return
    if seconds - state["last"] >= _TOUCH_EVERY_SECONDS:
        _set(request.session, last=seconds)


def holds(request: HttpRequest, member: StaffMember, roles: Collection[str]) -> bool:
    """Whether the roles that count are still those this session began with; if not, it is ended here.

    A designation that lapses at midnight changes no row of its member's: this is where the session notices.
    The first call of a session notes its roles.
    """
    now_held, began_with = sorted(roles), request.session.get(ROLES_KEY)
    if began_with is None:
        request.session[ROLES_KEY] = now_held
        return True
    if began_with == now_held:
        return True
    _ended(request, member, Why.ROLES_CHANGED)
    return False


def step_up(request: HttpRequest, *, now: datetime | None = None) -> None:
    """Note that the member has just proved again who they are."""
    request.session[STEP_UP_KEY] = _seconds(now or timezone.now())


def stepped_up(request: HttpRequest, *, seconds: int, now: datetime | None = None) -> bool:
    """Whether that was no longer ago than so many seconds, and no lock has come since."""
    at = request.session.get(STEP_UP_KEY)
    if not isinstance(at, int) or isinstance(at, bool):
        return False
    return 0 <= _seconds(now or timezone.now()) - at < seconds


def lock(request: HttpRequest, *, now: datetime | None = None) -> None:
    """Lock now, at a key or the page's own timer."""
    found = check(request, now=now)
    if isinstance(found, Live):
        _set_lock(found.member, _key(request.session), locked=True)


def unlock(
    request: HttpRequest, password: str, *, address: str, now: datetime | None = None
) -> Live | Locked | Ended:
    """Open a locked session with its own member's password. Five wrong ones end it.

    Args:
        address: Where the request comes from, as at sign-in.
    """
    moment = now or timezone.now()
    found = check(request, now=moment)
    if not isinstance(found, Locked):
        return found
    member = found.member
    wait = throttle.admit_password(member.username, address, now=moment)
    if wait:
        return Locked(member, wait_seconds=wait)
    if not passwords.is_right(member, password):
        tries = int((_state(request.session) or {}).get("tries", 0)) + 1
        if tries >= UNLOCK_TRIES:
            return _ended(request, member, Why.TOO_MANY_TRIES)
        _set(request.session, tries=tries)
        return Locked(member, wrong_password=True)
    throttle.password_was_right(member.username, address, now=moment)
    # A password opens a lock, and does not do for what asks a fresh second factor.
    request.session.pop(STEP_UP_KEY, None)
    _set(request.session, tries=0, last=_seconds(moment))
    _set_lock(member, _key(request.session), locked=False)
    return Live(member)


def end(request: HttpRequest) -> Ended:
    """Sign out."""
    state = _state(request.session)
    member = StaffMember.objects.filter(pk=state["member"]).first() if state is not None else None
    return _ended(request, member, Why.SIGNED_OUT)


def _key(session: SessionBase) -> str:
    """What is kept of a session's key, in its row and its member's; "" where it has none."""
    return row_key(session.session_key)


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def _state(session: SessionBase) -> dict[str, Any] | None:
    """The session's own notes, or None where they are absent or not as this module writes them."""
    state = session.get(STATE_KEY)
    if not isinstance(state, dict):
        return None
    numbers = ("member", "generation", "began", "last", "tries")
    return state if all(isinstance(state.get(name), int) for name in numbers) else None


def _set(session: SessionBase, **changes: int) -> None:
    session[STATE_KEY] = {**session[STATE_KEY], **changes}
    session.save()
    # Saved already, with all else that was in it; the middleware need not write it once more.
    session.modified = False


def _set_lock(member: StaffMember, session_key: str, *, locked: bool) -> None:
    mine = StaffMember.objects.filter(pk=member.pk, live_session_key=session_key or "-")
    mine.update(session_locked=locked)
    member.session_locked = locked


def _is_idle(state: Mapping[str, Any], seconds: int) -> bool:
    # A clock set back makes the last activity lie ahead. That proves nothing, so it locks.
    return not 0 <= seconds - int(state["last"]) < idle_seconds()


def _why_over(
    state: Mapping[str, Any], member: StaffMember | None, session_key: str, seconds: int
) -> Why | None:
    """Why this session must end now, or None."""
    if member is None or not member.active or member.session_generation != state["generation"]:
        return Why.ACCOUNT_CHANGED
    if not session_key or member.live_session_key != session_key:
        return Why.SIGNED_IN_ELSEWHERE
    if seconds - int(state["began"]) >= ABSOLUTE_SECONDS:
        return Why.TOO_LONG
    return None


def _why_ended(session: SessionBase) -> Why:
    try:
        return Why(session.get(ENDED_KEY, Why.NOT_SIGNED_IN))
    except ValueError:
        return Why.NOT_SIGNED_IN


def _empty(session: SessionBase, why: Why) -> None:
    session.flush()
    session[ENDED_KEY] = why.value  # so that the next page can say what happened


def _ended(request: HttpRequest, member: StaffMember | None, why: Why) -> Ended:
    key = _key(request.session)
    if member is not None and key:
        StaffMember.objects.filter(pk=member.pk, live_session_key=key).update(live_session_key="")
    _empty(request.session, why)
    rotate_token(request)
    return Ended(why)


def _end_older(request: HttpRequest, member: StaffMember, moment: datetime) -> None:
    """Empty the member's older session, and flag it where it was in use until now."""
    older_key = member.live_session_key
    if not older_key or older_key == _key(request.session):
        return
    store = StoredSession(session_key=older_key)
    state = _state(store)
    if state is None:
        return
    seconds = _seconds(moment)
    if _why_over(state, member, older_key, seconds) is None and not (
        member.session_locked or _is_idle(state, seconds)
    ):
        SignInFlag.objects.create(member=member, kind=SignInFlag.Kind.TWO_LIVE_SESSIONS, noted_at=moment)
    store.clear()
    store[ENDED_KEY] = Why.SIGNED_IN_ELSEWHERE.value
    try:
        store.save()
    except UpdateError:
        return  # it was signed out this very moment, which is as good
