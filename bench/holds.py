"""A queue of ten thousand: the check-in that traps, a place in the queue, the pull list over a hundred thousand items.

    python -m bench.holds [--queue 10000] [--items 100000] [--titles-waited-for 5000] [--patrons 500]

The queue stands under real links of registered patrons. Figures are printed beside the bare transaction
of the same run; this bench claims nothing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import time
from typing import Any

from bench.common import (
    add_items,
    bare_transactions,
    clerk,
    figures,
    invented,
    machine,
    make_home,
    make_house,
    timed,
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queue", type=int, default=10_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--titles-waited-for", type=int, default=5_000)
    parser.add_argument("--patrons", type=int, default=500)
    arguments = parser.parse_args()
    home = make_home()
    house = make_house(home)
    from circumspect.records.patrons.registration import register_many
    from circumspect.trust.policy.request import Actor, ActorKind

    patrons = register_many(house, Actor(ActorKind.JOB, "import"), invented(0, arguments.patrons))
    add_items(arguments.items)
    print(machine())
    print(
        f"bare transaction of six statements, raw sqlite3, synchronous=FULL: {bare_transactions(home.data):.0f}/s\n"
    )
    queue(house, patrons, arguments.queue)
    print()
    pull_list(house, patrons, arguments.titles_waited_for)


def _fill_queue(house: Any, patrons: list[int], title_ids: list[int], **more: Any) -> None:
    """Write holds straight into the table: one for each title of the list, in its order."""
    from circumspect.records.holds.models import Hold
    from circumspect.records.patrons.rows import new_id

    links = [house.vault.link("holds", patron) for patron in patrons]
    today = house.today()
    places: dict[int, int] = {}
    rows = []
    for number, title_id in enumerate(title_ids):
        places[title_id] = places.get(title_id, 0) + 1
        link = links[number % len(links)]
        rows.append(
            Hold(
                id=new_id(),
                title_id=title_id,
                pickup_branch="main",
                place=places[title_id],
                placed_on=today,
                expires_on=today + dt.timedelta(days=365),
                epoch=link.epoch,
                link=link.token,
                back=link.back,
                **more,
            )
        )
    Hold.objects.bulk_create(rows, batch_size=500)


def queue(house: Any, patrons: list[int], length: int) -> None:
    """Check-ins of copies of one title that many wait for: the trap alone, and the whole check-in."""
    from django.db import connection, transaction

    from circumspect.records.catalog.models import Item, Title
    from circumspect.records.circulation import lending
    from circumspect.records.holds import lists, placing, shelf
    from circumspect.records.holds.models import Hold

    who = clerk()
    wanted = Title.objects.create(source_key="bench:wanted", title="What everybody waits for")
    copies = [
        Item.objects.create(barcode=f"WANTED{n:04d}", title=wanted, item_type_id="book", branch_id="main")
        for n in range(400)
    ]
    _fill_queue(house, patrons, [wanted.id] * length)
    # The worst case: the first nine tenths are frozen, and have to be passed over.
    Hold.objects.filter(place__lte=length * 9 // 10).update(frozen_until=dt.date(9999, 12, 31))

    def trap(item: Any) -> float:
        begin = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            trapped = shelf.trap(
                house,
                cursor,
                item_id=item.id,
                title_id=wanted.id,
                item_type="book",
                branch="main",
                now=int(house.clock().timestamp()),
            )
        assert trapped is not None
        assert trapped.on_shelf
        return time.perf_counter() - begin

    figures(f"trap, {length} wait, nine in ten frozen", [trap(item) for item in copies[:100]])
    Hold.objects.filter(state="waiting").update(frozen_until=None)
    figures(f"trap, {length} wait, none frozen", [trap(item) for item in copies[100:200]])
    spent = []
    for item in copies[200:]:
        begin = time.perf_counter()
        back = lending.check_in(house, who, item.barcode, branch="main")
        spent.append(time.perf_counter() - begin)
        assert back.hold is not None
        assert back.hold.on_shelf
    figures(f"whole check-in that traps, {length} wait", spent)
    last = Hold.objects.filter(state="waiting").order_by("-place").first()
    assert last is not None
    owner = next(each for each in patrons if bytes(last.link) in placing.links_of(house, each))
    holds = len(placing.open_holds(house, owner))
    figures(
        f"a patron's {holds} holds with their places", timed(lambda: placing.open_holds(house, owner), 50)
    )
    Item.objects.filter(title=wanted).update(status="available")
    Hold.objects.filter(title=wanted).update(
        state="waiting", copy=None, pickup_code=None, pick_up_by=None, target=None
    )
    begin = time.perf_counter()
    changed = lists.retarget(house)
    print(
        f"targets of {length} holds for {len(copies)} copies, all anew: {time.perf_counter() - begin:.2f} s, {changed} chosen"
    )
    Hold.objects.all().delete()


def pull_list(house: Any, patrons: list[int], count: int) -> None:
    """The pull list of a branch with all the items, some of whose titles somebody waits for."""
    from circumspect.records.catalog.models import Item, Title
    from circumspect.records.holds import lists

    who = clerk()
    chance = random.Random(3)
    titles = list(Title.objects.filter(source_key__startswith="bench:").values_list("id", flat=True))
    _fill_queue(house, patrons, chance.sample(titles, min(count, len(titles))))
    for name in ("first", "again"):
        begin = time.perf_counter()
        lines = lists.pull_list(house, who, branch="main")
        print(
            f"pull list, {Item.objects.count()} items, {count} titles waited for, {name}: "
            f"{time.perf_counter() - begin:.2f} s, {len(lines)} lines"
        )
    begin = time.perf_counter()
    shelf = lists.shelf_list(house, who, branch="main")
    print(f"shelf list: {time.perf_counter() - begin:.2f} s, {len(shelf)} lines")


if __name__ == "__main__":
    main()
