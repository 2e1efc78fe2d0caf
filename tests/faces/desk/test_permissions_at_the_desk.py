"""Whom a patron lets pick up their holds is shown at the desk while their card is open, and only then."""

from __future__ import annotations

import datetime as dt

import pytest
from desk_support import ADA_CARD, BEN_CARD

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.mark.clause("MP-3.9")
def test_the_desk_is_shown_a_permission_while_the_card_is_open(desk, library):
    from circumspect.records.patrons import cards
    from circumspect.records.reading import permissions
    from circumspect.trust.policy.request import Actor, ActorKind

    ada = cards.find_card(library, ADA_CARD).patron
    permissions.give(
        library,
        Actor(ActorKind.PATRON, str(ada)),
        ada,
        name="Zofia Nowak",
        scope=["pick_up_holds"],
        ends_on=library.today() + dt.timedelta(days=7),
    )

    desk.scan(ADA_CARD)
    assert "Zofia" not in desk.html
    desk.does("/permissions/")
    assert "Zofia Nowak may pick up what is on the hold shelf, until" in desk.html

    desk.scan(BEN_CARD)
    desk.does("/permissions/")
    assert "Zofia" not in desk.html
    assert "nobody a permission" in desk.html
