"""The second policy's table for machines that speak SIP2."""

from __future__ import annotations

from reference_cells import FEE, HOLD, LOAN, C, Cell, E, N, P, U, V, cell

STAFF: tuple[Cell, ...] = ()

BY_CARD = frozenset({N.CARD_SCANNED})
WITH_PIN = frozenset({N.CARD_AND_PIN})
TAKING_BACK = frozenset({N.ITEM_SCANNED, N.OFFLINE})
SERVES_PATRONS = "self_check pc_reservation e_content payment_kiosk"

OTHERS: tuple[Cell, ...] = (
    # A flag says whether the card is good; what it follows from is used and not shown.
    cell(
        SERVES_PATRONS,
        P.MACHINE,
        (U,),
        {"registration": {"standing"}, "loans": {"due_at", "state"}, "fees": {"outstanding"}},
        BY_CARD | WITH_PIN,
    ),
    cell(
        "self_check",
        P.MACHINE,
        (V,),
        {"registration": {"standing"}, "loans": {"due_at"}, "holds": {"state"}},
        BY_CARD,
    ),
    cell(
        "self_check",
        P.MACHINE,
        (V,),
        {
            "registration": {"standing", "given_name", "language"},
            "loans": {"item", "due_at"},
            "holds": {"item", "state"},
            "fees": {"kind", "outstanding"},
        },
        WITH_PIN,
    ),
    cell(
        "pc_reservation",
        P.MACHINE,
        (V,),
        {
            "registration": {"standing", "birth_date", "language"},
            "holds": {"state"},
            "fees": {"outstanding"},
        },
        WITH_PIN,
    ),
    cell("e_content", P.MACHINE, (V,), {"registration": {"standing"}}, WITH_PIN),
    cell(
        "payment_kiosk",
        P.MACHINE,
        (V,),
        {"registration": {"standing", "language"}, "fees": {"kind", "outstanding"}},
        WITH_PIN,
    ),
    # What a machine may do.
    cell(
        "self_check",
        P.CIRCULATE,
        (U,),
        {"registration": {"standing"}},
        BY_CARD | WITH_PIN | {N.OFFLINE},
    ),
    cell(
        "self_check book_drop sorter",
        P.CIRCULATE,
        (C,),
        {"loans": LOAN, "holds": HOLD - {"placed_on"}, "fees": FEE},
        TAKING_BACK,
    ),
    cell("self_check", P.CIRCULATE, (C,), {"fees": FEE}, BY_CARD | WITH_PIN),
    cell(
        "self_check pc_reservation payment_kiosk",
        P.SETTLE,
        (C,),
        {"fees": {"outstanding", "item"}},
        WITH_PIN,
    ),
    cell("self_check", P.MACHINE, (C, E), {"holds": HOLD - {"pickup_code"}}, WITH_PIN),
    cell("self_check", P.MAINTAIN, (C,), {"cards": {"status"}}, BY_CARD),
)
