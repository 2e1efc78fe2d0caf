"""Ask engine and table the same questions, and count where they differ.

A difference is an answer that is not the same, or a veto that one names and the other does not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from reference_model import expected

from circumspect.trust.policy.request import Decision, Request


class Decides(Protocol):
    """Whatever answers requests: the policy, or a broken twin of it."""

    fields_on: frozenset[str]

    def decide(self, request: Request) -> Decision: ...


@dataclass
class Count:
    """How many were asked, allowed, and answered differently by the table."""

    asked: int = 0
    allowed: int = 0
    different: list[Request] = field(default_factory=list)

    def add(self, other: Count) -> None:
        self.asked += other.asked
        self.allowed += other.allowed
        self.different += other.different


def agrees(decision: Decision, request: Request, fields_on: frozenset[str]) -> bool:
    """Say whether a decision is what the table says, with the same vetoes and at least one clause."""
    answer = expected(request, fields_on)
    if decision.allowed is not answer.allowed or not decision.clauses:
        return False
    return decision.allowed or frozenset(decision.rules) == answer.vetoes


def compare(policy: Decides, requests: Iterable[Request]) -> Count:
    """Return the counts over all requests."""
    count = Count()
    for request in requests:
        decision = policy.decide(request)
        count.asked += 1
        count.allowed += decision.allowed
        if not agrees(decision, request, policy.fields_on):
            count.different.append(request)
    return count
