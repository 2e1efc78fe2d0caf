"""Put one question to Cedar and take only a clean answer.

This module alone owns Cedar's handles. The policies are checked against the schema when they
are loaded, and every question is checked against it when it is asked. Cedar skips a rule that
fails while it is evaluated, a forbid as much as a permit; so any diagnostic at all, any answer
but a plain allow or deny, and any rule without an id counts as a fault, and a fault is never an
allow.

A question is put only to the rules that could speak to it. What sets a rule aside is written on it: its head
names another kind of principal, another action or another series, or it asks for another purpose before
anything that could fail. Cedar reads a rule in that same order and stops there, so leaving it out changes no
answer and hides no fault; whatever is not plainly of this form is always asked.

Source: GUARANTEES.md no. 4.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cedarpy

from circumspect.trust.policy.data import PolicyFaultError

# No principal has attributes and no rule names one: one stand-in of each kind does for all.
NOBODY_IN_PARTICULAR = "-"
PRINCIPALS = {"staff": "Staff", "patron": "Patron", "terminal": "Terminal", "job": "Job"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Cedar's answer.

    Attributes:
        allowed: True only for a clean allow.
        rules: Ids of the rules that decided; empty where none spoke.
        fault: The question or its evaluation was not clean. Never together with ``allowed``.
    """

    allowed: bool
    rules: frozenset[str]
    fault: bool


FAULT = Verdict(allowed=False, rules=frozenset(), fault=True)


@dataclass(frozen=True, slots=True)
class Head:
    """What a rule's head and its comparison of the purpose leave open: None is for everything.

    Attributes:
        principal: The one kind it speaks of.
        actions: Those it speaks of.
        series: The one it speaks of.
        purposes: Those without which it is not read further.
    """

    principal: str | None
    actions: frozenset[str] | None
    series: str | None
    purposes: frozenset[str] | None

    def could_speak(self, principal: str, action: str, series: str, purpose: str) -> bool:
        """Whether the rule has to be asked."""
        return (
            self.principal in (None, principal)
            and (self.actions is None or action in self.actions)
            and self.series in (None, series)
            and (self.purposes is None or purpose in self.purposes)
        )


class Engine:
    """Cedar with one set of rules and one schema. Holds no state that changes an answer."""

    def __init__(self, rules: str, schema: str) -> None:
        """Parse and validate.

        Raises:
            PolicyFaultError: The texts do not parse, or a rule does not fit the schema.
        """
        try:
            self._schema = cedarpy.Schema.from_str(schema)
            self._rules: dict[str, Any] = json.loads(cedarpy.policies_to_json_str(rules))["staticPolicies"]
            self._entities = cedarpy.Entities.from_json_str("[]", self._schema)
            checked = cedarpy.validate_policies(rules, self._schema)
        except ValueError as fault:
            raise PolicyFaultError("rules and schema", "", "", str(fault)) from None
        if not checked.validation_passed:
            first = "; ".join(str(error) for error in checked.errors[:1])
            raise PolicyFaultError("rules and schema", "", "", f"do not fit each other: {first}")
        self._heads = {name: head_of(rule) for name, rule in self._rules.items()}
        self._that_could_speak = lru_cache(maxsize=None)(self._those_that_could_speak)
        self._set_of = lru_cache(maxsize=None)(self._a_set_of)

    def ask(self, *, principal: str, action: str, series: str, context: Mapping[str, object]) -> Verdict:
        """Return Cedar's verdict, or a fault.

        Args:
            principal: "Staff", "Patron", "Terminal" or "Job".
            action: Such as "view".
            series: Such as "registration".
            context: The ``Ask`` of the schema, ready for JSON.

        Raises:
            Exception: Whatever Cedar's binding raises on input it cannot take; the caller
                counts it as a fault.
        """
        # Read off the very context that Cedar is given: no question can be sorted by another purpose than its own.
        purpose = str(context.get("purpose", ""))
        answer = cedarpy.is_authorized(
            {
                "principal": {"type": principal, "id": NOBODY_IN_PARTICULAR},
                "action": {"type": "Action", "id": action},
                "resource": {"type": "Series", "id": series},
                "context": json.dumps(context),
            },
            self._that_could_speak(principal, action, series, purpose),
            self._entities,
            self._schema,
        )
        return clean(answer)

    def _those_that_could_speak(
        self, principal: str, action: str, series: str, purpose: str
    ) -> cedarpy.PolicySet:
        return self._set_of(
            frozenset(
                name
                for name, head in self._heads.items()
                if head.could_speak(principal, action, series, purpose)
            )
        )

    def _a_set_of(self, names: frozenset[str]) -> cedarpy.PolicySet:
        """Those rules, parsed once for all questions that they are put."""
        chosen = {name: rule for name, rule in self._rules.items() if name in names}
        return cedarpy.PolicySet.from_json_str(
            json.dumps({"templates": {}, "staticPolicies": chosen, "templateLinks": []})
        )


