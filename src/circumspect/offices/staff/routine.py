"""The short list of routine disclosures, for the guideline card. What allows them is the policy, rule by rule.

A test holds the list and the policy against each other: a rule that carries clause MP-5.2 stands on the list, and
what stands on the list is such a rule.

Source: clause MP-5.2.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Routine:
    """One routine disclosure.

    Attributes:
        rule: The rule of the policy that allows it; the ledger enters it by this name.
        proof: How the person shows who they are.
    """

    rule: str
    who: str
    what: str
    whom: str
    proof: str


@cache
def listed() -> tuple[Routine, ...]:
    """The list, in order."""
    text = resources.files(__package__).joinpath("routine.toml").read_text(encoding="utf-8")
    return tuple(Routine(**entry) for entry in tomllib.loads(text)["routine"])
