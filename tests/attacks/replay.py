"""Guarantee 5: decide every past decision again, from what the ledger kept and nothing else.

A decision is replayed by the policy whose texts are kept under the hash its entry names, on a request
put together again from the entry. Outcome, rules and clauses must be the same.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from circumspect.trust.door.errors import DOOR_CLOSED, HEARTBEAT, NO_SUCH_RECORD
from circumspect.trust.policy.policy import Policy
from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose, Reason, Request


def request_of(body: Mapping[str, Any]) -> Request:
    """The request an entry was the answer to."""
    kind, _, name = body["actor"].partition(":")
    return Request(
        actor=Actor(ActorKind(kind), name, frozenset(body["roles"]), body["active"], body["signed_version"]),
        action=Action(body["action"]),
        purpose=Purpose(body["purpose"]),
        series=body["series"],
        fields=frozenset(body["fields"]),
        circumstance=Circumstance(body["circumstance"]),
        reason=Reason(body["reason"]) if body["reason"] else None,
        own_record=body["own_record"],
        subjects=body["subjects"],
        version_in_force=body["version_in_force"],
        own_staff_record=body["own_staff_record"],
    )


def differences(ledger: Any, bodies: Iterable[Mapping[str, Any]] | None = None) -> list[str]:
    """The entries whose decision comes out otherwise today; empty for none."""
    policies: dict[str, Policy] = {}
    found = []
    if bodies is None:
        bodies = [entry.body for entry in ledger.entries(0, ledger.size())]
    for number, body in enumerate(bodies):
        if body["policy"] not in policies:
            kept = ledger.policy(body["policy"])
            if kept is None:
                found.append(f"entry {number}: the policy it names was not kept")
                continue
            policies[body["policy"]] = Policy.from_bundle(json.loads(kept))
        problem = _difference(policies[body["policy"]], body)
        if problem:
            found.append(f"entry {number}: {problem}")
    return found


def _difference(policy: Policy, body: Mapping[str, Any]) -> str:
    if policy.hash != body["policy"]:
        return "the texts kept do not give the hash it names"
    decision = policy.decide(request_of(body))
    if tuple(body["rules"]) in (NO_SUCH_RECORD, DOOR_CLOSED):
        # Not the policy's refusal: there was nobody of that number, or a part was away. The policy must have allowed it.
        good = decision.allowed and body["outcome"] == "refused" and body["marks"] == []
        return "" if good else "refused as unknown, and it was not that"
    if tuple(body["rules"]) == HEARTBEAT:
        empty = (body["fields"], body["marks"], body["subjects"]) == ([], [], 0)
        return (
            ""
            if empty and body["actor"] == "job:heartbeat"
            else "called a heartbeat, and it opened something"
        )
    said = ("allowed" if decision.allowed else "refused", list(decision.rules), list(decision.clauses))
    kept = (body["outcome"], body["rules"], body["clauses"])
    return "" if said == kept else "it is decided otherwise"
