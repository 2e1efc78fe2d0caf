"""The card, the settings, the reading history and permissions: what a patron decides for themselves.

A locked history is opened with the PIN, or with what a passkey makes, for that one page; nothing that opens it is kept
with the sign-in. A new PIN locks it anew, so the old one is asked for with it.

Source: clauses MP-3.9, TH-1.12, TH-1.15, TH-1.23, TH-2.2; issue "The public side", section 1.
"""

from __future__ import annotations

import datetime as dt

from django.conf import settings as django_settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from circumspect.faces.portal import bars, sessions, words
from circumspect.faces.portal.guard import PortalRequest, done, number, own_page, show
from circumspect.faces.portal.views.passkeys import LOCK, OPEN, secret_of
from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.records.passkeyrules import Site
from circumspect.records.patrons import cards, passkeys, upkeep
from circumspect.records.patrons.changing import Change, change
from circumspect.records.patrons.errors import ChangedMeanwhileError, FieldError
from circumspect.records.patrons.fieldrules import NOTICE_CHANNELS
from circumspect.records.patrons.reading import open_records
from circumspect.records.patrons.upkeep import NotRenewableError
from circumspect.records.reading import history as histories
from circumspect.records.reading import permissions as permits
from circumspect.records.reading.history import HistoryError, LockedError, PasskeySecret
from circumspect.records.reading.permissions import PermissionNotGiven
from circumspect.trust.policy.request import Circumstance, Purpose

HERE = Circumstance.OWN_SIGN_IN
_CONTACT = ("phone", "email", "language", "notice_channel", "notice_titles")


# the card


@own_page
def card(request: PortalRequest) -> HttpResponse:
    """The card as bars; renew it, or report it lost."""
    act = request.POST.get("act", "")
    if act == "lost":
        if not request.POST.get("sure"):
            return _card_page(request, lost_error=_("Tick the box to say that you are sure."))
        cards.report_lost(house(), request.live.actor, request.live.patron, circumstance=HERE)
        return _signed_out(request)
    if act == "renew":
        try:
            upkeep.renew_own(
                house(),
                request.live.actor,
                request.live.patron,
                address_holds=bool(request.POST.get("address_holds")),
            )
        except NotRenewableError as problem:
            return _card_page(request, error=str(words.NOT_RENEWABLE[problem.code]))
        except FieldError as problem:
            return _card_page(request, error=words.of_field(problem))
        except ChangedMeanwhileError:
            return _card_page(request, error=_changed())
        return done("portal-card", "card-renewed")
    return _card_page(request)


def _card_page(request: PortalRequest, error: str = "", lost_error: str = "") -> HttpResponse:
    live = request.live
    card_number = cards.card_number(house(), live.actor, live.patron, circumstance=HERE)
    record = open_records(
        house(),
        live.actor,
        [live.patron],
        ["given_name", "family_name", "standing", "address_checked_on"],
        purpose=Purpose.OWN_RECORD,
        circumstance=HERE,
    )[0]
    code = upkeep.why_not_renewable(house(), record, provisional=upkeep.is_provisional(live.patron))
    context = {
        "number": card_number,
        "bars": bars.drawing(card_number, _("The number of your card as bars")) if card_number else "",
        "name": f"{record['given_name']} {record['family_name']}".strip(),
        "expires_on": record.standing.expires_on,
        "why_not": words.NOT_RENEWABLE.get(code, ""),
        "error": error,
        "lost_error": lost_error,
    }
    return show(request, "card.html", context, status=400 if error or lost_error else 200)


def _signed_out(request: PortalRequest) -> HttpResponse:
    """A card that is lost is nobody's way in any more: this browser is signed out too."""
    sessions.end(request.COOKIES.get(django_settings.PATRON_COOKIE, ""))
    response = HttpResponseRedirect(languages.address("portal-ended") + "?out=1")
    sessions.drop_cookie(response)
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


# settings


