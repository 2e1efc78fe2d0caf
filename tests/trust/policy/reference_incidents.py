"""The second policy's table for reports of behaviour."""

from __future__ import annotations

from reference_cells import ANY_COUNT, NAMES, C, Cell, N, P, U, V, cell

SAW, REPORT = {"account", "description"}, {"account", "description", "identity", "appeal", "measure"}
IN_CHARGE = "privacy_in_charge deputy_director executive_director"
AT_THE_CASE, CARD_IN_HAND = frozenset({N.CASE}), frozenset({N.CARD_SCANNED})

STAFF: tuple[Cell, ...] = (
    cell(
        f"desk circulation_lead reference supervisor {IN_CHARGE}",
        P.ORDER,
        (C,),
        {"incidents": SAW},
        AT_THE_CASE,
    ),
    cell(f"supervisor {IN_CHARGE}", P.ORDER, (V,), {"incidents": REPORT}, AT_THE_CASE, count=ANY_COUNT),
    cell(IN_CHARGE, P.ORDER, (C,), {"incidents": REPORT - SAW}, AT_THE_CASE),
    # The one way from a report to an account: a word at the desk, and a name.
    cell(IN_CHARGE, P.ORDER, (U, C), {"registration": {"standing"}}, CARD_IN_HAND),
    cell(IN_CHARGE, P.ORDER, (V,), {"registration": NAMES}, CARD_IN_HAND),
)
OTHERS: tuple[Cell, ...] = ()
