"""What to say where no rule permits, or where the question itself was not clean.

Cedar's silence refuses; these words explain the silence, and name the clauses behind it.

Source: refusals.toml; clauses MP-3.8, MP-5.2, MP-7.15.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from circumspect.trust.policy.data import (
    Entry,
    PolicyFaultError,
    read_toml,
    refuse_other_names,
    tables,
)
from circumspect.trust.policy.request import Action, ActorKind, Purpose, Request, Role

FILE = "refusals.toml"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One wording, and when it fits. An empty condition always fits.

    Attributes:
        id: Its name, for the policy check. Never among a decision's rules: nothing decided.
        clauses: The clauses behind the silence.
        why: One plain sentence.
        instead: One plain sentence.
        actions, actors, purposes: Fits only these.
        roles: Fits where the asker holds no role outside these.
    """

    id: str
    clauses: tuple[str, ...]
    why: str
    instead: str
    actions: frozenset[str] = frozenset()
    actors: frozenset[str] = frozenset()
    purposes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def fits(self, request: Request) -> bool:
        """Say whether this wording answers the request."""
        return (
            (not self.actions or request.action in self.actions)
            and (not self.actors or request.actor.kind in self.actors)
            and (not self.purposes or request.purpose in self.purposes)
            and (not self.roles or request.actor.roles <= self.roles)
        )


# Said where the question could not be put at all. In the code and not in the file: it must be
# there when the file is not.
NOT_UNDERSTOOD = Refusal(
    id="not-understood",
    clauses=("MP-3.1",),
    why="The question at the door was not complete or not understood, so the door stays shut.",
    instead="Try once more; if it comes back, tell whoever looks after the system.",
)


def read_refusals(text: str, clause_ids: Set[str]) -> tuple[Refusal, ...]:
    """Return the wordings in the order they are tried.

    Raises:
        PolicyFaultError: An entry is incomplete or names something unknown, or the last has a
            condition, so that a refusal could go without words.
    """
    whole = read_toml(text, FILE)
    refuse_other_names(whole, ("refusal",), FILE)
    refusals = tuple(_refusal(raw, clause_ids) for raw in tables(whole, "refusal", FILE))
    last = refusals[-1]
    if last.actions or last.actors or last.purposes or last.roles:
        raise PolicyFaultError(FILE, last.id, "", "is the last and must have no condition")
    if len({refusal.id for refusal in refusals}) != len(refusals):
        raise PolicyFaultError(FILE, "", "id", "is there twice")
    return refusals


def _refusal(raw: object, clause_ids: Set[str]) -> Refusal:
    entry = Entry(raw, FILE, "refusal")
    entry.label = entry.text("id")
    clauses = entry.texts("clauses")
    if not set(clauses) <= clause_ids:
        raise entry.fault("clauses", "names a clause that is not in the register")
    refusal = Refusal(
        id=entry.label,
        clauses=clauses,
        why=entry.text("why"),
        instead=entry.text("instead"),
        actions=_known(entry, "actions", {str(word) for word in Action}),
        actors=_known(entry, "actors", {str(word) for word in ActorKind}),
        purposes=_known(entry, "purposes", {str(word) for word in Purpose}),
        roles=_known(entry, "roles", {str(word) for word in Role}),
    )
    entry.close()
    return refusal


def _known(entry: Entry, name: str, words: Set[str]) -> frozenset[str]:
    given = frozenset(entry.texts(name, may_be_empty=True))
    if not given <= words:
        raise entry.fault(name, "uses a word that is on no list")
    return given
