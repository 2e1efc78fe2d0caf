"""What is sent to each address: the real forms of the desk, and the same with tokens that are not good.

A form is what a page would send. Where a page holds a token, the token is made when the form is sent, for
whoever sends it: their own, a colleague's, one of an earlier turn, a damaged one, or none.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import one_door_ways as ways
from one_door_world import FLOOR, PASSWORD, Token, Window, World

Form = Mapping[str, "str | Token | list[str]"]

# Their last form is not of the same kind as their first.
_TWO_WAYS = (
    "open",
    "register",
    "save",
    "merge",
    "unlock",
    "own",
    "computers-aside",
    "letters-act",
    "letters-file",
)


@dataclass(frozen=True)
class Try:
    """One request to be made."""

    form: Form = field(default_factory=dict)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


def tries(name: str, world: World, window: Window, *, thorough: bool) -> list[Try]:
    """Every request to an address worth making by this window.

    The short form lets a clerk at the desk try everything, a lead every form, and the others what differs for
    them: the decorators that turn a GET away, for one, do not look at who asks. The long form tries everything.
    """
    if window.state == "unsigned" and name == "policy":
        return [Try(method="GET"), Try({"step": "sign"})]  # were it signed, nobody would be left who has not
    real = list(_REAL.get(name, _anything)(world, window))
    if not thorough and window.name not in FLOOR:
        return _fewer(name, real, window)
    if not thorough and window.name != FLOOR[0]:
        return _with_every_form(name, real)
    out = [Try(method="GET"), Try(method="HEAD"), Try()]
    if real:
        out += [Try(real[0], method="GET"), *_with_other_slips(real[0])]
    out += [Try(form) for form in real]
    if real and "slip" in real[-1]:
        out.append(Try(real[-1], headers={"X-Desk": "part"}))
    if thorough:
        for form in real[1:]:
            out = _with_other_slips(form) + out
        out += [Try(form, method="GET") for form in real[1:]]
        out += [Try(form, method=method) for form in real[:1] for method in ("PUT", "PATCH", "DELETE")]
    return out


def _with_every_form(name: str, real: Sequence[Form]) -> list[Try]:
    """For the second window of the floor: every form, and two stolen slips; the first window tries the rest."""
    way = ways.ROUTES.get(name)
    out = [Try(method="GET")] if way is None or "GET" in way.methods else []
    return [*out, *(_with_other_slips(real[0])[:2] if real else []), *(Try(form) for form in real)]


def _fewer(name: str, real: Sequence[Form], window: Window) -> list[Try]:
    way = ways.ROUTES.get(name)
    out = [Try(method="GET")] if way is None or "GET" in way.methods or not real else []
    if way is None or "POST" in way.methods:
        closed = window.state in ("locked", "signed-out", "disabled", "stranger")
        chosen = real[:1] if closed or name not in _TWO_WAYS else [real[0], real[-1]]
        if name == "desk" and not closed:
            chosen = [*real[:1], *real[2:7], *real[9:10], *real[-2:]]
        out += [Try(form) for form in chosen or [{}]]
        out += _with_other_slips(real[0])[:1] if real else []
    return out


def _with_other_slips(form: Form) -> list[Try]:
    """The same form with every token in it foreign, of an earlier turn, damaged, or left out."""
    tokens = {key: value for key, value in form.items() if isinstance(value, Token)}
    if not tokens:
        return []
    out = [
        Try({**form, **{key: Token(each.use, each.content, how) for key, each in tokens.items()}})
        for how in ("foreign", "stale", "cut")
    ]
    return [*out, Try({**form, **dict.fromkeys(tokens, "")})]


def _held(patron: int, circumstance: str = "card just scanned", reason: str = "") -> Token:
    return Token("open", {"p": patron, "c": circumstance, "r": reason, "e": False})


def _slip(world: World, window: Window, which: int = 0) -> dict[str, Any]:
    return {"slip": _held(world.ids[window.people[which].stem]), "mode": "check-out"}


Forms = Iterator[dict[str, Any]]


def _anything(world: World, window: Window) -> Forms:
    """For an address that nobody thought of: whatever a page might want."""
    one = window.people[0]
    yield {**_slip(world, window), "scan": one.card, "item": one.item, "id": str(world.ids[one.stem])}


def _desk(world: World, window: Window) -> Forms:
    one, two = window.people
    slip = _slip(world, window)
    yield {**slip, "scan": window.shelf[0]}
    yield {**slip, "scan": window.shelf[0], "mode": "renew"}
    yield {"scan": window.shelf[0], "mode": "check-in"}
    yield from ({"scan": person.card, "mode": "check-out"} for person in (one, two, window.watched))
    form = one.form()
    for words in (form["family_name"], f"{form['given_name'][:5]} {form['family_name']}", "Qz"):
        yield {"scan": words, "mode": "check-out"}
    yield from ({"scan": form[name], "mode": "check-out"} for name in ("email", "phone"))
    yield {**slip, "scan": window.watched.item, "mode": "check-out"}
    yield {"scan": window.watched.item, "mode": "look-up"}
    yield {**slip, "scan": f"Tk{one.stem}", "mode": "look-up"}
    yield {**slip, "scan": "29999999999999"}
    yield {**slip, "to_mode": "renew"}
    yield {
        **slip,
        "slip": _held(world.ids[two.stem], "unexplained", "patron wrote"),
        "scan": "nobody at all 4",
    }
    # Brought back: whose it was is asked by nobody, and told to nobody.
    yield {"scan": two.item, "mode": "check-in"}
    yield {**_slip(world, window, 1), "scan": two.item, "mode": "check-out"}


def _open(world: World, window: Window) -> Forms:
    choice = Token("choice", {"p": world.ids[window.people[0].stem]})
    yield {"choice": choice, "reason": "patron wrote"}
    yield {"choice": choice, "reason": "curious"}
    # A slip is not a choice, whoever it is of.
    yield {"choice": _held(world.ids[window.watched.stem]), "reason": "patron wrote"}


def _renew(world: World, window: Window) -> Forms:
    one = window.people[0]
    yield {**_slip(world, window), "item": one.item}
    yield {**_slip(world, window), "item": [one.item, window.watched.item]}


def _override(world: World, window: Window) -> Forms:
    one = window.people[0]
    for act, item in (("renew", one.item), ("check-out", window.shelf[1]), ("renew", window.watched.item)):
        yield {**_slip(world, window), "act": act, "item": item, "reason": "a supervisor asked"}


def _due_day(world: World, window: Window) -> Forms:
    yield {**_slip(world, window), "due_on": "2000-01-01", "reason": "a supervisor asked", "form": "due"}
    yield {**_slip(world, window), "due_on": "2026-12-24", "reason": "a supervisor asked", "form": "due"}
    yield {**_slip(world, window), "clear": "yes"}


def _register(world: World, window: Window) -> Forms:
    watched = window.watched.form()
    yield {
        "family_name": "Novak",
        "given_name": "Ola",
        "category": "resident_adult",
        "home_branch": "main",
        "language": "en",
    }
    yield {**watched, "card_number": window.watched.card}  # twice the same card: it comes back filled in
    yield {**watched, "birth_date": "soon"}
    yield {**watched, "resume": "yes"}


def _edit(world: World, window: Window) -> Forms:
    yield _slip(world, window)
    yield {"slip": _held(world.ids[window.people[1].stem], "unexplained", "patron wrote")}


def _save(world: World, window: Window) -> Forms:
    from circumspect.records.patrons.models import Patron
    from circumspect.records.patrons.standing import Standing

    one = window.people[0]
    patron = world.ids[one.stem]
    version = Patron.objects.get(id=patron).version
    standing = Standing("resident_adult", "main", one.expires_on).to_text()
    before = Token("before", {"p": patron, "version": version, "values": one.form(), "standing": standing})
    slip = {**_slip(world, window), "before": before}
    yield {**slip, **one.form(), "region": "WI"}
    yield {**slip, **one.form(), "birth_date": "soon"}
    yield {**slip, "resume": "yes", **one.form()}
    yield {**slip, **one.form(), "region": "IN"}  # somebody was quicker
    # What was shown of one patron is offered with the slip of another.
    yield {**slip, **one.form(), "slip": _held(world.ids[window.people[1].stem])}
    yield {**slip, "family_name": "", "category": "none such"}


def _issue_card(world: World, window: Window) -> Forms:
    yield {**_slip(world, window), "card_number": window.watched.card, "form": "card"}
    yield {**_slip(world, window), "card_number": window.people[0].next_card, "form": "card"}


def _set_pin(world: World, window: Window) -> Forms:
    pin = window.people[0].pin
    yield {**_slip(world, window), "pin": pin, "pin_again": pin, "form": "pin"}
    yield {**_slip(world, window), "pin": pin, "pin_again": "1", "form": "pin"}


def _add_note(world: World, window: Window) -> Forms:
    until = window.people[0].note_until(world.today).isoformat()
    yield {
        **_slip(world, window),
        "kind": "card",
        "text": "The card is bent",
        "expires_on": until,
        "form": "note",
    }
    yield {
        **_slip(world, window),
        "kind": "card",
        "text": window.people[0].note,
        "expires_on": "soon",
        "form": "note",
    }


def _remove_note(world: World, window: Window) -> Forms:
    yield {**_slip(world, window), "note": str(world.notes[window.watched.stem])}
    yield {**_slip(world, window), "note": "no number"}
    yield {**_slip(world, window), "note": str(world.notes[window.people[0].stem])}


def _block(world: World, window: Window) -> Forms:
    yield {**_slip(world, window), "block": "returned_mail", "form": "block"}
    yield {**_slip(world, window), "block": "no such block", "form": "block"}


def _renew_registration(world: World, window: Window) -> Forms:
    yield {**_slip(world, window), "address_checked": "no", "form": "renew"}
    yield {**_slip(world, window), "address_checked": "yes", "form": "renew"}


def _merge(world: World, window: Window) -> Forms:
    yield {**_slip(world, window), "card_number": window.watched.card, "form": "merge"}
    yield {**_slip(world, window), "card_number": window.people[1].card, "sure": "yes", "form": "merge"}


def _decision(world: World, window: Window) -> Forms:
    yield {"series": "fees", "days": "45", "application": "", "item": "", "why": "as the board decided"}
    yield {"series": "fees", "days": "4000", "why": "too long"}
    yield {"series": "fees", "days": "90", "why": "as the program starts"}


def _certificate(world: World, window: Window) -> Forms:
    yield {"disposal": "1", "number": "C-1", "not_before": "2027-01-01"}


def _medium(world: World, window: Window) -> Forms:
    yield {"act": "enter", "mark": "D-100", "kind": "disk", "held": "records"}
    yield {"act": "retire", "medium": "1"}
    yield {"act": "end", "medium": "1", "how": "shredded or crushed", "day": str(world.today)}


def _forget(world: World, window: Window) -> Forms:
    yield {**_slip(world, window), "form": "forget"}
    # With something out nobody is forgotten, and the library of this attack keeps its people.
    _taken_home(world, window, window.shelf[10])
    yield {**_slip(world, window), "form": "forget", "sure": "yes"}


def _taken_home(world: World, window: Window, item: str) -> str:
    """Lend something to one of the window's people, for an act on it."""
    from circumspect.records.circulation import lending
    from circumspect.trust.policy.request import Reason

    patron = world.ids[window.people[0].stem]
    lead = world.actor_of(world.lead)
    # Whatever stops them by now: a lost item, a fee.
    lending.check_out(world.house, lead, patron, item, branch="main", override=Reason.SUPERVISOR)
    # As if ten minutes had passed: what the door permitted is asked and entered anew.
    world.house.door._standing._kept.clear()
    return item


