"""The second policy's table for letters, forms and the newsletter."""

from __future__ import annotations

from reference_cells import (
    ANY_COUNT,
    LETTER,
    SIGNED_IN,
    UNBOUNDED,
    WORKS_ALONE,
    C,
    Cell,
    E,
    N,
    P,
    U,
    V,
    cell,
)

BORROWERS, PUBLIC = {"inquiries": LETTER}, {"public mail": LETTER}
ADDRESSES = {"newsletter": {"address"}}
AT_THE_LIST = frozenset({N.LIST})
WROTE = frozenset({N.WROTE})

STAFF: tuple[Cell, ...] = (
    # letters: whoever answers questions answers what is public too, and not the other way round
    cell("reference", P.CORRESPOND, (V, C), BORROWERS, AT_THE_LIST, count=ANY_COUNT),
    cell("reference communications", P.CORRESPOND, (V, C), PUBLIC, AT_THE_LIST, count=ANY_COUNT),
    # public records, without whom they are from
    cell(
        "foia_officer",
        P.PUBLIC_RECORDS,
        (V, U),
        {"public mail": {"message", "attachment"}},
        frozenset({N.CASE}),
        count=ANY_COUNT,
    ),
    # the newsletter's list is looked at and never taken out
    cell("communications", P.NEWSLETTER, (V, C), ADDRESSES, AT_THE_LIST, count=ANY_COUNT),
    # forms
    cell("reference communications", P.CORRESPOND, (C,), {"forms": {"words"}}, AT_THE_LIST),
    cell("executive_director deputy_director", P.CORRESPOND, (C,), {"forms": {"class"}}, AT_THE_LIST),
)
OTHERS: tuple[Cell, ...] = (
    cell("form", P.CORRESPOND, (C,), {**BORROWERS, **PUBLIC, **ADDRESSES}, WROTE),
    cell("form", P.CORRESPOND, (E,), ADDRESSES, WROTE),
    cell("patron", P.OWN_RECORD, (V, C), {**BORROWERS, **PUBLIC}, SIGNED_IN),
    cell(
        "job",
        P.CORRESPOND,
        (U,),
        {"inquiries": {"message", "sender"}, "public mail": {"message", "sender"}},
        WORKS_ALONE,
        count=UNBOUNDED,
    ),
    cell("job", P.NEWSLETTER, (U,), ADDRESSES, WORKS_ALONE, count=UNBOUNDED),
    cell("job", P.FORGET, (E,), {**BORROWERS, **PUBLIC, **ADDRESSES}, WORKS_ALONE, count=UNBOUNDED),
)