def head_of(rule: Mapping[str, Any]) -> Head:
    """Return what a parsed rule plainly says of whom it speaks; None for whatever it says otherwise."""
    principal, action, resource = rule["principal"], rule["action"], rule["resource"]
    actions = None
    if action["op"] == "==":
        actions = frozenset({action["entity"]["id"]})
    elif action["op"] == "in" and "entities" in action:
        actions = frozenset(each["id"] for each in action["entities"])
    return Head(
        principal=principal["entity_type"] if principal["op"] == "is" and "in" not in principal else None,
        actions=actions,
        series=resource["entity"]["id"] if resource["op"] == "==" else None,
        purposes=_purposes(rule["conditions"]),
    )


def _purposes(conditions: list[Any]) -> frozenset[str] | None:
    """The purposes a rule asks for first of all, or after nothing but what cannot fail."""
    if not conditions or conditions[0]["kind"] != "when":
        return None
    for part in _conjuncts(conditions[0]["body"]):
        found = _purposes_named(part)
        if found is not None:
            return found
        if not _cannot_fail(part):
            return None
    return None


def _conjuncts(node: Any) -> Iterator[Any]:
    """The parts of a conjunction, in the order they are read."""
    if isinstance(node, Mapping) and set(node) == {"&&"}:
        yield from _conjuncts(node["&&"]["left"])
        yield from _conjuncts(node["&&"]["right"])
    else:
        yield node


_PURPOSE = {".": {"left": {"Var": "context"}, "attr": "purpose"}}


def _purposes_named(node: Any) -> frozenset[str] | None:
    """``context.purpose == "…"`` or ``["…", "…"].contains(context.purpose)``; None for anything else."""
    match node:
        case {"==": {"left": left, "right": {"Value": str(word)}}} if left == _PURPOSE:
            return frozenset({word})
        case {"contains": {"left": {"Set": words}, "right": right}} if right == _PURPOSE:
            named = [each.get("Value") for each in words]
            return frozenset(named) if all(isinstance(each, str) for each in named) else None
    return None


def _cannot_fail(node: Any) -> bool:
    """Membership and equality of literals and parts of the context, which the schema has checked are there."""
    match node:
        case {"Value": _} | {"Var": "context" | "principal" | "action" | "resource"}:
            return True
        case {".": {"left": {"Var": "context"}}}:
            return True
        case {"Set": parts}:
            return all(_cannot_fail(each) for each in parts)
        case {"!": {"arg": arg}} | {"isEmpty": {"arg": arg}}:
            return _cannot_fail(arg)
        case (
            {"==": {"left": left, "right": right}}
            | {"!=": {"left": left, "right": right}}
            | {"&&": {"left": left, "right": right}}
            | {"||": {"left": left, "right": right}}
            | {"contains": {"left": left, "right": right}}
            | {"containsAny": {"left": left, "right": right}}
            | {"containsAll": {"left": left, "right": right}}
        ):
            return _cannot_fail(left) and _cannot_fail(right)
    return False


def clean(answer: cedarpy.AuthzResult) -> Verdict:
    """Return the verdict an answer gives, a fault where anything about it is not plain."""
    ids = answer.diagnostics.id_annotations_by_reason
    reasons = answer.diagnostics.reasons
    if answer.diagnostics.errors or any(not ids.get(reason) for reason in reasons):
        return FAULT
    if answer.decision is cedarpy.Decision.Allow and reasons:
        return Verdict(allowed=True, rules=frozenset(ids.values()), fault=False)
    if answer.decision is cedarpy.Decision.Deny:
        return Verdict(allowed=False, rules=frozenset(ids.values()), fault=False)
    return FAULT