def _set_right(world: World, window: Window) -> int:
    """Let nothing stop the window's first person any more: no lost item, no fee for one; whose they are."""
    from circumspect.records.circulation.models import Loan
    from circumspect.records.fees.models import FeeLine
    from circumspect.records.fees.rules import FeeKind

    vault, patron = world.house.vault, world.ids[window.people[0].stem]
    Loan.objects.filter(link__in=list(vault.links("loans", patron).values()), state="lost").delete()
    owed = FeeLine.objects.filter(link__in=list(vault.links("fees", patron).values()))
    owed.exclude(kind=FeeKind.DAMAGE.value).delete()
    return patron


def _complete(world: World, window: Window) -> Forms:
    from circumspect.records.patrons.models import Patron

    checked = {"category": "resident_adult", "id_seen": "yes", "address_checked": "yes"}
    yield {**_slip(world, window), **checked}
    # Now as if the card had been made at the door.
    Patron.objects.filter(id=world.ids[window.people[0].stem]).update(provisional_until=world.today)
    yield {**_slip(world, window), **checked}


def _join(world: World, window: Window) -> Forms:
    typed = {
        "given_name": "Ola",
        "family_name": "Novak",
        "street": "9 Row",
        "city": "Bend",
        "postcode": "62191",
    }
    yield {**typed, "is_adult": "yes"}
    world.house.home.config["join"] = {"on": True}
    yield {**typed, "is_adult": "yes"}
    yield {**typed, "is_adult": "no", "in": "pl"}