@own_page
def settings(request: PortalRequest) -> HttpResponse:
    """How the library reaches them, in which language, and the PIN."""
    if request.method != "POST":
        return _settings_page(request)
    if request.POST.get("act") == "pin":
        return _new_pin(request)
    typed = {name: request.POST.get(name, "").strip() for name in _CONTACT if name in request.POST}
    version = number(request.POST.get("version", ""))
    try:
        change(
            house(),
            request.live.actor,
            request.live.patron,
            Change(typed),
            circumstance=HERE,
            purpose=Purpose.OWN_RECORD,
            version=version if version >= 0 else None,
        )
    except FieldError as problem:
        return _settings_page(request, {problem.field: words.of_field(problem)}, typed)
    except ChangedMeanwhileError:
        return _settings_page(request, {"version": _changed()}, typed)
    return done("portal-settings", "saved")


def _new_pin(request: PortalRequest) -> HttpResponse:
    live = request.live
    old, new = request.POST.get("old_pin", "")[:64], request.POST.get("pin", "")[:64]
    if new != request.POST.get("pin_again", ""):
        return _settings_page(request, {"pin": _("The two new PINs differ. Type both again.")})
    locked = _pin_locks(live.patron)
    if locked and len(new) < histories.LOCK_DIGITS:
        return _settings_page(
            request, {"pin": _("Your reading history is locked with your PIN, so it needs 8 digits.")}
        )
    if cards.check_pin(house(), live.actor, live.patron, old) is not cards.PinAnswer.RIGHT:
        return _settings_page(request, {"old_pin": str(words.NOT_YOUR_PIN)})
    try:
        if locked:
            # First: should the PIN then not be set, the history opens with what was just typed, and is locked anew next time.
            histories.lock(house(), live.actor, live.patron, pin=new, old_pin=old)
        cards.set_pin(house(), live.actor, live.patron, new, circumstance=HERE)
    except LockedError:
        return _settings_page(
            request,
            {"old_pin": _("Your reading history is locked with an earlier PIN. Unlock or erase it first.")},
        )
    except FieldError as problem:
        if locked:
            histories.lock(house(), live.actor, live.patron, pin=old, old_pin=new)
        return _settings_page(request, {"pin": words.of_field(problem)})
    return sessions.begin_anew(house(), request, live, done("portal-settings", "pin"))


