"""Pages that are broken on purpose, and one that is not: what the crawl would have to notice.

Each is an address more, for the length of a test, beside the real ones.

Source: guarantee 2, whose attack counts only where a broken twin is caught.
"""

from __future__ import annotations

import base64
import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path

PLACE = "peek/"
NAME = "peek"


def _house() -> Any:
    from circumspect.faces.desk.house import house

    return house()


def _patrons(card: str) -> tuple[int, int]:
    """Whose card it is, and somebody else."""
    from circumspect.records.patrons.cards import find_card
    from circumspect.records.patrons.models import Patron

    found = find_card(_house(), card)
    assert found is not None
    return found.patron, Patron.objects.exclude(id=found.patron).order_by("id").values_list("id", flat=True)[
        0
    ]


def _read_past_the_door(patron: int, name: str) -> str:
    """A field, by a key taken from the key store."""
    from circumspect.records.patrons.models import Patron
    from circumspect.trust.vault import crypto
    from circumspect.trust.vault.places import field_place, subject_cipher

    sealed = getattr(Patron.objects.get(id=patron), f"sealed_{name}")
    cipher = subject_cipher(_house().vault.store.subject_key(patron))
    return crypto.decrypt(cipher, bytes(sealed), field_place(patron, "registration", patron, name)).decode()


def _opened(request: Any, patron: int, action: str, name: str) -> str:
    """A field, through the door."""
    from circumspect.records.patrons.registration import open_records
    from circumspect.trust.policy.request import Action, Circumstance, Purpose

    record = open_records(
        _house(), request.actor, [patron], [name],
        purpose=Purpose.SERVE, circumstance=Circumstance.CARD_SCANNED, action=Action(action),
    )[0]  # fmt: skip
    return record[name]


def honest(request: Any, card: str) -> HttpResponse:
    """Asks, and shows what it asked for. Not a leak: the control."""
    return HttpResponse(_opened(request, _patrons(card)[0], "view", "family_name"))


def asks_nobody(request: Any, card: str) -> HttpResponse:
    """Takes the key and shows the name."""
    return HttpResponse(_read_past_the_door(_patrons(card)[0], "family_name"))


def shouts(request: Any, card: str) -> HttpResponse:
    """The same in capitals."""
    return HttpResponse(_read_past_the_door(_patrons(card)[0], "city").upper())


def hides_it_in_a_header(request: Any, card: str) -> HttpResponse:
    """The same in a header, in base64."""
    text = "to:" + _read_past_the_door(_patrons(card)[0], "email")
    return HttpResponse("nothing here", headers={"X-Trace": base64.urlsafe_b64encode(text.encode()).decode()})


def shows_another(request: Any, card: str) -> HttpResponse:
    """Opens one patron's name and shows another's beside it."""
    one, other = _patrons(card)
    return HttpResponse(
        _opened(request, one, "view", "family_name") + _read_past_the_door(other, "family_name")
    )


def shows_more(request: Any, card: str) -> HttpResponse:
    """Opens the name and shows the street beside it."""
    one = _patrons(card)[0]
    return HttpResponse(_opened(request, one, "view", "family_name") + _read_past_the_door(one, "street"))


def shows_what_it_may_only_use(request: Any, card: str) -> HttpResponse:
    """Opens the birth date for a rule, and shows it."""
    return HttpResponse(_opened(request, _patrons(card)[0], "use", "birth_date"))


def fills_in_what_nobody_typed(request: Any, card: str) -> HttpResponse:
    """Puts a value into an input, where typed ones may stand."""
    return HttpResponse(f'<input name="who" value="{_read_past_the_door(_patrons(card)[0], "phone")}">')


def tells_beside_the_input(request: Any, card: str) -> HttpResponse:
    """Repeats what was typed, and not in an input: so a guess is confirmed."""
    return HttpResponse(f"There is a card {card}.")


LEAKS: Mapping[str, Callable[[Any, str], HttpResponse]] = {
    view.__name__.replace("_", " "): view
    for view in (
        asks_nobody,
        shouts,
        hides_it_in_a_header,
        shows_another,
        shows_more,
        shows_what_it_may_only_use,
        fills_in_what_nobody_typed,
        tells_beside_the_input,
    )
}


@contextlib.contextmanager
def one_page_more(view: Callable[[Any, str], HttpResponse]) -> Iterator[None]:
    """Answer at one address more."""
    from circumspect.urls import urlpatterns

    def answer(request: HttpRequest) -> HttpResponse:
        card = request.POST.get("scan") or request.GET.get("scan", "")
        return view(request, card) if card else HttpResponse("Scan a card.")

    module = ModuleType("one_door_addresses")
    module.urlpatterns = [*urlpatterns, path(PLACE, answer, name=NAME)]  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    try:
        with override_settings(ROOT_URLCONF=module.__name__):
            yield
    finally:
        del sys.modules[module.__name__]