def _check_in(world: World, window: Window) -> Forms:
    yield {"scan": _taken_home(world, window, window.shelf[5]), "mode": "damaged", "damage": "1.00"}
    yield {"scans": f"{window.watched.card} {window.shelf[0]}", "mode": "return"}
    yield {"scan": window.shelf[1], "mode": "used", "returned_at": "soon"}


def _check_in_slip(world: World, window: Window) -> Forms:
    yield {"kind": "transit", "item": window.shelf[0], "branch": "main"}
    yield {"kind": "hold", "item": window.shelf[0], "branch": "main", "code": window.watched.card}


def _loan_act(shelf: int) -> Callable[[World, Window], Forms]:
    def forms(world: World, window: Window) -> Forms:
        yield {**_slip(world, window), "item": _taken_home(world, window, window.shelf[shelf])}
        yield {**_slip(world, window), "item": window.watched.item}

    return forms


def _list_late(world: World, window: Window) -> Forms:
    from circumspect.records.circulation.models import Loan

    # Their own book, which is late now: its title and their name are to be seen on the list, and by an opening.
    Loan.objects.filter(item__barcode=window.people[0].item).update(due_at=1)
    yield {"branch": ""}
    yield {"branch": "main", "after": Token("list place", {"at": [0, 0]})}
    # A slip is not a place on a list, whoever it is of.
    yield {"branch": "", "after": _held(world.ids[window.watched.stem])}


def _list_cards(world: World, window: Window) -> Forms:
    for month in (f"{world.today:%Y%m}", "202911", window.watched.card):
        yield {"month": month}
    yield {"month": "202911", "after": Token("list place", {"at": [202911, 0]})}


def _list_work(world: World, window: Window) -> Forms:
    _taken_home(world, window, window.shelf[10])
    for code, act in (("lost", "found"), ("claims", "denied"), ("claims", "granted"), ("transit", "found")):
        yield {"list": code, "act": act, "item": window.shelf[10], "branch": ""}


def _rule(world: World, window: Window) -> Forms:
    yield {"category": "staff", "item_type": "", "branch": "", "period": window.watched.card}
    yield {"act": "week", "day0": "9-17"}


def _title_of(barcode: str) -> str:
    from circumspect.records.catalog.models import Item

    return str(Item.objects.get(barcode=barcode).title_id)


def _hold_of(world: World, window: Window, barcode: str) -> str:
    """Let the window's first person wait for something; the hold's number."""
    from circumspect.records.circulation.requesting import place_hold
    from circumspect.records.holds.models import Hold
    from circumspect.records.holds.placing import Wanted
    from circumspect.trust.policy.request import Circumstance

    patron = _set_right(world, window)
    before = set(Hold.objects.values_list("id", flat=True))
    place_hold(
        world.house,
        world.actor_of(world.lead),
        patron,
        Wanted(int(_title_of(barcode))),
        pickup_branch="main",
        circumstance=Circumstance.OPEN_TRANSACTION,
    )
    # As if ten minutes had passed: what the door permitted is asked and entered anew.
    world.house.door._standing._kept.clear()
    return str(next(iter(set(Hold.objects.values_list("id", flat=True)) - before), 0))


def _holds(world: World, window: Window) -> Forms:
    yield _slip(world, window)
    yield {**_slip(world, window), "words": "elsewhere"}


def _holds_place(world: World, window: Window) -> Forms:
    slip = _slip(world, window)
    yield {**slip, "title": _title_of(window.shelf[2]), "pickup_branch": "main"}
    yield {**slip, "copy": window.shelf[5], "pickup_branch": "main"}
    yield {**slip, "title": "4711", "pickup_branch": "nowhere", "expires_on": "soon"}


def _holds_change(world: World, window: Window) -> Forms:
    hold = _hold_of(world, window, window.shelf[3])
    others = _hold_of(world, window, window.shelf[4])
    later = (world.today + dt.timedelta(days=30)).isoformat()
    for act in (
        {"do": "freeze", "frozen_until": later},
        {"do": "thaw"},
        {"do": "move", "pickup_branch": "main"},
    ):
        yield {**_slip(world, window), "hold": hold, **act}
    yield {**_slip(world, window), "hold": others, "do": "cancel"}
    yield {**_slip(world, window), "hold": hold, "do": "cancel"}


def _holds_pull(world: World, window: Window) -> Forms:
    from circumspect.records.catalog.models import Item

    _hold_of(world, window, window.shelf[4])
    yield {"branch": "main"}
    yield {"branch": "main", "item": str(Item.objects.get(barcode=window.shelf[4]).id)}


def _holds_shelf(world: World, window: Window) -> Forms:
    world.house.door._standing._kept.clear()
    yield {"do": "find", "code": "ZZZZ", "branch": "main"}
    yield {"do": "find", "code": window.watched.card, "branch": "main"}
    yield {"do": "end", "branch": "main"}


