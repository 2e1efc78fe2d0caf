"""Put one question to Cedar and take only a clean answer.

This module alone owns Cedar's handles. The policies are checked against the schema when they
are loaded, and every question is checked against it when it is asked. Cedar skips a rule that
fails while it is evaluated, a forbid as much as a permit; so any diagnostic at all, any answer
but a plain allow or deny, and any rule without an id counts as a fault, and a fault is never an
allow.

Source: GUARANTEES.md no. 4.
"""

from __future__ import annotations

from dataclasses import dataclass

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


class Engine:
    """Cedar with one set of rules and one schema. Holds no state that changes."""

    def __init__(self, rules: str, schema: str) -> None:
        """Parse and validate.

        Raises:
            PolicyFaultError: The texts do not parse, or a rule does not fit the schema.
        """
        try:
            self._schema = cedarpy.Schema.from_str(schema)
            self._rules = cedarpy.PolicySet.from_str(rules)
            self._entities = cedarpy.Entities.from_json_str("[]", self._schema)
            checked = cedarpy.validate_policies(rules, self._schema)
        except ValueError as fault:
            raise PolicyFaultError("rules and schema", "", "", str(fault)) from None
        if not checked.validation_passed:
            first = "; ".join(str(error) for error in checked.errors[:1])
            raise PolicyFaultError("rules and schema", "", "", f"do not fit each other: {first}")

    def ask(self, *, principal: str, action: str, series: str, context: str) -> Verdict:
        """Return Cedar's verdict, or a fault.

        Args:
            principal: "Staff", "Patron", "Terminal" or "Job".
            action: Such as "view".
            series: Such as "registration".
            context: The ``Ask`` of the schema, as JSON.

        Raises:
            Exception: Whatever Cedar's binding raises on input it cannot take; the caller
                counts it as a fault.
        """
        answer = cedarpy.is_authorized(
            {
                "principal": {"type": principal, "id": NOBODY_IN_PARTICULAR},
                "action": {"type": "Action", "id": action},
                "resource": {"type": "Series", "id": series},
                "context": context,
            },
            self._rules,
            self._entities,
            self._schema,
        )
        return clean(answer)


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
