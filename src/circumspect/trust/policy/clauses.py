"""The clause register: what the library has promised, each promise once.

127 clauses of two policies, and the places where these and the law pull apart. A rule, a
refusal, an inventory entry or a test that names a clause names one of these ids; an id that is
not here is a fault. What keeps each clause today is said honestly: "not yet" is an answer.

Source: clauses.toml, in which the policies' statements are restated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from circumspect.trust.policy.data import (
    Entry,
    PolicyFaultError,
    own_text,
    read_toml,
    refuse_other_names,
    tables,
)

FILE = "clauses.toml"


class ClauseKind(StrEnum):
    """What a clause does."""

    FORBID = "forbid"
    PERMIT_ONLY_IF = "permit-only-if"
    DUTY = "duty"
    NOTICE = "notice"
    RETENTION = "retention"
    INFORM = "inform"


class Enforcer(StrEnum):
    """What keeps a clause today."""

    RULE = "rule"  # a Cedar rule, or the answer where no rule permits
    STRUCTURE = "structure"  # the data cannot be otherwise
    RETENTION = "retention"  # the schedule and the keys' ends
    WORKFLOW = "workflow"  # the way a screen or an office works
    NOTICE = "notice"  # a text people are shown
    NOT_YET = "not yet"


@dataclass(frozen=True, slots=True)
class Document:
    """A governing policy: the library that adopted it and its title."""

    library: str
    title: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One promise.

    Attributes:
        id: Such as "MP-3.2".
        document: "MP" or "TH".
        section: The section's title in that document.
        restatement: The promise in our own words.
        who_acts: Whom it binds.
        kind: What it does.
        how: How the whole system keeps it, once everything is built.
        proof: The test that proves it.
        enforcer: What keeps it today.
        reason: One sentence: where it is kept today, or what is to come.
    """

    id: str
    document: str
    section: str
    restatement: str
    who_acts: str
    kind: ClauseKind
    how: str
    proof: str
    enforcer: Enforcer
    reason: str


@dataclass(frozen=True, slots=True)
class Tension:
    """A place where the policies and the law pull apart, and what the system does there."""

    number: int
    clauses: tuple[str, ...]
    pull: str
    answer: str


@dataclass(frozen=True, slots=True)
class ClauseRegister:
    """Every clause, by id and in the documents' order."""

    documents: Mapping[str, Document]
    clauses: Mapping[str, Clause]
    tensions: tuple[Tension, ...]

    @classmethod
    def load(cls) -> ClauseRegister:
        """Read the register the program was built with."""
        return cls.read(own_text(FILE))

    @classmethod
    def read(cls, text: str) -> ClauseRegister:
        """Read a register from its text.

        Raises:
            PolicyFaultError: An entry is missing, twice, incomplete or misspelt, or a tension
                names no clause. Names file, entry and name.
        """
        whole = read_toml(text, FILE)
        refuse_other_names(whole, ("documents", "clause", "tension"), FILE)
        documents = _documents(whole)
        clauses: dict[str, Clause] = {}
        for position, raw in enumerate(tables(whole, "clause", FILE)):
            clause = _clause(raw, position, documents)
            if clause.id in clauses:
                raise PolicyFaultError(FILE, clause.id, "id", "is there twice")
            clauses[clause.id] = clause
        tensions = tuple(_tension(raw, clauses) for raw in tables(whole, "tension", FILE))
        return cls(documents, clauses, tensions)


def _documents(whole: Mapping[str, object]) -> dict[str, Document]:
    raw_documents = whole.get("documents")
    if not isinstance(raw_documents, Mapping) or not raw_documents:
        raise PolicyFaultError(FILE, "", "documents", "is missing")
    documents = {}
    for code, raw in raw_documents.items():
        entry = Entry(raw, FILE, f"documents.{code}")
        documents[code] = Document(entry.text("library"), entry.text("title"))
        entry.close()
    return documents


def _clause(raw: object, position: int, documents: Mapping[str, Document]) -> Clause:
    entry = Entry(raw, FILE, f"clause {position + 1}")
    clause_id = entry.text("id")
    entry.label = clause_id
    document = entry.text("document")
    if document not in documents or not clause_id.startswith(f"{document}-"):
        raise entry.fault("document", "is not the document the id begins with")
    clause = Clause(
        id=clause_id,
        document=document,
        section=entry.text("section"),
        restatement=entry.text("restatement"),
        who_acts=entry.text("who_acts"),
        kind=entry.word("kind", ClauseKind),
        how=entry.text("how"),
        proof=entry.text("proof"),
        enforcer=entry.word("enforcer", Enforcer),
        reason=entry.text("reason"),
    )
    entry.close()
    return clause


def _tension(raw: object, clauses: Mapping[str, Clause]) -> Tension:
    entry = Entry(raw, FILE, "tension")
    number = entry.number("number")
    entry.label = f"tension {number}"
    named = entry.texts("clauses")
    if not set(named) <= set(clauses):
        raise entry.fault("clauses", "names a clause that is not in the register")
    tension = Tension(number, named, entry.text("pull"), entry.text("answer"))
    entry.close()
    return tension
