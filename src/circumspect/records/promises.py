"""A promise as it stands on the living system: kept or not, and what was looked at.

Rooms give small functions that look at one promise each; ``composition.promises`` joins them, and the faces show them.
What is said holds counts, days and names of series and staff, never of a patron.

Source: issue "The privacy desk, the people who may use it, and forgetting", section 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from circumspect.trust.door.house import House


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise, looked at.

    Attributes:
        name: In a few plain words.
        clauses: The clauses behind it.
        kept: Whether it is kept now.
        said: What was found, in one sentence.
        instead: What to do where it is not kept; "" where it is.
    """

    name: str
    clauses: tuple[str, ...]
    kept: bool
    said: str
    instead: str = ""


Look = Callable[[House], Promise]
