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
from dataclasses import dataclass, field
from typing import Any

import one_door_ways as ways
from one_door_canaries import Canary, fold, shown_in
from one_door_forms import Form, Try, tries
from one_door_world import Token, Window, World, bring_to, sign_in

_TWICE = "print-card"  # while there is a card, and when there is none
# These end what others need, or change what the window is: they come last.
_LAST = ("report-lost", _TWICE, "own", "policy", "next", "lock", "unlock", "sign-out")
# Pages that write for somebody else than who is signed in there, and show nothing of it: as whom, and how.
_WRITERS = {
    "case-intake": {("job:guarding", "preserve")},
    "join": {("terminal:join", "change")},
    "forms-letter": {("terminal:forms", "change")},
    "forms-made": {("terminal:forms", "change")},
    "forms-newsletter": {("terminal:newsletter", "change")},
    "forms-leave": {("terminal:newsletter", "erase")},
}
# Addresses that no pattern names.
_NOWHERE = (
    "no-such-page/",
    "admin/",
    "static/desk/desk.css",
    "static/../config.toml",
    "clauses/%2e%2e/",
    "favicon.ico",
)


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


# What the catalogue says of one title, to anybody: it stands there whoever has it, or nobody.
_TITLE_PAGE = "site-title"


class Crawl:
    """One walk through the house by all its windows."""

    def __init__(self, world: World, *, thorough: bool = False) -> None:
        self.world = world
        self.thorough = thorough
        self.findings = Findings()

    def run(self, only: tuple[str, ...] = ()) -> Findings:
        """Walk every address, or those named."""
        routes = ways.routes()
        names = [name for name in routes if name not in _LAST or name == _TWICE] + [
            name for name in _LAST if name in routes
        ]
        for window in self.world.windows:
            for name in names:
                if not only or name in only:
                    self._walk(window, name, routes[name])
            if not only and (self.thorough or window.name in ("desk", "stranger")):
                for path in _NOWHERE:
                    self._send(window, "nowhere", "/" + path, Try(method="GET"))
        return self.findings

    def _walk(self, window: Window, name: str, pattern: str) -> None:
        named = re.sub(r"<slug:(\w+)>", lambda found: self.world.names.get(found[1], "one"), pattern)
        path = "/" + re.sub(r"<[^>]+>", "MP-3.1", re.sub(r"<int:[^>]+>", "1", named))
        if window.name == "desk":
            allowed = window.client.options(path).headers.get("Allow", "anything")
            self.findings.methods[name] = frozenset(allowed.split(", "))
        for each in tries(name, self.world, window, thorough=self.thorough):
            self._send(window, name, path, each)

    def _send(self, window: Window, name: str, path: str, each: Try) -> None:
        sent = {key: self._filled_in(window, value) for key, value in each.form.items()}
        before = self.world.house.ledger.size()
        call = getattr(window.client, each.method.lower())
        response = (
            call(path, sent, headers=dict(each.headers)) if sent else call(path, headers=dict(each.headers))
        )
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

    def _judge(
        self, window: Window, name: str, where: str, response: Any, typed: list[str], before: int
    ) -> None:
        entries = self.world.house.ledger.entries(before, before + 1000)
        self._judge_entries(window, name, where, entries)
        body = b"".join(response) if response.streaming else response.content
        headers = "\n".join(f"{key}: {value}" for key, value in response.items()) + str(response.cookies)
        shown = shown_in(headers.encode("utf-8", "replace"), self.world.canaries)
        in_body = shown_in(body, self.world.canaries)
        if in_body and typed:
            echoed = {id(canary) for canary in in_body if _is_typed(canary, typed)}
            beside = (
                {id(canary) for canary in shown_in(_without_inputs(body), self.world.canaries)}
                if echoed
                else set()
            )
            in_body = [canary for canary in in_body if id(canary) not in echoed or id(canary) in beside]
        for canary in [*shown, *in_body]:
            if (canary.series, canary.field) == ("loans", "item") and (
                name == _TITLE_PAGE or _asked_of_the_catalog(self.world, canary, typed)
            ):
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
            if (body["actor"], body["action"]) in _WRITERS.get(name, ()):
                continue  # nothing of it is shown: the page is judged like any other
            # Whoever has not signed writes a request down, which opens nothing, and does nothing else.
            takes_in = (name, body["action"], body["purpose"]) == (
                "case-intake",
                "change",
                "take in a request",
            )
            may_act = window.state == "live" or (takes_in and window.state == "unsigned")
            if body["actor"] not in (window.actor, "job:forget") or not may_act:
                self.findings.leaks.append(
                    f"{where}: an opening by {body['actor']}, on the page of {window.state}"
                )
            marks = self.world.house.ledger.marks(entry.index)
            # A list of looks under review names nobody: whose record one was at is a question of its own.
            names_nobody = body["series"] == "ledger" and body["actor"].startswith("staff:")
            if body["action"] in ("view", "use") and len(marks) != body["subjects"] and not names_nobody:
                self.findings.leaks.append(
                    f"{where}: entry {entry.index} does not say whose record was opened"
                )

    def _is_opened(self, window: Window, canary: Canary, entries: list[Any]) -> bool:
        for entry in entries:
            body = entry.body
            # A packet is shown to those in charge as it is to be handed over.
            if body["outcome"] != "allowed" or body["action"] not in ("view", "disclose"):
                continue
            if body["actor"] != window.actor:
                continue
            if body["series"] != canary.series or canary.field not in body["fields"]:
                continue
            marks = {(mark.epoch, mark.link) for mark in self.world.house.ledger.marks(entry.index)}
            if marks & self.world.tokens_for(canary):
                return True
        return False


def back_to_work(window: Window) -> None:
    """After a lock or a signing out, sign in again."""
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


def beyond_the_table(findings: Findings) -> list[str]:
    """Where an address does what its row does not say, or never did what it says: then the row is a guess."""
    out = []
    for name, way in ways.ROUTES.items():
        acts = findings.acts.get(name, set())
        out += [
            f"{name} {action}s {series}, which its row does not say"
            for action, series in sorted(acts - way.acts)
        ]
        unseen = sorted(way.acts - acts)
        if name in ways.APART:
            # A row that is walked whole after all has no business among those that are not.
            out += [] if unseen else [f"{name} is walked whole, and need not stand apart"]
        else:
            out += [f"{name} never {action}s {series}, as its row says" for action, series in unseen]
        if findings.methods.get(name) != way.methods:
            out.append(f"{name} answers {sorted(findings.methods.get(name, []))}, not {sorted(way.methods)}")
    return out