def _asked_elsewhere(world: World, window: Window) -> tuple[str, str]:
    """Let one of the window's people ask for something from elsewhere: the request's id, and its number."""
    from circumspect.records.ill import asking
    from circumspect.records.ill.citations import Citation, number_of
    from circumspect.records.ill.models import IllRequest
    from circumspect.trust.policy.request import Circumstance

    patron = _set_right(world, window)
    # Nobody asks for more than five things at once: what the attack asked for before is let go.
    old = IllRequest.objects.filter(link__in=asking.links_of(world.house, patron))
    old.exclude(id__in=world.requests.values()).filter(state="requested").delete()
    before = set(IllRequest.objects.values_list("id", flat=True))
    asked = asking.ask(
        world.house,
        world.actor_of(world.lead),
        patron,
        Citation("A book from elsewhere"),
        pickup_branch="main",
        circumstance=Circumstance.OPEN_TRANSACTION,
    )
    assert isinstance(asked, asking.Asked), asked
    world.house.door._standing._kept.clear()
    new = next(iter(set(IllRequest.objects.values_list("id", flat=True)) - before), 0)
    return str(new), number_of(new)


def _ill(world: World, window: Window) -> Forms:
    from circumspect.records.barcodes import BarcodeKind, new_barcode
    from circumspect.records.ill.models import IllRequest

    due_on = (world.today + dt.timedelta(days=30)).isoformat()
    _, number = _asked_elsewhere(world, window)
    _, never = _asked_elsewhere(world, window)
    theirs = new_barcode(BarcodeKind.ITEM, "1234", 90_000_000 + IllRequest.objects.count())
    yield {"do": "library", "code": "XYZ", "name": "A library", "address": "1 Road"}
    for act in ("send", "take_back", "send"):
        yield {"do": act, "number": number, "lender": "XYZ"}
    yield {"do": "receive", "number": number, "barcode": window.watched.card, "due_on": due_on}
    yield {"do": "receive", "number": number, "barcode": theirs, "due_on": due_on}
    yield {"do": "send_back", "number": number}
    yield {"do": "not_filled", "number": never}
    yield {
        "do": "supply",
        "barcode": window.shelf[11],
        "library": "XYZ",
        "due_on": due_on,
        "their_number": "7",
    }
    yield {"do": "supply_back", "barcode": window.shelf[11]}
    yield {"do": "send", "number": "none such", "lender": "XYZ"}


def _ill_form(world: World, window: Window) -> Forms:
    yield {"number": _asked_elsewhere(world, window)[1]}
    yield {"number": "none such"}


def _ill_ask(world: World, window: Window) -> Forms:
    yield {**_slip(world, window), "title": "A book from elsewhere", "pickup_branch": "main"}
    yield {**_slip(world, window), "title": "", "pickup_branch": "nowhere"}


def _ill_cancel(world: World, window: Window) -> Forms:
    yield {**_slip(world, window), "request": _asked_elsewhere(world, window)[0]}
    yield {**_slip(world, window), "request": "4711"}


def _plain_slip(world: World, window: Window) -> Forms:
    yield _slip(world, window)


def _sign_in(world: World, window: Window) -> Forms:
    yield {
        "step": "password",
        "username": window.watched.form()["family_name"],
        "password": "not-the-password",
    }
    yield {"step": "go-on"}
    yield {"step": "totp", "code": "123456"}


def _lock(world: World, window: Window) -> Forms:
    text = {"kind": "card", "text": window.people[0].note, "expires_on": "soon", "kept_path": "/notes/add/"}
    yield {**_slip(world, window), **text}


def _unlock(world: World, window: Window) -> Forms:
    kept = Token(
        "kept", {"path": "/notes/add/", "fields": [["text", window.people[0].note], ["kind", "card"]]}
    )
    password = PASSWORD if window.state != "locked" else "not-the-password"
    yield {"kept": kept, "password": password}
    yield {"kept": _held(world.ids[window.watched.stem]), "password": password}


def _own(world: World, window: Window) -> Forms:
    yield {"act": "start-app", "password": "not-the-password"}
    yield {"act": "start-app", "password": PASSWORD}
    yield {"act": "codes", "password": PASSWORD}


def _policy(world: World, window: Window) -> Forms:
    yield {"step": "sign", "version": "2026-11"}
    yield {"step": "read", "version": "2026-11"}
    yield {"step": "discuss", "discussed_with": "1", "discussed_on": "2026-11-23"}


def _incidents(world: World, window: Window) -> Forms:
    from circumspect.records.incidents.models import Incident

    told = {"kind": "noise", "branch": "main", "happened_on": "2026-11-23"}
    yield {**told, "account": "sang on the stairs", "description": "a red hat"}
    yield {**told, "account": f"had {window.people[0].card}", "description": "a red hat"}
    first = str(Incident.objects.values_list("id", flat=True).first() or 1)
    yield {
        "incident": first,
        "act": "measure",
        "measure": "suspended",
        "until": "2026-11-30",
        "card": window.people[0].card,
    }
    yield {"incident": first, "act": "appeal", "appeal": "says it was somebody else"}
    yield {"incident": first, "act": "name", "card": "21234000099999"}
    yield {"incident": first, "act": "measure", "measure": "lifted", "card": window.people[0].card}


def _review(world: World, window: Window) -> Forms:
    from circumspect.offices.review.models import Flagged

    links = world.house.vault.links("ledger", world.ids[window.watched.stem])
    entry = world.house.ledger.entries_for_links(list(links.items()), 1)[0]
    told = {"purpose": "find a patron", "fields": [], "circumstance": "unexplained", "why": ["drawn by lot"]}
    Flagged.objects.get_or_create(
        index=entry.index, defaults={"at": 0, "actor": "staff:0", "noted_at": world.house.clock(), **told}
    )
    first = str(entry.index)
    yield {"index": first, "outcome": "explained"}
    yield {"act": "mark", "card": window.people[0].card}
    yield {"act": "unmark", "card": window.people[0].card}
    yield {"act": "tie", "card": "21234000099999"}
    yield {"act": "untie"}


