"""The two ways a door stays shut. Both messages hold ids only: fit for a log, a screen or a wire."""

from __future__ import annotations

from circumspect.trust.policy.request import Decision

# The rules a refusal names when the policy would have allowed it, and there is nobody of that number.
NO_SUCH_RECORD = ("no-such-record",)
# The rules a refusal names when a part of the house could not be reached.
DOOR_CLOSED = ("door-closed",)
# What the door enters by itself from time to time, so that a silent ledger shows. It opens nothing.
HEARTBEAT = ("heartbeat",)


class DoorError(Exception):
    """Anything that keeps the door shut. Catch this; only its subclasses are raised."""


class Refused(DoorError):
    """The clauses in force refuse this ask, and the refusal is in the ledger.

    Attributes:
        decision: Its clauses, explanation and remedy.
    """

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"refused by {', '.join(decision.clauses)}")
        self.decision = decision


class DoorClosed(DoorError):
    """A part is unreachable, so that nothing may be read: policy, vault or ledger.

    The try is in the ledger all the same, where the ledger itself can still write.

    Attributes:
        part: Which.
    """

    def __init__(self, part: str) -> None:
        super().__init__(f"the door is closed: {part} cannot be reached")
        self.part = part


def no_such_record(policy_hash: str) -> Decision:
    """What is said of a record that never was or has been forgotten: the two are not told apart."""
    return Decision(
        allowed=False,
        rules=NO_SUCH_RECORD,
        clauses=("MP-3.1", "TH-1.8"),
        explanation="There is no such record, or it has been forgotten.",
        remedy="Check the number, or register the person anew.",
        policy_hash=policy_hash,
    )