def _settings_page(
    request: PortalRequest, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    live = request.live
    record = open_records(
        house(), live.actor, [live.patron], _CONTACT, purpose=Purpose.OWN_RECORD, circumstance=HERE
    )[0]
    context = {
        "values": {**record, **(typed or {})},
        "version": record.version,
        "errors": errors or {},
        "tongues": languages.NAMES.items(),
        "channels": [(code, words.CHANNELS[code]) for code in NOTICE_CHANNELS],
        "is_locked": _pin_locks(live.patron),
        "passkeys": len(passkeys.which(live.patron)),
    }
    return show(request, "settings.html", context, status=400 if errors else 200)


def _pin_locks(patron: int) -> bool:
    choice = histories.choice_of(patron)
    return choice.is_locked and choice.pin_opens


# reading history


@own_page
def history(request: PortalRequest) -> HttpResponse:
    """Begin a history, read it, erase of it, lock it, end it."""
    if request.method != "POST":
        return _history_page(request)
    act, live, pin = request.POST.get("act", ""), request.live, request.POST.get("pin", "")[:64]
    mine = (house(), live.actor, live.patron)
    try:
        if act == "on":
            if request.POST.get("lock") and not _is_pin(request, pin):
                return _history_page(request, {"pin": str(words.NOT_YOUR_PIN)})
            lock_with = pin if request.POST.get("lock") else ""
            histories.turn_on(*mine, months=number(request.POST.get("months", "")), pin=lock_with)
            return done("portal-history", "history-on")
        if act == "off":
            if not request.POST.get("sure"):
                return _history_page(request, {"sure": _("Tick the box to say that you are sure.")})
            histories.turn_off(*mine)
            return done("portal-history", "history-off")
        if act == "months":
            histories.keep_for(*mine, number(request.POST.get("months", "")))
            return done("portal-history", "saved")
        if act == "erase":
            histories.erase(*mine, number(request.POST.get("entry", "")))
            return done("portal-history", "erased")
        if act == "erase-all":
            histories.erase(*mine)
            return done("portal-history", "erased")
        if act == "lock":
            if not _is_pin(request, pin):
                return _history_page(request, {"pin": str(words.NOT_YOUR_PIN)})
            histories.lock(*mine, pin=pin, passkey=secret_of(request, OPEN))
            return done("portal-history", "locked")
        if act == "lock-passkey":
            new = secret_of(request, LOCK)
            if new is None:
                raise LockedError
            histories.lock_with_passkey(*mine, new, old_pin=pin, passkey=secret_of(request, OPEN))
            return done("portal-history", "locked")
        if act == "unlock":
            histories.lock(*mine, old_pin=pin, passkey=secret_of(request, OPEN))
            return done("portal-history", "unlocked")
        if act == "open":
            return _history_page(request, pin=pin, passkey=secret_of(request, OPEN))
    except HistoryError as problem:
        return _history_page(request, {problem.field: str(words.HISTORY_TROUBLE[problem.code])})
    except LockedError:
        wrong = _("This PIN does not open it. If your PIN was set anew at a desk, use the one before.")
        if request.POST.get("open_answer") or request.POST.get("lock_answer"):
            wrong = _("This passkey does not open it. Try again, or use another way.")
        return _history_page(request, {"pin": wrong})
    return _history_page(request)


def _is_pin(request: PortalRequest, pin: str) -> bool:
    return cards.check_pin(house(), request.live.actor, request.live.patron, pin) is cards.PinAnswer.RIGHT


def _history_page(
    request: PortalRequest,
    errors: dict[str, str] | None = None,
    pin: str = "",
    passkey: PasskeySecret | None = None,
) -> HttpResponse:
    live = request.live
    choice = histories.choice_of(live.patron)
    is_open = choice.is_on and (not choice.is_locked or bool(pin) or passkey is not None)
    read = histories.titles(house(), live.actor, live.patron, pin=pin, passkey=passkey) if is_open else []
    kept = passkeys.which(live.patron)
    context = {
        "choice": choice,
        "is_open": is_open,
        "titles": [{"read": each, "month": _month(each.month)} for each in read],
        "lives": words.MONTH_WORDS.items(),
        "chosen": words.MONTH_WORDS.get(choice.months, ""),
        "errors": errors or {},
        "digits": histories.LOCK_DIGITS,
        "takes_passkeys": Site.of(request).takes_passkeys,
        "passkeys": len(kept),
        "lockers": sum(can for each, can in kept.items() if each not in choice.passkeys),
        "typed": {name: request.POST.get(name, "") for name in ("months", "lock")},
    }
    return show(request, "history.html", context, status=400 if errors else 200)


def _month(text: str) -> str:
    year, _dash, month = text.partition("-")
    return languages.month(dt.date(int(year), int(month), 1))


# permissions


@own_page
def permissions(request: PortalRequest) -> HttpResponse:
    """Let somebody do or see something until a day; take it back."""
    live = request.live
    if request.method != "POST":
        return _permissions_page(request)
    if request.POST.get("act") == "withdraw":
        permits.withdraw(house(), live.actor, live.patron, number(request.POST.get("permission", "")))
        return done("portal-permissions", "withdrawn")
    try:
        permits.give(
            house(),
            live.actor,
            live.patron,
            name=request.POST.get("name", ""),
            scope=request.POST.getlist("scope"),
            ends_on=_day(request.POST.get("ends_on", "")),
        )
    except PermissionNotGiven as problem:
        return _permissions_page(request, {problem.field: str(words.PERMISSION_TROUBLE[problem.code])})
    return done("portal-permissions", "given")


def _permissions_page(request: PortalRequest, errors: dict[str, str] | None = None) -> HttpResponse:
    live = request.live
    given = permits.given_by(house(), live.actor, live.patron)
    context = {
        "given": [{"permission": each, "may": [words.SCOPES[one] for one in each.scope]} for each in given],
        "scopes": [(scope.value, text) for scope, text in words.SCOPES.items()],
        "typed": {
            "name": request.POST.get("name", ""),
            "scope": request.POST.getlist("scope"),
            "ends_on": request.POST.get("ends_on", ""),
        },
        "first": house().today(),
        "last": house().today() + dt.timedelta(days=permits.MOST_DAYS),
        "errors": errors or {},
    }
    return show(request, "permissions.html", context, status=400 if errors else 200)


def _day(typed: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        return None


def _changed() -> str:
    return _("Your record was changed meanwhile. Look at it again, then save.")
