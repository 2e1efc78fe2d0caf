"""The policy in force: load it, know it by its hash, and answer with it.

Answering goes in this order:

1. The request must be of the closed lists' words and the right types, all of it.
2. Cedar decides, with the schema. Anything unclean about its answer is a refusal.
3. The rules that decided give the clauses and the words; where none spoke, ``refusals`` does.

Deciding is pure: no clock, no database, no log. It never raises, whatever is given it. It does
not know whose record is asked about, nor who asks beyond kind and roles, so equal questions have
equal answers and recent ones are remembered. Writing the answer down is the work of the door.

A policy is the texts it was made of. Their hash is entered with every decision, and from the
texts kept under that hash every past decision can be replayed.

Source: GUARANTEES.md nos. 4 and 5; clauses MP-3.1, MP-3.8.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Set
from functools import lru_cache
from importlib import resources

from circumspect.trust.policy.clauses import ClauseRegister
from circumspect.trust.policy.data import PolicyFaultError, own_text
from circumspect.trust.policy.engine import FAULT, PRINCIPALS, Engine, Verdict
from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.refusals import NOT_UNDERSTOOD, Refusal, read_refusals
from circumspect.trust.policy.request import (
    Action,
    Actor,
    ActorKind,
    Circumstance,
    Decision,
    MachineRole,
    Purpose,
    Reason,
    Request,
    Role,
)
from circumspect.trust.policy.rules import Rule, read_rules, rules_text
from circumspect.trust.policy.schedule import Schedule

SCHEMA = "schema.cedarschema"
RULES = "rules/"
FIELDS_ON = "fields_on"
TEXTS = (SCHEMA, "clauses.toml", "fields.toml", "refusals.toml", "schedule.toml")

# A desk asks the same few dozen questions all day. A bound, so that nobody can fill the memory.
REMEMBERED_ANSWERS = 4096

# What Python raises to end the program is not ours to swallow; everything else is a refusal.
ENDINGS = (KeyboardInterrupt, SystemExit, GeneratorExit)


class Policy:
    """One version of the policy. Immutable, and safe to share between threads.

    Attributes:
        hash: SHA-256, hex, of the texts the policy was made of.
        fields_on: The optional fields the library has switched on.
        clauses: The clause register.
        fields: The fields that can be asked for.
        rules: The rules, by id, in the order of their files.
        refusals: What is said where no rule permits.
        schedule: The retention schedule.
    """

    def __init__(self, bundle: Mapping[str, str]) -> None:
        """Make a policy of its texts; see ``bundle``.

        Raises:
            PolicyFaultError: A text is missing or at fault. The policy is not made.
        """
        rule_texts = {name: text for name, text in bundle.items() if name.startswith(RULES)}
        if not rule_texts or set(bundle) - set(rule_texts) != {*TEXTS, FIELDS_ON}:
            raise PolicyFaultError("policy bundle", "", "", "does not hold exactly the policy's texts")
        self._bundle = dict(bundle)
        self.hash = bundle_hash(bundle)
        self.fields_on = _fields_on(bundle[FIELDS_ON])
        self.clauses = ClauseRegister.read(bundle["clauses.toml"])
        self.fields = Fields.read(bundle["fields.toml"])
        clause_ids = frozenset(self.clauses.clauses)
        self.schedule = Schedule.read(bundle["schedule.toml"], clause_ids)
        self.refusals = read_refusals(bundle["refusals.toml"], clause_ids)
        self.rules = read_rules(rule_texts, clause_ids=clause_ids, words=self._words())
        self._switched_off = self.fields.switched_off(self.fields_on)
        self._engine = Engine(rules_text(rule_texts), bundle[SCHEMA])
        self._answer = lru_cache(maxsize=REMEMBERED_ANSWERS)(self._answer_afresh)

    @classmethod
    def load(cls, fields_on: Set[str] = frozenset()) -> Policy:
        """Make the policy the program was built with.

        Args:
            fields_on: Names of optional fields the library has switched on, such as {"sex"}.

        Raises:
            PolicyFaultError: A text is at fault, or a name is no optional field.
        """
        bundle = {name: own_text(name) for name in TEXTS}
        for file in resources.files(__package__).joinpath("rules").iterdir():
            if file.name.endswith(".cedar"):
                bundle[RULES + file.name] = file.read_text(encoding="utf-8")
        bundle[FIELDS_ON] = json.dumps(sorted(fields_on))
        return cls(bundle)

    @classmethod
    def from_bundle(cls, bundle: Mapping[str, str]) -> Policy:
        """Make a past policy again, to replay what it decided.

        Raises:
            PolicyFaultError: A text is missing, added or at fault.
        """
        return cls(bundle)

    def bundle(self) -> dict[str, str]:
        """Return the texts the policy was made of, by name; ``from_bundle`` takes them back."""
        return dict(self._bundle)

    def decide(self, request: Request) -> Decision:
        """Answer a request. Never raises; whatever is amiss is a refusal.

        Args:
            request: What is asked. Anything else, or anything in it of another type, is refused.

        Returns:
            The decision, which always names at least one clause.
        """
        try:
            if not is_well_formed(request):
                return self._refusal(NOT_UNDERSTOOD)
            return self._answer(_without_name(request))
        except ENDINGS:
            raise
        except BaseException:  # noqa: BLE001  a panic in the engine's own language is a BaseException; the door stays shut
            return self._refusal(NOT_UNDERSTOOD)

    def _answer_afresh(self, request: Request) -> Decision:
        return self._in_words(self._verdict(request), request)

    def _verdict(self, request: Request) -> Verdict:
        switched_off = self._switched_off.get(request.series)
        if switched_off is None:
            return FAULT
        return self._engine.ask(
            principal=PRINCIPALS[request.actor.kind],
            action=request.action,
            series=request.series,
            context=ask_context(request, switched_off),
        )

    def _in_words(self, verdict: Verdict, request: Request) -> Decision:
        deciding = tuple(rule for rule in self.rules.values() if rule.id in verdict.rules)
        # A rule the engine names and we do not know, or of the other effect, is not an answer.
        agreed = len(deciding) == len(verdict.rules) and all(
            rule.permits is verdict.allowed for rule in deciding
        )
        if verdict.fault or not agreed:
            return self._refusal(NOT_UNDERSTOOD)
        if not deciding:
            return self._refusal(next(refusal for refusal in self.refusals if refusal.fits(request)))
        return self._decision(verdict.allowed, deciding)

    def _decision(self, allowed: bool, deciding: tuple[Rule, ...]) -> Decision:
        return Decision(
            allowed=allowed,
            rules=tuple(rule.id for rule in deciding),
            clauses=tuple(sorted({clause for rule in deciding for clause in rule.clauses})),
            explanation=deciding[0].why,
            remedy=deciding[0].instead,
            policy_hash=self.hash,
        )

    def _refusal(self, words: Refusal) -> Decision:
        return Decision(
            allowed=False,
            rules=(),
            clauses=tuple(sorted(words.clauses)),
            explanation=words.why,
            remedy=words.instead,
            policy_hash=self.hash,
        )

    def _words(self) -> frozenset[str]:
        """Return every word a rule may compare with. "" stands for what was not given."""
        lists = (Purpose, Circumstance, Reason, Role, MachineRole)
        return frozenset({""} | self.fields.names()).union(
            *({str(word) for word in words} for words in lists)
        )


def bundle_hash(bundle: Mapping[str, str]) -> str:
    """Return the SHA-256, in hex, of a bundle's names and texts."""
    canonical = json.dumps(dict(bundle), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8")).hexdigest()


def is_well_formed(request: object) -> bool:
    """Say whether every part of a request is there, of its type and from its list.

    Exact types where a subclass would compare equal and mean something else: True is not 1.
    """
    return (
        isinstance(request, Request)
        and isinstance(request.actor, Actor)
        and type(request.actor.kind) is ActorKind
        and isinstance(request.actor.id, str)
        and _are_texts(request.actor.roles)
        and request.actor.roles <= ROLES
        and type(request.actor.active) is bool
        and type(request.actor.signed_version) is str
        and type(request.action) is Action
        and type(request.purpose) is Purpose
        and type(request.series) is str
        and _are_texts(request.fields)
        and type(request.circumstance) is Circumstance
        and (request.reason is None or type(request.reason) is Reason)
        and type(request.own_record) is bool
        and type(request.own_staff_record) is bool
        and type(request.subjects) is int
        and type(request.version_in_force) is str
    )


ROLES = frozenset(str(role) for role in (*Role, *MachineRole))


def _are_texts(values: object) -> bool:
    return isinstance(values, frozenset) and all(isinstance(value, str) for value in values)


def ask_context(request: Request, switched_off: Set[str]) -> dict[str, object]:
    """Return the ``Ask`` of the schema for a well-formed request, ready for JSON."""
    actor = request.actor
    return {
        "purpose": request.purpose,
        "circumstance": request.circumstance,
        "reason": request.reason or "",
        "fields": sorted(request.fields),
        "switched_off": sorted(switched_off),
        "roles": sorted(actor.roles),
        "active": actor.active,
        "signed_version": actor.signed_version,
        "version_in_force": request.version_in_force,
        "own_record": request.own_record,
        "own_staff_record": request.own_staff_record,
        "subjects": request.subjects,
    }


def _without_name(request: Request) -> Request:
    """Return the request with the actor's id left out: no rule may depend on it."""
    actor = request.actor
    return Request(
        actor=Actor(actor.kind, "", actor.roles, actor.active, actor.signed_version),
        action=request.action,
        purpose=request.purpose,
        series=request.series,
        fields=request.fields,
        circumstance=request.circumstance,
        reason=request.reason,
        own_record=request.own_record,
        subjects=request.subjects,
        version_in_force=request.version_in_force,
        own_staff_record=request.own_staff_record,
    )


def _fields_on(text: str) -> frozenset[str]:
    try:
        names = json.loads(text)
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise PolicyFaultError("policy bundle", FIELDS_ON, "", "is not a list of names")
    return frozenset(names)