def _people(world: World, window: Window) -> Forms:
    member = str(world.lead.pk)
    day = {"first_on": "2026-11-23", "last_on": "2026-11-24"}
    yield {"act": "confirm", "orientation": "1"}
    yield {"act": "designate", "member": member, "title": "privacy_in_charge", "place": "1", **day}
    yield {"act": "shift", "member": member, "weekday": "0", "starts_at": "09:00", "ends_at": "17:00"}
    yield {"act": "away", "member": member, **day}
    yield {
        "act": "training",
        "member": member,
        "topic": "policies",
        "trained_on": "2026-11-23",
        "renew_by": "2027-11-23",
    }
    yield {"act": "add", "name": "Augusta Pennington", "since_on": "2026-11-23"}


def _sat_down(world: World, window: Window) -> str:
    """Seat the window's first person at the first computer, whatever it was doing; which it is."""
    from circumspect.records.computers import panel, queueing, sitting
    from circumspect.records.computers.models import Seat, Session, Ticket

    house, seat, one = world.house, world.seats[0], window.people[0]
    Session.objects.filter(seat_id=seat).delete()
    Ticket.objects.all().delete()  # nobody is called to it
    Seat.objects.filter(id=seat).update(state="locked")
    panel.clear_by_hand(house, world.actor_of(world.lead), seat)
    for card in (one.card, one.next_card):
        sitting.sign_in_card(house, seat, card, one.pin)
    if not Session.objects.filter(seat_id=seat).exists():
        # Their time is used up, or the card was lost: then whoever was given a pass.
        answer = sitting.sign_in_pass(house, seat, queueing.issue_pass(house, 60).code)
        assert Session.objects.filter(seat_id=seat).exists(), (
            f"nobody sits there, so nobody is attacked: {answer}"
        )
    house.door._standing._kept.clear()
    return str(seat)


def _computers(world: World, window: Window) -> Forms:
    seat = _sat_down(world, window)
    for act in ("end", "extend", "message", "lock", "wipe-again", "clear", "out", "back", "drop"):
        yield {"act": act, "seat": seat, "message": "closing", "sure": "yes", "number": "1", "branch": "main"}
    yield {"act": "end", "seat": "4711", "branch": "main"}


def _computer_slip(world: World, window: Window) -> Forms:
    yield {"area": "adult", "minutes": "60", "print_money": "1.50"}
    yield {"area": "none", "minutes": "6000", "print_money": window.people[0].card}


def _book_computer(world: World, window: Window) -> Forms:
    day = (world.today + dt.timedelta(days=1)).isoformat()
    seat = {"seat": str(world.seats[1]), "time": "12:00", "minutes": "30"}
    # One of the two is their card by now.
    for card in (window.people[0].card, window.people[0].next_card):
        yield {"card": card, "day": day, **seat}
    yield {"card": window.watched.card, **seat, "day": "soon", "time": ""}
    yield {"card": window.watched.card, "day": day, **seat, "seat": "4711"}
    yield {"act": "cancel", "booking": str(world.ids[window.people[0].stem])}


def _set_aside(world: World, window: Window) -> Forms:
    matter = {"matter_ref": "2026-014", "requested_on": world.today.isoformat()}
    seat = str(world.seats[1])
    for act, which in (("set", seat), ("set", "4711"), ("renew", seat), ("release", seat)):
        yield {"act": act, "seat": which, **matter}


def _at_a_seat(world: World, window: Window) -> Forms:
    """Without a seat's key, and as no client asks."""
    yield {"card": window.watched.card, "pin": window.watched.pin}


def _notice_waits(channel: str) -> Callable[[World, Window], Forms]:
    """Let a notice to one of the people wait for a clerk; then ask for it."""

    def forms(world: World, window: Window) -> Forms:
        from circumspect.offices.notices import outbox
        from circumspect.offices.notices.kinds import Channel, Kind

        link = world.house.vault.link(outbox.SERIES, world.ids[window.people[0].stem])
        kinds = (Kind.ALMOST_DUE, Kind.HOLD_CANCELLED)
        outbox.put([outbox.Wish(link, (link.token,), kinds, Channel(channel), "main", world.today)])
        yield {"notice": "none such", "reached": "no"}
        yield {"notice": str(world.ids[window.watched.stem]), "reached": "yes"}

    return forms


def _letters_came_out(world: World, window: Window) -> Forms:
    yield {"well": "no"}
    yield {"well": "yes"}


def _nothing(world: World, window: Window) -> Forms:
    yield from ()


NOBODYS_CARD = "29999999999999"


def _sealed(world: World, box: str, *scans: Mapping[str, object]) -> list[bytes]:
    """Letters as a device without a line would seal them."""
    at = int(world.house.clock().timestamp())
    texts = [json.dumps({"v": 1, "at": at, **scan}).encode() for scan in scans]
    return [world.house.vault.letterbox.seal(int(box, 16), text) for text in texts]


def _offline_take(world: World, window: Window) -> Forms:
    from circumspect.records.circulation import offline

    one = window.people[0]
    _some_time_later(world)
    box = offline.new_box(world.house).id
    letters = _sealed(
        world,
        box,
        {"do": "out", "scan": window.shelf[2], "cards": [one.card]},
        {"do": "in", "scan": window.shelf[2], "here": True},
        {"do": "out", "scan": window.shelf[3], "cards": [NOBODYS_CARD]},
    )
    sent = [base64.b64encode(letter).decode() for letter in [*letters, letters[0][:-1], b""]]
    yield {"box": box, "letter": sent}
    yield {"box": box, "letter": [*sent, one.card]}
    yield {"box": "none such", "letter": sent}


def _waiting(world: World, cards: list[str], item: str) -> str:
    """Let a scan wait for a person, and say which."""
    from circumspect.records.circulation import offline
    from circumspect.records.circulation.offline_models import OfflineConflict

    lead = world.actor_of(world.lead)
    before = set(OfflineConflict.objects.values_list("id", flat=True))
    box = offline.new_box(world.house).id
    letters = _sealed(world, box, {"do": "out", "scan": item, "cards": cards})
    offline.take(world.house, lead, box, letters, branch="main")
    return str(next(iter(set(OfflineConflict.objects.values_list("id", flat=True)) - before), 0))


