"""The rest of the library that is robbed: holds, other libraries, computers, the line down, machines, the door.

Whatever of it could name somebody: a wish, a card number in a letter of a day without a line, a PIN typed at a
public computer, what somebody wrote at the door. Much of it is left as it is in mid-work: holds wait and stand on
the shelf, somebody sits at a computer, scans wait for a person.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

# What somebody would like another library to lend, as it is sealed; and a PIN.
WISH = "Mqwzvxkj"
PIN = "90417735"


def wait_for(
    house: Any, clerk: Any, patrons: Sequence[int], books: Sequence[str], log: logging.Logger
) -> None:
    """Holds on copies, in every state: waiting, frozen, moved, cancelled, on the shelf, left there."""
    from circumspect.records.catalog.models import Item
    from circumspect.records.circulation import lending
    from circumspect.records.circulation.requesting import place_hold
    from circumspect.records.holds import lists, placing
    from circumspect.records.holds.models import Hold
    from circumspect.trust.policy.request import Circumstance

    here: dict[str, Any] = {"circumstance": Circumstance.CARD_SCANNED}
    placed = []
    for number, patron in enumerate(patrons):
        item = Item.objects.create(
            barcode=f"W{number:07d}",
            title=Item.objects.get(barcode=books[0]).title,
            item_type_id="book",
            branch_id="main",
        )
        answer = place_hold(
            house, clerk, patron, placing.Wanted(item.title_id, item.id), pickup_branch="main", **here
        )
        if not isinstance(answer, placing.Placed):
            log.info("not placed %s %s", patron, answer)
            continue
        placed.append((patron, answer.hold_id, item.barcode))
    assert len(placed) > 1, "nobody waits for anything: nothing is attacked"
    for number, (patron, hold, barcode) in enumerate(placed):
        if number % 4 == 0:
            log.info("shelved %s", lending.check_in(house, clerk, barcode, branch="main"))
        elif number % 4 == 1:
            until = house.today() + dt.timedelta(days=9)
            placing.freeze(house, clerk, patron, hold, until=until, **here)
        elif number % 4 == 2:
            placing.cancel(house, clerk, patron, hold, **here)
        log.info("waits for %s", placing.holds_of(house, clerk, patron, **here))
    Hold.objects.filter(id=placed[0][1]).update(pick_up_by=house.today() - dt.timedelta(days=1))
    log.info(
        "%s %s", lists.pull_list(house, clerk, branch="main"), lists.end_overdue(house, clerk, branch="main")
    )


def ask_elsewhere(house: Any, clerk: Any, patrons: Sequence[int], log: logging.Logger) -> None:
    """Requests to other libraries: asked, sent, refused, cancelled."""
    from circumspect.records.ill import asking, working
    from circumspect.records.ill.citations import Citation
    from circumspect.records.ill.models import PartnerLibrary
    from circumspect.trust.policy.request import Circumstance

    here: dict[str, Any] = {"circumstance": Circumstance.CARD_SCANNED}
    PartnerLibrary.objects.get_or_create(code="CHIPL", defaults={"name": "Chicago Public"})
    asked = 0
    for number, patron in enumerate(patrons):
        answer = asking.ask(
            house, clerk, patron, Citation(f"{WISH}{number}", f"{WISH} again"), pickup_branch="main", **here
        )
        if not isinstance(answer, asking.Asked):
            continue
        asked += 1
        log.info(
            "%s %s", working.lender_form(house, clerk, answer.request_id), working.work_list(house, clerk)
        )
        if number % 3 == 0:
            working.send(house, clerk, answer.request_id, lender="CHIPL")
        elif number % 3 == 1:
            working.not_filled(house, clerk, answer.request_id)
        log.info("asked for %s", asking.requests_of(house, clerk, patron, **here))
    assert asked, "nobody asked for anything: nothing is attacked"


def sit_down(house: Any, clerk: Any, people: Mapping[int, str], log: logging.Logger) -> None:
    """Public computers: one session over, one that runs, one by a pass; a ticket, and a booking."""
    from circumspect.records.computers import booking, panel, places, queueing, sitting
    from circumspect.records.computers.rules import Started
    from circumspect.records.patrons import cards
    from circumspect.trust.policy.request import Circumstance

    places.put_area("adult", "Adult computers", "main", session_minutes=60)
    seats = [places.add_seat(f"Main {number}", "adult").id for number in (1, 2, 3)]
    for seat in seats:
        panel.clear_by_hand(house, clerk, seat)
    began = 0
    for patron, card in people.items():
        cards.set_pin(house, clerk, patron, PIN, circumstance=Circumstance.CARD_SCANNED)
        for seat in seats[:2]:
            answer = sitting.sign_in_card(house, seat, card, PIN)
            began += isinstance(answer, Started)
            log.info("%s %s %s", answer, sitting.status(house, seat), panel.live_seats(house, clerk))
        sitting.end(house, seats[0])
        sitting.confirm_wipe(house, seats[0])
        at = house.clock() + dt.timedelta(days=1)
        try:
            line = booking.book(house, clerk, patron, seats[2], int(at.timestamp()), 15)
        except places.SettingError as problem:  # closed at that hour, or taken
            log.exception("%s", problem)
        else:
            log.info("booked %s", line)
    sitting.sign_in_pass(house, seats[2], queueing.issue_pass(house, 60, 500).code)
    log.info("%s %s", queueing.take_ticket(house, "adult"), sitting.sign_in_card(house, seats[2], PIN, PIN))
    # At night a computer room is closed, and nobody sits down; whoever attacks by day sees them sit.
    log.info("%d sat down", began)


def without_a_line(
    house: Any, clerk: Any, cards: Sequence[str], books: Sequence[str], log: logging.Logger
) -> None:
    """Scans sealed on a device: some are done, some wait for a person, one is no scan at all."""
    from circumspect.records.circulation import offline
    from circumspect.records.circulation.offline_models import OfflineConflict

    box = offline.new_box(house).id
    at = int(house.clock().timestamp())
    scans: list[dict[str, Any]] = [
        {"do": "out", "scan": book, "cards": [card]} for book, card in zip(books, cards, strict=False)
    ]
    scans += [{"do": "out", "scan": books[0], "cards": [cards[-1] + "77"]}, {"do": "in", "scan": cards[0]}]
    letters = [
        house.vault.letterbox.seal(int(box, 16), json.dumps({"v": 1, "at": at, **scan}).encode())
        for scan in scans
    ]
    taken = offline.take(house, clerk, box, [*letters, cards[0].encode()], branch="main")
    log.info("%s %s", taken, offline.conflicts(house, clerk))
    assert OfflineConflict.objects.exists(), "nothing waits for a person: nothing is attacked"


def serve_machines(house: Any, people: Mapping[int, str], log: logging.Logger) -> None:
    """A self-check that is told of people, and one that gives a wrong password."""
    from circumspect.offices.terminals import accounts, telling
    from circumspect.trust.policy.request import Circumstance

    added = accounts.add(house, "selfcheck-1", "self-check", branch="main")
    for patron in people:
        told = telling.tell(
            house, added.account, patron, Circumstance.CARD_AND_PIN, carries=telling.SOURCES, wanted_list="AU"
        )
        log.info("told %s", told)
    log.info("%s", accounts.all_terminals())


def join_at_the_door(house: Any, typed: Mapping[str, str], log: logging.Logger) -> None:
    """Somebody makes a card of their own; somebody else forgets half of it."""
    from circumspect.records.patrons import provisional
    from circumspect.records.patrons.errors import FieldError

    words = {name: typed.get(name, "") for name in provisional.ASKED_FOR} | {"postcode": "62191"}
    log.info("made %s", provisional.join(house, words, is_adult=True))
    try:
        provisional.join(house, {**words, "city": ""}, is_adult=True)
    except FieldError as problem:
        log.exception("%s", problem)
    else:
        raise AssertionError("a mistake that was none")
