"""The second policy's table for notices."""

from __future__ import annotations

from reference_cells import (
    ADDRESS,
    ANY_COUNT,
    FACING,
    FLOOR,
    NAMES,
    NOTICE,
    SIGNED_IN,
    UNBOUNDED,
    WORKS_ALONE,
    Cell,
    E,
    N,
    P,
    U,
    V,
    cell,
)

WORDING = {"language", "notice_titles"}
LISTING = frozenset({N.LIST})

ABOUT = {
    "loans": {"item", "due_at", "branch", "state"},
    "holds": {"title", "pickup_branch", "state", "expires_on"},
    "fees": {"outstanding"},
}


def _lists(reach: dict[str, set[str]]) -> Cell:
    return cell(FLOOR, P.LISTS, (V,), reach, LISTING, count=ANY_COUNT)


STAFF: tuple[Cell, ...] = (
    _lists({"registration": NAMES | ADDRESS | WORDING}),
    _lists({"registration": {"phone", "language"}}),
    # What is due is on the list of what is late.
    _lists({"registration": {"standing"}, **{name: ABOUT[name] for name in ("holds", "fees")}}),
    cell(FLOOR, P.SERVE, (V,), {"notices": NOTICE}, FACING),
)


def _notifies(reach: dict[str, set[str]]) -> Cell:
    return cell("job", P.NOTIFY, (U,), reach, WORKS_ALONE, count=UNBOUNDED)


OTHERS: tuple[Cell, ...] = (
    _notifies({"registration": WORDING | {"notice_channel"}}),
    _notifies({"registration": {"standing"}}),
    _notifies({"registration": WORDING | {"email"}}),
    _notifies({"registration": {"phone", "language"}}),
    _notifies({**ABOUT, "notices": NOTICE}),
    cell("job", P.FORGET, (E,), {"notices": NOTICE}, WORKS_ALONE, count=UNBOUNDED),
    cell("patron", P.OWN_RECORD, (V, U), {"notices": NOTICE}, SIGNED_IN),
)
