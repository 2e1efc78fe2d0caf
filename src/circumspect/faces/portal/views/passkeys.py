"""Passkeys: add one, see which there are, remove one; and what a browser is told to use one for a reading history.

Adding asks for the PIN just before, and is not for shared computers. What a passkey makes a history's key from stays in
the browser; the key itself comes with the one request that needs it, is used and is kept nowhere.

Source: clauses TH-2.2, TH-1.23, MP-4.3; W3C Web Authentication Level 3, sections 7 and 10.1.4.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
import time
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from circumspect.faces.portal import sessions, signing, words
from circumspect.faces.portal.challenges import CHALLENGES
from circumspect.faces.portal.guard import PortalRequest, done, number, own_page, show
from circumspect.faces.public import languages
from circumspect.faces.public.house import house
from circumspect.records import passkeyrules
from circumspect.records.passkeyrules import PasskeyError, Site
from circumspect.records.patrons import cards, passkeys
from circumspect.records.reading import history
from circumspect.records.reading.history import LockedError, PasskeySecret

ADD, OPEN, LOCK = "add", "open", "lock"


@own_page
def own(request: PortalRequest) -> HttpResponse:
    """The patron's passkeys: their names, the month each was added; add one, remove one."""
    act = request.POST.get("act", "")
    if act == "add":
        return _add(request)
    if act == "remove":
        return _remove(request)
    return _page(request)


@require_POST
@own_page
def options(request: PortalRequest) -> HttpResponse:
    """What the browser needs for the next step, as JSON; or why there is none."""
    step, live = request.POST.get("step", ""), request.live
    if step == ADD:
        return _creation(request)
    if step not in (OPEN, LOCK):
        return JsonResponse(
            {"error": _("The passkey was not used. Try again, or use another way.")}, status=400
        )
    opens = history.choice_of(live.patron).passkeys
    can_lock = {each for each, can in passkeys.which(live.patron).items() if can}
    wanted = opens if step == OPEN else can_lock - opens
    if not wanted:
        return JsonResponse({"error": str(words.HISTORY_TROUBLE["passkey"])}, status=400)
    ids = passkeys.credential_ids(house(), live.actor, live.patron)
    text = passkeyrules.request_options(
        Site.of(request),
        CHALLENGES.make(step, live.digest, time.monotonic()),
        known=[ids[each] for each in sorted(wanted) if each in ids],
        stands_alone=True,
    )
    salt = base64.b64encode(history.salt_of(house(), live.patron)).decode()
    return JsonResponse({"options": json.loads(text), "salt": salt})


def secret_of(request: PortalRequest, step: str) -> PasskeySecret | None:
    """The key that a passkey made for a step, as it came with this form; None where no passkey was used.

    Raises:
        LockedError: What came is not right: it opens and locks nothing.
    """
    answer = request.POST.get(f"{step}_answer", "")
    if not answer:
        return None
    used = signing.proven(house(), Site.of(request), request.live, step, answer)
    try:
        key = base64.b64decode(request.POST.get(f"{step}_key", "")[:64], validate=True)
    except binascii.Error:
        key = b""
    if used is None or len(key) != history.PASSKEY_KEY_BYTES:
        raise LockedError
    return PasskeySecret(used, key)


def _creation(request: PortalRequest) -> HttpResponse:
    live = request.live
    if live.is_shared:
        return JsonResponse({"error": _shared()}, status=403)
    pin = request.POST.get("pin", "")[:64]
    if cards.check_pin(house(), live.actor, live.patron, pin) is not cards.PinAnswer.RIGHT:
        return JsonResponse({"error": str(words.NOT_YOUR_PIN)}, status=400)
    ids = passkeys.credential_ids(house(), live.actor, live.patron)
    if len(ids) >= passkeys.MOST:
        return JsonResponse({"error": _("You have ten passkeys. Remove one first.")}, status=400)
    name = passkeyrules.fit_label(request.POST.get("name", ""))
    text = passkeyrules.creation_options(
        Site.of(request),
        CHALLENGES.make(ADD, live.digest, time.monotonic()),
        passkeys.account_of(house(), live.patron, name),
        library_name=str(house().home.setting("library", "name", "Library")),
        known=ids.values(),
        stands_alone=True,
    )
    return JsonResponse({"options": json.loads(text)})


def _add(request: PortalRequest) -> HttpResponse:
    live = request.live
    if live.is_shared:
        return _page(request, _shared(), status=403)
    try:
        # The challenge was given for the PIN: an answer to it says that the PIN was right just now.
        answer = passkeyrules.read_created(request.POST.get("add_answer", ""))
        if not CHALLENGES.take(answer.challenge, ADD, live.digest, time.monotonic()):
            raise PasskeyError("challenge")
        key = passkeyrules.created_key(Site.of(request), answer.challenge, answer, stands_alone=True)
    except PasskeyError:
        return _page(request, _not_added())
    added = passkeys.add(
        house(),
        live.actor,
        live.patron,
        key,
        name=request.POST.get("name", ""),
        can_lock=bool(request.POST.get("can_lock")),
    )
    if not added:
        return _page(request, _not_added())
    return sessions.begin_anew(house(), request, live, done("portal-passkeys", "passkey"))


def _remove(request: PortalRequest) -> HttpResponse:
    live, wanted = request.live, number(request.POST.get("passkey", ""))
    if history.choice_of(live.patron).needs(wanted) and not request.POST.get("sure"):
        return _page(
            request,
            _("Your reading history opens with this passkey alone. Tick the box to lose the list with it."),
        )
    passkeys.remove(house(), live.actor, live.patron, wanted)
    return sessions.begin_anew(house(), request, live, done("portal-passkeys", "passkey-gone"))


def _page(request: PortalRequest, error: str = "", *, status: int = 400) -> HttpResponse:
    live = request.live
    choice = history.choice_of(live.patron)
    context: dict[str, Any] = {
        "own": [
            {
                "passkey": each,
                "month": _month(each.month),
                "opens": each.id in choice.passkeys,
                "alone": choice.needs(each.id),
            }
            for each in passkeys.own(house(), live.actor, live.patron)
        ],
        "error": error,
        "takes_passkeys": Site.of(request).takes_passkeys,
        "typed": request.POST.get("name", "")[: passkeyrules.LONGEST_LABEL],
    }
    return show(request, "passkeys.html", context, status=status if error else 200)


def _month(text: str) -> str:
    year, _dash, month = text.partition("-")
    return languages.month(dt.date(int(year), int(month), 1))


def _not_added() -> str:
    return _("The passkey was not added. Try again.")


def _shared() -> str:
    return _("You said that this is a shared computer. Add a passkey on a device of your own.")