def _some_time_later(world: World) -> None:
    """What was permitted and entered on another way is asked, and entered, anew."""
    from circumspect.trust.door.door import StandingAnswers

    world.house.door._standing = StandingAnswers()


def _offline_report(world: World, window: Window) -> Forms:
    one, two = window.people
    _waiting(world, [NOBODYS_CARD], window.shelf[3])
    _waiting(world, [two.card], one.item)
    _some_time_later(world)
    yield from ()


def _offline_settle(world: World, window: Window) -> Forms:
    one, two = window.people
    _waiting(world, [window.watched.card], one.item)  # and this one waits on
    again, clear = (_waiting(world, [NOBODYS_CARD], window.shelf[3]) for _ in range(2))
    # What was lent to one of them was scanned with the other's card: now it goes over.
    _lent(world, one.card, window.shelf[4])
    goes_over = _waiting(world, [two.card], window.shelf[4])
    _some_time_later(world)
    yield {"conflict": again, "act": "again"}
    yield {"conflict": clear, "act": "clear"}
    yield {"conflict": goes_over, "act": "go_on"}
    yield {"conflict": "none such", "act": "clear"}


def _lent(world: World, card: str, item: str) -> None:
    """Have an item out to a card, however often this is called."""
    from circumspect.records.circulation import lending
    from circumspect.records.patrons.cards import find_card

    lead, found = world.actor_of(world.lead), find_card(world.house, card)
    assert found is not None
    for window in world.windows:
        if world.ids[window.people[0].stem] == found.patron:
            _set_right(world, window)
    lending.check_in(world.house, lead, item, branch="main")
    lending.check_out(world.house, lead, found.patron, item, branch="main")


def _offline_open(world: World, window: Window) -> Forms:
    one, two = window.people
    _lent(world, one.card, window.shelf[5])
    known = _waiting(world, [two.card], window.shelf[5])
    nobodys = _waiting(world, [NOBODYS_CARD], window.shelf[3])
    _some_time_later(world)
    yield {"conflict": known}
    yield {"conflict": nobodys}


def _fees_act(*more: dict[str, str]) -> Callable[[World, Window], Forms]:
    """An act on the sheet: what a clerk types, and fees that are somebody else's or nobody's."""

    def forms(world: World, window: Window) -> Forms:
        for each in more:
            yield {**_slip(world, window), "form": "fees", **each}
        yield {**_slip(world, window), "slip": _held(world.ids[window.people[1].stem]), **more[0]}

    return forms


def _receipt(world: World, window: Window) -> Forms:
    content = {
        "parts": [["Overdue fee", 250]],
        "total": 250,
        "method": "Cash",
        "day": "Nov 23, 2026",
        "branch": "Main Library",
    }
    yield {"receipt": Token("receipt", content)}
    # A slip is not a receipt, whoever it is of.
    yield {"receipt": _held(world.ids[window.watched.stem])}


def _fees_of_card(world: World, window: Window) -> Forms:
    yield {"card": window.people[0].card}
    yield {"card": "29999999999999"}


def _close_drawer(world: World, window: Window) -> Forms:
    yield {"opening": "50", "counted": window.people[0].card}
    yield {"opening": "50.00", "counted": "50.00"}


def _letters_of(world: World, window: Window) -> tuple[str, str]:
    """A question and a suggestion of the window's first person; as if ten minutes had passed."""
    world.house.door._standing._kept.clear()
    question, suggestion = world.letters[window.people[0].stem]
    return str(question), str(suggestion)


def _letters(world: World, window: Window) -> Forms:
    _letters_of(world, window)
    yield from ()


def _letter(world: World, window: Window) -> Forms:
    for letter in _letters_of(world, window):
        yield {"letter": letter}
    yield {"letter": str(world.letters[window.watched.stem][0])}
    yield {"letter": "no number"}


def _letter_act(world: World, window: Window) -> Forms:
    until = (world.today + dt.timedelta(days=9)).isoformat()
    for letter in _letters_of(world, window):
        yield {"letter": letter, "do": "take"}
        yield {"letter": letter, "do": "note", "kind": "HELP", "note": "a look", "ends_on": until}
        yield {"letter": letter, "do": "note", "kind": "HELP", "note": window.watched.note, "ends_on": "soon"}
        yield {"letter": letter, "do": "answer", "body": "Here it is"}
    yield {"letter": str(world.letters[window.people[0].stem][0]), "do": "class", "class": "public mail"}
    yield {"letter": str(world.letters[window.watched.stem][0]), "do": "leave"}
    yield {"letter": str(world.letters[window.people[0].stem][1]), "do": "take"}


def _letter_file(world: World, window: Window) -> Forms:
    from circumspect.records.inquiries.models import InquiryAttachment, PublicAttachment

    question, suggestion = _letters_of(world, window)
    for letter, files in ((question, InquiryAttachment), (suggestion, PublicAttachment)):
        file = files.objects.filter(message__letter_id=int(letter)).get()
        yield {"letter": letter, "file": str(file.id)}


def _letters_public(world: World, window: Window) -> Forms:
    world.house.door._standing._kept.clear()
    yield {"terms": "more"}
    yield {"terms": window.watched.letters()["question"]}


def _letters_forms(world: World, window: Window) -> Forms:
    world.house.door._standing._kept.clear()
    yield {"slug": "story-hour", "do": "open"}
    yield {"slug": "story-hour", "do": "borrower"}
    yield {"slug": "none-such", "do": "close"}


def _letters_form(world: World, window: Window) -> Forms:
    world.house.door._standing._kept.clear()
    words = {f"{name}_{code}": "Tell us" for name in ("title", "label1") for code in ("en", "es", "pl")}
    yield {"slug": "tell-us", "kind1": "line", **words}
    yield {"slug": "Tell us", "kind1": "choice", **words}


