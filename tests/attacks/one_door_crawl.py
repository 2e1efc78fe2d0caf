"""Every address, by everybody, with every kind of form: does anything come out that no opening let out?

After each answer the ledger is read from where it stood before. Whatever the answer shows of a patron,
in its body or a header, must stand there as an allowed *view*, by whoever asked, of that field of that
patron. A field opened for a rule to read counts as not opened. What a form had been filled in with may
come back in the same form's inputs, and nowhere else on the page.

The crawl is no gentleman: slips are made out for people who would never get one, for other people's
patrons, for another turn, and damaged.

Source: guarantee 2; clauses MP-3.1, MP-3.6, MP-7.6, MP-7.15.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import one_door_ways as ways
from one_door_canaries import Canary, fold, shown_in
from one_door_world import FLOOR, Token, Window, World, bring_to

Form = Mapping[str, "str | Token | list[str]"]

# These change what the window is, and so come last; after them it is brought back.
_LAST = ("own", "policy", "next", "lock", "unlock", "sign-out")
# Addresses that no pattern names.
_NOWHERE = ("no-such-page/", "admin/", "static/desk/desk.css", "static/../config.toml", "clauses/%2e%2e/", "favicon.ico")


@dataclass(frozen=True)
class Try:
    """One request to be made."""

    form: Form = field(default_factory=dict)
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Findings:
    """What a crawl came to.

    Attributes:
        leaks: What was shown without an opening; empty where the house keeps its promise.
        broken: What ended in an error of the program: nothing was learned there.
        seen: Fields that were shown with one, by window: an attack that sees nothing attacks nothing.
        acts: What the door allowed, by way.
    """

    requests: int = 0
    leaks: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    seen: dict[str, set[tuple[str, str]]] = field(default_factory=dict)
    acts: dict[str, set[ways.Act]] = field(default_factory=dict)
    methods: dict[str, frozenset[str]] = field(default_factory=dict)
    answers: dict[int, int] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)  # role, series


class Crawl:
    """One walk through the house by all its windows."""

    def __init__(self, world: World, *, thorough: bool = False) -> None:
        self.world = world
        self.thorough = thorough
        self.findings = Findings()

    def run(self, only: tuple[str, ...] = ()) -> Findings:
        """Walk every address, or those named."""
        routes = ways.routes()
        names = [name for name in routes if name not in _LAST] + [name for name in _LAST if name in routes]
        for window in self.world.windows:
            for name in names:
                if not only or name in only:
                    self._walk(window, name, routes[name])
            if not only and (self.thorough or window.name in ("desk", "stranger")):
                for path in _NOWHERE:
                    self._send(window, "nowhere", "/" + path, Try(method="GET"))
        return self.findings

    def _walk(self, window: Window, name: str, pattern: str) -> None:
        path = "/" + re.sub(r"<[^>]+>", "MP-3.1", pattern)
        if window.name == "desk":
            allowed = window.client.options(path).headers.get("Allow", "anything")
            self.findings.methods[name] = frozenset(allowed.split(", "))
        for each in tries(name, self.world, window, thorough=self.thorough):
            self._send(window, name, path, each)

    def _send(self, window: Window, name: str, path: str, each: Try) -> None:
        sent = {key: self._filled_in(window, value) for key, value in each.form.items()}
        before = self.world.house.ledger.size()
        call = getattr(window.client, each.method.lower())
        response = call(path, sent, headers=dict(each.headers)) if sent else call(path, headers=dict(each.headers))
        self.findings.requests += 1
        self.findings.answers[response.status_code] = self.findings.answers.get(response.status_code, 0) + 1
        where = f"{window.name}, {each.method} {path} with {sorted(sent)}"
        if response.status_code >= 500:
            self.findings.broken.append(where)
        if name == "merge" and response.status_code == 200:
            self.world.note_heirs(window)
        self._judge(window, name, where, response, _typed(each.form), before)
        if name in ("lock", "sign-out") and window.state in ("live", "unsigned"):
            back_to_work(window)

    def _filled_in(self, window: Window, value: str | Token | list[str]) -> str | list[str]:
        return value.made_for(window, self.world.colleague) if isinstance(value, Token) else value

    # judging

    def _judge(self, window: Window, name: str, where: str, response: Any, typed: list[str], before: int) -> None:
        entries = self.world.house.ledger.entries(before, before + 1000)
        self._judge_entries(window, name, where, entries)
        body = b"".join(response) if response.streaming else response.content
        headers = "\n".join(f"{key}: {value}" for key, value in response.items()) + str(response.cookies)
        shown = shown_in(headers.encode("utf-8", "replace"), self.world.canaries)
        in_body = shown_in(body, self.world.canaries)
        if in_body and typed:
            echoed = {id(canary) for canary in in_body if _is_typed(canary, typed)}
            beside = {id(canary) for canary in shown_in(_without_inputs(body), self.world.canaries)} if echoed else set()
            in_body = [canary for canary in in_body if id(canary) not in echoed or id(canary) in beside]
        for canary in [*shown, *in_body]:
            if (canary.series, canary.field) == ("loans", "item") and _asked_of_the_catalog(self.world, canary, typed):
                continue
            if self._is_opened(window, canary, entries):
                self.findings.seen.setdefault(window.name, set()).add((canary.series, canary.field))
            else:
                self.findings.leaks.append(f"{where}: shows {canary.series}.{canary.field} of {canary.whose}")

    def _judge_entries(self, window: Window, name: str, where: str, entries: list[Any]) -> None:
        for entry in entries:
            body = entry.body
            if body["outcome"] != "allowed":
                self.findings.refused |= {(role, body["series"]) for role in body["roles"]}
                continue
            self.findings.acts.setdefault(name, set()).add((body["action"], body["series"]))
            if body["actor"] not in (window.actor, "job:forget") or window.state != "live":
                self.findings.leaks.append(f"{where}: an opening by {body['actor']}, on the page of {window.state}")
            marks = self.world.house.ledger.marks(entry.index)
            if body["action"] in ("view", "use") and len(marks) != body["subjects"]:
                self.findings.leaks.append(f"{where}: entry {entry.index} does not say whose record was opened")

    def _is_opened(self, window: Window, canary: Canary, entries: list[Any]) -> bool:
        for entry in entries:
            body = entry.body
            if (body["outcome"], body["action"], body["actor"]) != ("allowed", "view", window.actor):
                continue
            if body["series"] != canary.series or canary.field not in body["fields"]:
                continue
            marks = {(mark.epoch, mark.link) for mark in self.world.house.ledger.marks(entry.index)}
            if marks & self.world.tokens_for(canary):
                return True
        return False


def back_to_work(window: Window) -> None:
    """After a lock or a signing out, sign in again."""
    from one_door_world import sign_in

    window.client.post("/sign-out/")
    sign_in(window)
    window.session_key = window.client.session.session_key
    bring_to(window)


def _typed(form: Form) -> list[str]:
    """What a person put into the form, and what the browser had sealed into it of that."""
    typed: list[str] = []
    for value in form.values():
        if isinstance(value, Token):
            # Kept over a lock: what was typed then. Other tokens hold what the program put there.
            if value.use == "kept" and value.how == "own":
                typed += [text for _, text in value.content["fields"] if isinstance(text, str)]
        else:
            typed += [value] if isinstance(value, str) else value
    return [fold(text) for text in typed]


def _is_typed(canary: Canary, typed: list[str]) -> bool:
    return any(form in text for form in canary.forms for text in typed)


def _without_inputs(body: bytes) -> bytes:
    """The page without what stands in its inputs."""
    bare = re.sub(rb"<textarea[^>]*>.*?</textarea>", b"", body, flags=re.S)
    return re.sub(rb"<input[^>]*>|<option[^>]*>", b"", bare)


def _asked_of_the_catalog(world: World, canary: Canary, typed: list[str]) -> bool:
    """A title is nobody's secret; whose loan it is would be. Asked for by its number or words, it may show."""
    return fold("look-up") in typed or any(form in typed for form in canary.forms)


