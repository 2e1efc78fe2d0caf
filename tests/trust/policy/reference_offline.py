"""The second policy's table for what was scanned while the line was down, and is brought afterwards."""

from __future__ import annotations

from reference_cells import ANY_COUNT, FEE, FLOOR, LOAN, C, Cell, N, P, U, V, cell

from circumspect.trust.policy.request import Request

BROUGHT = frozenset({N.OFFLINE})

STAFF: tuple[Cell, ...] = (
    cell(FLOOR, P.CIRCULATE, (U,), {"registration": {"standing"}}, BROUGHT),
    cell(FLOOR, P.CIRCULATE, (C,), {"loans": LOAN}, BROUGHT, count=ANY_COUNT),
    cell(FLOOR, P.CIRCULATE, (C,), {"fees": FEE}, BROUGHT),
    cell(FLOOR, P.CIRCULATE, (V,), {"loans": {"item"}}, BROUGHT, count=ANY_COUNT),
)
OTHERS: tuple[Cell, ...] = ()


def brings_what_was_in_hand(r: Request) -> bool:
    """The one way to a loan that needs neither card nor item now: both were scanned when there was no line."""
    sees_no_more_than_the_item = r.action is V and r.fields <= {"item"}
    return (
        r.circumstance is N.OFFLINE
        and r.purpose is P.CIRCULATE
        and (r.action is C or sees_no_more_than_the_item)
    )