def _letters_news(world: World, window: Window) -> Forms:
    world.house.door._standing._kept.clear()
    yield {"do": "write", "topic": "news", "subject_en": "News", "text_en": "The river is open."}
    yield {"do": "write", "topic": "news", "subject_en": window.watched.note}
    yield {"do": "send", "issue": "4711"}


def _letters_readers(world: World, window: Window) -> Forms:
    world.house.door._standing._kept.clear()
    yield {"after": "0"}
    yield {"after": window.watched.card}


def _stamped(world: World, purpose: str) -> dict[str, Any]:
    from circumspect.faces.public.forms import FormGuard
    from circumspect.faces.site.views import asking

    world.house.door._standing._kept.clear()
    asking.THROTTLE = asking.asking.Throttle()
    return {"stamp": FormGuard(purpose).fields(world.house.clock() - dt.timedelta(seconds=10))["value"]}


def _forms_letter(world: World, window: Window) -> Forms:
    yield {**_stamped(world, "letter question"), "body": "Is the river open?", "email": ""}
    yield {**_stamped(world, "letter question"), "body": "", "email": window.watched.letters()["reader"]}
    yield {"body": "Is the river open?"}


def _forms_made(world: World, window: Window) -> Forms:
    yield {**_stamped(world, "form story-hour"), "f1": "Come"}
    yield {**_stamped(world, "form story-hour"), "f1": ""}


def _forms_newsletter(world: World, window: Window) -> Forms:
    yield {**_stamped(world, "newsletter"), "email": window.watched.letters()["reader"], "topic_news": "yes"}
    yield {**_stamped(world, "newsletter"), "email": "nobody", "topic_news": "yes"}


def _forms_code(world: World, window: Window) -> Forms:
    world.house.door._standing._kept.clear()
    yield {"List-Unsubscribe": "One-Click"}


def _service(world: World) -> tuple[Any, str, dict[str, str]]:
    """A service that signs patrons on and is told all that one may be; a new secret of its own; and what it asks for."""
    from circumspect.offices.publishing import outside

    site = outside.Site(
        name="Audiobooks",
        address="https://audio.example/",
        about={"en": "Audiobooks"},
        is_service=True,
        sets={"en": "A cookie."},
        sign_on=True,
        return_addresses=["https://audio.example/back"],
        tells=outside.TELLS,
    )
    row = outside.put(site, slug="audiobooks")
    asked = {"client_id": row.client_id, "redirect_uri": row.return_addresses[0], "response_type": "code"}
    return row, outside.new_secret(row.slug), {**asked, "scope": "openid", "state": "s-1", "nonce": "n-1"}


def _connect_authorize(world: World, _window: Window) -> Forms:
    _row, _secret, asked = _service(world)
    yield asked
    yield {**asked, "redirect_uri": "https://elsewhere.example/"}


def _connect_consent(world: World, _window: Window) -> Forms:
    from dataclasses import asdict

    from django.core import signing

    from circumspect.faces.portal import connect
    from circumspect.faces.portal.views import connecting

    ask = connect.read_ask(_service(world)[2])
    yield {"ask": signing.dumps(asdict(ask), salt=connecting._SALT, compress=True)}
    yield {"ask": "none of ours"}


def _connect_token(world: World, window: Window) -> Forms:
    """A service changes a code for what it may know of somebody; the same once more, and what is not its own."""
    from circumspect.faces.portal import connect

    row, secret, asked = _service(world)
    told = {"sub": connect.pairwise(world.house, row, world.ids[window.watched.stem]), "valid": True}
    code = connect.code_for(world.house, connect.read_ask(asked), {**told, "branch": "main"})
    right = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asked["redirect_uri"],
        "client_id": row.client_id,
        "client_secret": secret,
    }
    yield right
    yield right
    yield {**right, "client_secret": "another"}
    yield {**right, "code": window.watched.card}


def _intake(world: World, window: Window) -> Forms:
    told = {"what": "talk", "came_at": "2026-11-23T10:00", "urgent": "yes"}
    yield {**told, "who": "Det. Nobody", "card": window.people[0].card}
    yield {**told, "urgent": ""}


def _case(world: World, window: Window) -> Forms:
    from circumspect.offices.privacydesk import caseids

    case = caseids.id_of(world.names["case"]) or 0
    chosen = Token("case-patron", {"p": world.ids[window.people[0].stem], "c": case})
    yield {"do": "find", "find": window.people[0].card}
    yield {"do": "find", "find": window.people[1].form()["family_name"]}
    yield {"do": "step", "step": "scope", "patron": chosen, "in-registration": ["given_name"]}
    yield {"do": "step", "step": "review"}
    yield {"do": "step", "step": "deliver"}
    yield {"do": "acknowledge"}
    yield {"do": "step", "step": "deadline", "due_on": "2026-12-01", "due_what": "an answer"}


def _case_papers(world: World, window: Window) -> Forms:
    from circumspect.offices.privacydesk.cases_models import CasePaper

    yield {"paper": str(CasePaper.objects.values_list("id", flat=True).first() or 1)}


def _case_prints(_world: World, _window: Window) -> Forms:
    yield from ({"which": which} for which in ("file", "packet", "form", "refusal-text", "cover"))
    yield {"which": "encrypted", "key": "age1"}


def _case_days(world: World, _window: Window) -> Forms:
    yield {"do": "done", "case": world.names["case"], "day": "2026-12-01"}
    yield {"do": "address"}


def _counts(_world: World, _window: Window) -> Forms:
    # No act: to publish starts a process of its own, which is tried with the commands.
    yield {"month": "2026-11", "branch": "main", "door": "12", "wifi": "7", "year": "2025"}


def _preserved(world: World, _window: Window) -> Forms:
    yield {"process_case": world.names["case"]}
    yield {"process_case": world.names["case"], "as": "file"}


def _breach_letters(_world: World, _window: Window) -> Forms:
    yield from ({"kind": kind, "page": "1"} for kind in "12")


