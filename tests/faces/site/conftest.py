"""A library in the open: branches, titles, copies; and a reader who is nobody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from site_support import TITLES, Reader, item_code


@pytest.fixture
def library(house: Any) -> Iterator[Any]:
    """Two branches, four titles, five copies; the public's pages are served from it."""
    from circumspect.faces.public.house import served_by
    from circumspect.offices.staff import policy_text, signoff
    from circumspect.records.catalog.facts import BranchFacts, ItemFacts, ItemTypeFacts, TitleFacts
    from circumspect.records.catalog.usecases import put_branch, put_item_type, upsert_item, upsert_title

    signoff.publish(
        "2026-11", house.policy.hash, policy_text.text(), requires_signature=True, in_force_from=house.clock()
    )
    week = (*[(("09:00", "17:00"),)] * 5, (), ())
    put_branch(BranchFacts("main", "Main Library", "100 Depot Street", hours=week))
    put_branch(BranchFacts("east", "East Branch", "2 Levee Road", hours=week))
    put_item_type(ItemTypeFacts("book", "Book"))
    for at, (title, author) in enumerate(TITLES):
        key = upsert_title(
            TitleFacts(
                f"t:{at}",
                title,
                author=author,
                year=1888,
                material="book",
                language="pol",
                subjects=("Rivers",),
            )
        )
        upsert_item(ItemFacts(item_code(at), key, "book", "east" if at else "main", call_number=f"FIC {at}"))
    with served_by(house):
        yield house


@pytest.fixture
def reader(library: Any) -> Reader:
    """Somebody at a browser."""
    return Reader()