# what is sent


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


def _fewer(name: str, real: list[Form], window: Window) -> list[Try]:
    way = ways.ROUTES.get(name)
    out = [Try(method="GET")] if way is None or "GET" in way.methods or not real else []
    if way is None or "POST" in way.methods:
        chosen = real[:1] if window.state in ("locked", "signed-out", "disabled", "stranger") else [*real[:1], *real[1:][-1:]]
        if name == "desk" and window.state == "live":
            chosen = real[:1] + real[2:7] + real[9:10] + real[-2:]
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
    yield {**slip, "slip": _held(world.ids[two.stem], "unexplained", "patron wrote"), "scan": "nobody at all 4"}
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
    yield {"family_name": "Novak", "given_name": "Ola", "category": "resident_adult", "home_branch": "main", "language": "en"}
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
    yield {**_slip(world, window), "kind": "card", "text": "The card is bent", "expires_on": until, "form": "note"}
    yield {**_slip(world, window), "kind": "card", "text": window.people[0].note, "expires_on": "soon", "form": "note"}


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
    yield {"step": "password", "username": window.watched.form()["family_name"], "password": "not-the-password"}
    yield {"step": "go-on"}
    yield {"step": "totp", "code": "123456"}


def _lock(world: World, window: Window) -> Forms:
    text = {"kind": "card", "text": window.people[0].note, "expires_on": "soon", "kept_path": "/notes/add/"}
    yield {**_slip(world, window), **text}


def _unlock(world: World, window: Window) -> Forms:
    kept = Token("kept", {"path": "/notes/add/", "fields": [["text", window.people[0].note], ["kind", "card"]]})
    password = "nine-herons-over-the-weir" if window.state != "locked" else "not-the-password"
    yield {"kept": kept, "password": password}
    yield {"kept": _held(world.ids[window.watched.stem]), "password": password}


def _own(world: World, window: Window) -> Forms:
    yield {"act": "start-app", "password": "not-the-password"}
    yield {"act": "start-app", "password": "nine-herons-over-the-weir"}
    yield {"act": "codes", "password": "nine-herons-over-the-weir"}


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


def beyond_the_table(findings: Findings) -> list[str]:
    """Where an address does what its row does not say, or never did what it says: then the row is a guess."""
    out = []
    for name, way in ways.ROUTES.items():
        acts = findings.acts.get(name, set())
        out += [f"{name} {action}s {series}, which its row does not say" for action, series in sorted(acts - way.acts)]
        out += [f"{name} never {action}s {series}, as its row says" for action, series in sorted(way.acts - acts)]
        if findings.methods.get(name) != way.methods:
            out.append(f"{name} answers {sorted(findings.methods.get(name, []))}, not {sorted(way.methods)}")
    return out
