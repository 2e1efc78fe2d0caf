"""What is sent to each address: the real forms of the desk, and the same with tokens that are not good.

A form is what a page would send. Where a page holds a token, the token is made when the form is sent, for
whoever sends it: their own, a colleague's, one of an earlier turn, a damaged one, or none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import one_door_ways as ways
from one_door_world import FLOOR, PASSWORD, Token, Window, World

Form = Mapping[str, "str | Token | list[str]"]

# Their last form is not of the same kind as their first.
_TWO_WAYS = ("open", "register", "save", "merge", "unlock", "own")


@dataclass(frozen=True)
class Try:
    """One request to be made."""

    form: Form = field(default_factory=dict)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


def tries(name: str, world: World, window: Window, *, thorough: bool) -> list[Try]:
    """Every request to an address worth making by this window.

    The short form lets those at the desk try everything, and the others what differs for them: the
    decorators that turn a GET away, for one, do not look at who asks.
    """
    if window.state == "unsigned" and name == "policy":
        return [Try(method="GET"), Try({"read": "no"})]  # were it signed, nobody would be left who has not
    real = list(_REAL.get(name, _anything)(world, window))
    if not thorough and window.name not in FLOOR:
        return _fewer(name, real, window)
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
    yield {"read": "no"}


def _nothing(world: World, window: Window) -> Forms:
    yield from ()


_REAL: Mapping[str, Callable[[World, Window], Forms]] = {
    "desk": _desk,
    "open": _open,
    "renew": _renew,
    "override": _override,
    "register": _register,
    "edit": _edit,
    "save": _save,
    "issue-card": _issue_card,
    "report-lost": _plain_slip,
    "print-card": _plain_slip,
    "set-pin": _set_pin,
    "add-note": _add_note,
    "remove-note": _remove_note,
    "set-block": _block,
    "lift-block": _block,
    "renew-registration": _renew_registration,
    "merge": _merge,
    "slip": _plain_slip,
    "sign-in": _sign_in,
    "lock": _lock,
    "unlock": _unlock,
    "own": _own,
    "policy": _policy,
    "next": _nothing,
    "passkey-options": _nothing,
    "sign-out": _nothing,
    "awake": _nothing,
    "clause": _nothing,
    "keys": _nothing,
}