def _records_requests(_world: World, _window: Window) -> Forms:
    yield {
        "asked": "All budgets",
        "requester": "C. Nobody",
        "received_at": "2026-11-23T09:00",
        "came_by": "letter",
    }
    yield {"asked": ""}


def _records_request(_world: World, window: Window) -> Forms:
    yield {"do": "search", "terms": window.people[0].form()["family_name"]}
    yield {"do": "search", "terms": ""}
    yield {"do": "released"}
    yield {"do": "letter"}
    yield {"do": "step", "step": "classify", "sort": "commercial"}


_REAL: Mapping[str, Callable[[World, Window], Forms]] = {
    "case-preserved": _preserved,
    "case-letters": _breach_letters,
    "foia": _records_requests,
    "foia-request": _records_request,
    "case-intake": _intake,
    "case": _case,
    "case-file": _case_papers,
    "case-print": _case_prints,
    "case-deadlines": _case_days,
    **dict.fromkeys(("counts-typed", "counts-reference", "counts-publish"), _counts),
    "letters": _letters,
    "letters-open": _letter,
    "letters-act": _letter_act,
    "letters-file": _letter_file,
    "letters-public": _letters_public,
    "letters-forms": _letters_forms,
    "letters-form": _letters_form,
    "letters-news": _letters_news,
    "letters-readers": _letters_readers,
    "portal-connect-authorize": _connect_authorize,
    "portal-connect": _connect_consent,
    "portal-connect-token": _connect_token,
    "forms-letter": _forms_letter,
    "forms-made": _forms_made,
    "forms-newsletter": _forms_newsletter,
    "forms-confirm": _forms_code,
    "forms-leave": _forms_code,
    "complete-card": _complete,
    "join": _join,
    "check-in": _check_in,
    "check-in-slip": _check_in_slip,
    "loan-claimed": _loan_act(6),
    "loan-lost": _loan_act(7),
    "loan-damaged": _loan_act(8),
    "lists-late": _list_late,
    "lists-cards": _list_cards,
    "lists-work": _list_work,
    "rules-edit": _rule,
    "rules-remove": _rule,
    "hours": _rule,
    "hold-rules": _rule,
    "fees": _plain_slip,
    "fees-pay": _fees_act(
        {"amount": "1.00", "method": "cash", "rest": "deposit"},
        {"amount": "0.50", "method": "deposit"},
        {"amount": "1.00", "method": "cash", "fee": "4711"},
    ),
    "fees-let-go": _fees_act({"fee": "4711", "amount": "", "code": "goodwill"}, {"fee": "", "code": "why"}),
    "fees-refund": _fees_act(
        {"fee": "4711", "amount": "1.00", "method": "cash", "code": "mistake"},
        {"fee": "4711", "amount": "1.00", "method": "deposit", "code": "mistake"},
    ),
    "fees-charge": _fees_act({"kind": "print", "amount": "1.00"}, {"kind": "overdue", "amount": "1.00"}),
    "fees-deposit": _fees_act(
        {"amount": "2.00", "method": "cash", "way": "in"}, {"amount": "0.10", "method": "cash", "way": "out"}
    ),
    "fees-receipt": _receipt,
    "fees-day": _nothing,
    "fees-close": _close_drawer,
    "fees-card": _fees_of_card,
    "fees-write-off": _fees_act({"fee": "4711", "code": "too_old"}, {"fee": "", "code": "why"}),
    "desk": _desk,
    "open": _open,
    "renew": _renew,
    "override": _override,
    "due-day": _due_day,
    "register": _register,
    "edit": _edit,
    "save": _save,
    "issue-card": _issue_card,
    "report-lost": _plain_slip,
    "print-card": _plain_slip,
    "permissions": _plain_slip,
    "remove-passkeys": _plain_slip,
    "set-pin": _set_pin,
    "add-note": _add_note,
    "remove-note": _remove_note,
    "set-block": _block,
    "lift-block": _block,
    "renew-registration": _renew_registration,
    "merge": _merge,
    "forget-patron": _forget,
    "retention-schedule": _decision,
    "retention-disposals": _certificate,
    "retention-media": _medium,
    "slip": _plain_slip,
    "holds": _holds,
    "holds-place": _holds_place,
    "holds-change": _holds_change,
    "holds-pull": _holds_pull,
    "holds-shelf": _holds_shelf,
    "ill": _ill,
    "ill-form": _ill_form,
    "ill-ask": _ill_ask,
    "ill-cancel": _ill_cancel,
    "notices": _nothing,
    "notices-letters": _notice_waits("post"),
    "notices-printed": _letters_came_out,
    "notices-calls": _notice_waits("phone"),
    "notices-called": _notice_waits("phone"),
    "notices-sent": _plain_slip,
    "sign-in": _sign_in,
    "lock": _lock,
    "unlock": _unlock,
    "own": _own,
    "policy": _policy,
    **dict.fromkeys(("review-note", "review-whose", "review-decoys", "people-own-card"), _review),
    **dict.fromkeys(("incidents-report", "incidents-open", "incidents-decide"), _incidents),
    **dict.fromkeys(
        ("people", "people-appoint", "people-roster", "people-trainings", "people-trustees"), _people
    ),
    "computers": _computers,
    "computers-live": _nothing,
    "computers-ticket": _computer_slip,
    "computers-pass": _computer_slip,
    "computers-book": _book_computer,
    "computers-aside": _set_aside,
    "computers-queue": _nothing,
    **dict.fromkeys(
        ("seat-started", "seat-status", "seat-sign-in", "seat-extend", "seat-end", "seat-wiped", "seat-pay"),
        _at_a_seat,
    ),
    "next": _nothing,
    "passkey-options": _nothing,
    "sign-out": _nothing,
    "awake": _nothing,
    "clause": _nothing,
    "keys": _nothing,
    "offline": _nothing,
    "offline-worker": _nothing,
    "offline-box": _nothing,
    "offline-emptied": _nothing,
    "offline-take": _offline_take,
    "offline-report": _offline_report,
    "offline-settle": _offline_settle,
    "offline-open": _offline_open,
}
