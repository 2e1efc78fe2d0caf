"""Guarantee 2, short form: no way in reads what is sealed but through an opening.

The long form is ``python -m tests.attacks.one_door --full``, or ATTACKS=long.
"""

from __future__ import annotations

import base64
import datetime as dt
import html
import os
import subprocess
import sys
import zlib
from pathlib import Path
from urllib.parse import quote_plus

import one_door_reach as reaching
import one_door_source as source
import one_door_twins as twins
import one_door_ways as ways
import pytest
from one_door_canaries import UNMARKED, Person, shown_in
from one_door_crawl import Crawl, beyond_the_table
from one_door_world import FLOOR, STATES, World, light_passwords, switch_on_everything

from circumspect.trust.policy.fields import Fields
from circumspect.trust.policy.request import Role

pytestmark = [pytest.mark.attack(2), pytest.mark.once]
HERE = Path(__file__).parent
LONG = os.environ.get("ATTACKS") == "long"
on_databases = pytest.mark.django_db(databases=["default", "keys", "ledger"])


@pytest.fixture
def home(tmp_path):
    """A home that has the optional details switched on, so that they are there to leak."""
    from circumspect.home import Home

    made = Home.create(tmp_path / "home", name="Test Library", institution="1234", sample=True)
    return switch_on_everything(made)


@pytest.fixture
def served(house):
    """A house whose desk answers."""
    from circumspect.faces.desk.house import served_by
    from circumspect.faces.public.house import served_by as open_to_the_public

    with light_passwords(), served_by(house), open_to_the_public(house):
        yield house


# every way in is known


@pytest.mark.clause("MP-3.1")
def test_every_way_in_is_classified_and_every_row_is_a_way_in():
    assert ways.unclassified() == []
    assert len(ways.routes()) >= 29
    assert len(ways.commands()) >= 20


def test_a_page_that_nobody_classified_is_caught():
    with twins.one_page_more(twins.honest):
        assert ways.unclassified() == ["address 'peek' is not classified"]


def test_a_row_without_a_page_is_caught():
    fewer = {name: pattern for name, pattern in ways.routes().items() if name != "merge"}

    assert ways.unclassified(listed_routes=lambda: fewer) == [
        "address 'merge' is classified, and is not there"
    ]


def test_a_command_that_nobody_classified_is_caught():
    import click

    from circumspect.faces.cli.commands import circumspect

    more = click.Group(
        commands={**circumspect.commands, "people": click.Group(commands={"list": click.Command("list")})}
    )

    assert ways.unclassified(tree=more) == ["command 'people list' is not classified"]


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ('from x import Actor, ActorKind\nJOB = Actor(ActorKind.JOB, "tidy")\n', "actor 'twin.py:tidy'"),
        ('import x\nJOB = x.Actor(kind=x.ActorKind.TERMINAL, id="kiosk")\n', "actor 'twin.py:?'"),
        ("import threading\nthreading.Thread(target=print).start()\n", "module with a thread 'twin.py'"),
        ('if __name__ == "__main__":\n    run()\n', "program 'twin.py'"),
    ],
)
def test_a_job_that_nobody_classified_is_caught(tmp_path, text, caught):
    (tmp_path / "faces" / "cli").mkdir(parents=True)
    tending = ways.SOURCE / "faces/cli/tending.py"
    (tmp_path / "faces/cli/tending.py").write_text(tending.read_text() + '\nparts["one more"] = _sign\n')
    (tmp_path / "twin.py").write_text(text)

    found = ways.unclassified(source=tmp_path)

    assert f"{caught} is not classified" in found
    assert "job 'one more' is not classified" in found


# the canaries sing


def test_every_field_has_a_canary_or_a_reason_why_not():
    """A field nobody plants is a field nobody would miss."""
    planted = {(each.series, each.field) for each in Person(0).canaries(dt.date(2026, 11, 23), "$x$hash")}
    every = {(name, each) for name, one in Fields.load().series.items() for each in one.fields}

    assert planted | set(UNMARKED) == every
    assert not planted & set(UNMARKED)


@pytest.mark.parametrize(
    "dress",
    [
        str,
        str.upper,
        html.escape,
        quote_plus,
        lambda text: text.encode().hex(),
        lambda text: base64.b64encode(b"ab" + text.encode()).decode(),
        lambda text: base64.urlsafe_b64encode(b"abcde" + text.encode()).decode().rstrip("="),
        lambda text: "".join(f"\\u{ord(each):04x}" for each in text),
        lambda text: zlib.compress(text.encode()),
    ],
)
def test_a_canary_is_found_however_it_is_dressed(dress):
    person = Person(3)
    canaries = person.canaries(dt.date(2026, 11, 23), "$x$hash")
    dressed = dress(person.form()["given_name"])
    raw = dressed if isinstance(dressed, bytes) else dressed.encode()

    assert {each.field for each in shown_in(b"<p>\x01" + raw + b"\x01</p>", canaries)} == {"given_name"}
    assert shown_in(b"<p>somebody else</p>", canaries) == []


# every page, by everybody


@pytest.mark.clause("MP-2.2", "MP-3.1", "MP-3.6", "MP-7.6", "MP-7.15", "MP-7.16", "MP-7.17")
@on_databases
def test_no_page_shows_anybody_anything_that_no_opening_let_out(served):
    """Every address, by twelve roles and by five who may not be there, with real forms and with stolen slips."""
    found = Crawl(World(served)).run()

    assert found.leaks == []
    assert found.broken == []
    assert beyond_the_table(found) == []
    assert found.requests > 1300
    # It saw what there is to see: everything a page shows was shown, to the desk and with an opening.
    never_shown = {
        ("registration", name) for name in ("driver_licence", "sex", "id_seen_on", "address_checked_on")
    }
    planted = {(each.series, each.field) for each in Person(0).canaries(served.today(), "$x$hash")}
    letters = {each for each in planted if each[0] in ("inquiries", "public mail")}
    assert found.seen["desk"] == planted - never_shown - {("pins", "hash")} - letters - {
        ("newsletter", "address")
    }
    # Nobody else saw anything but what they answer, and each of them was refused the rest, in writing.
    # Those in charge saw a packet that an order had named, and whose record a look under review was at.
    in_charge = {"privacy_in_charge", "deputy_director", "executive_director"}
    assert set(found.seen) == {*FLOOR, "reference", "communications", "foia_officer"} | in_charge
    assert ("pins", "hash") not in set().union(*found.seen.values())
    assert (
        found.seen["reference"]
        == {("registration", name) for name in ("given_name", "family_name", "standing")} | letters
    )
    public = {each for each in letters if each[0] == "public mail"}
    assert found.seen["communications"] == public | {("newsletter", "address")}
    assert found.seen["foia_officer"] == {("public mail", "message")}
    others = {str(role) for role in Role} - set(FLOOR)
    kinds = ("registration", "loans", "cards", "notes", "pins")
    assert {(role, kind) for role in others for kind in kinds} <= found.refused
    assert not set(STATES) & set(found.seen)


@pytest.fixture
def small_world(served):
    """A library with two windows: a clerk's, and one in the street."""
    return World(served, roles=("desk", "stranger"))


@on_databases
@pytest.mark.parametrize("twin", sorted(twins.LEAKS))
def test_a_page_that_reads_past_the_door_is_caught(small_world, twin):
    with twins.one_page_more(twins.LEAKS[twin]):
        found = Crawl(small_world).run(only=(twins.NAME,))

    assert any("desk, POST /peek/" in leak for leak in found.leaks)


@on_databases
def test_a_page_that_asks_is_not_caught(small_world):
    """The control: what is shown with an opening convicts nobody."""
    small_world.windows = small_world.windows[:1]
    with twins.one_page_more(twins.honest):
        found = Crawl(small_world).run(only=(twins.NAME,))

    assert found.leaks == []
    assert found.seen == {"desk": {("registration", "family_name")}}


# what nobody watches


def wait_for_something(world: World) -> None:
    """Let each patron wait for the same title."""
    from circumspect.records.catalog.models import Item
    from circumspect.records.circulation.requesting import place_hold
    from circumspect.records.holds.placing import Placed, Wanted
    from circumspect.trust.policy.request import Circumstance

    title = Item.objects.get(barcode=Person(0).damaged_item).title_id
    for patron in world.ids.values():
        placed = place_hold(
            world.house,
            world.actor_of(world.lead),
            patron,
            Wanted(title),
            pickup_branch="main",
            circumstance=Circumstance.OPEN_TRANSACTION,
        )
        assert isinstance(placed, Placed), placed


@pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
def test_unattended_work_asks_for_what_its_row_says_and_shows_nothing(served, clock):
    """The rounds of a year, and new index keys."""
    from circumspect.faces.cli.tending import tend
    from circumspect.records.patrons import upkeep

    world = World(served, windows=False)
    wait_for_something(world)
    start = served.ledger.size()
    clock.forward(days=28 + 365 - 3)
    done = tend(served, sweep=True)
    list(upkeep.rotate_index(served))

    entries = [entry.body for entry in served.ledger.entries(start, served.ledger.size())]
    asked = {
        name: {(body["action"], body["series"]) for body in entries if body["actor"] == name}
        for name in (
            *("job:forget", "job:rotate-keys", "job:computers", "job:circulation", "job:heartbeat"),
            "job:count",
        )
    }
    assert set(done) == set(ways.JOBS)
    assert done["loans tied to a new epoch"] == 7
    assert asked["job:forget"] == ways.ACTORS["records/patrons/relinking.py:forget"].acts
    assert done["fees tied to a new epoch"] == done["holds tied to a new epoch"] == 7
    assert asked["job:forget"] == {
        act
        for name, way in ways.JOBS.items()
        if name.endswith("tied to a new epoch") or name == "registrations run out forgotten"
        for act in way.acts
    }
    assert asked["job:rotate-keys"] == ways.ACTORS["records/patrons/upkeep.py:rotate-keys"].acts
    # What is a year late is given up and billed.
    assert asked["job:circulation"] == ways.JOBS["late items given up"].acts
    assert asked["job:computers"] == ways.JOBS["computers tended"].acts
    assert asked["job:count"] == ways.JOBS["cards in force counted"].acts
    assert {body["actor"] for body in entries} == set(asked)


# every question at the door


@pytest.mark.clause("MP-2.2", "MP-3.1")
@on_databases
def test_an_opening_reads_the_field_it_names_and_nothing_else(house):
    """Every role, action, purpose and field the policy allows, and a share of all the others."""
    found = reaching.Sweep(house, stride=1 if LONG else 11).run()

    assert found.faults == []
    assert found.allowed > 600
    assert found.refused > 40
    assert found.reads > 60 * found.allowed
    assert "trustee" not in {who for who, _, _ in found.opened}
    # What somebody sends to the library's office is read there, and what is a patron's record is not.
    seen = {(who, series) for who, action, (series, _) in found.opened if action in ("view", "use")}
    assert {series for who, series in seen if who == "communications"} == {"public mail", "newsletter"}
    assert {series for who, series in seen if who == "foia_officer"} == {"public mail", "records requests"}
    # Nothing is handed on or set aside but by those in charge of privacy, and no PIN, letter or report ever; nobody exports.
    # What a new request names the house sets aside by itself, under a seal.
    in_charge = {"privacy_in_charge", "deputy_director", "executive_director"}
    for action, who_may in (("disclose", in_charge), ("preserve", in_charge | {"job"})):
        done = {(who, series) for who, each, (series, _) in found.opened if each == action}
        assert {who for who, _ in done} == who_may
        assert not {"pins", "inquiries", "incidents", "newsletter", "ledger"} & {series for _, series in done}
    assert "export" not in {action for _, action, _ in found.opened}
    assert {("pins", "hash")} & {one for _, action, one in found.opened if action == "view"} == set()


@on_databases
@pytest.mark.parametrize("twin", sorted(reaching.TWINS))
def test_an_unsealer_that_ignores_its_grant_is_caught(house, twin):
    reaching.TWINS[twin](house)

    found = reaching.Sweep(house, stride=997, most=30).run()

    assert len(found.faults) >= 30


# the source


@pytest.mark.clause("MP-3.1")
def test_keys_and_ciphers_are_touched_where_they_may_be_and_nowhere_else():
    assert source.scan() == []


@pytest.mark.parametrize("twin", sorted(source.TWINS))
def test_a_module_that_goes_past_the_door_is_caught(twin):
    assert source.scan_twin(source.TWINS[twin])


def test_an_allowance_that_nobody_uses_is_caught():
    """A module may not keep a right to the keys that it does not need."""
    without = [(path, tree) for path, tree in ways.modules() if path != "faces/cli/doctor.py"]

    assert "faces/cli/doctor.py is allowed what it does not need: has the key store" in source.scan(without)


# every command


def attack(*options: str) -> subprocess.CompletedProcess[str]:
    """The attack in a process and a home of its own."""
    command = [sys.executable, str(HERE / "one_door.py"), *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=7200, check=False)


@pytest.fixture(scope="module")
def typed() -> subprocess.CompletedProcess[str]:
    """All commands typed once, and then one that is broken on purpose."""
    return attack(*(["--full"] if LONG else []))


@pytest.mark.clause("MP-3.6")
def test_no_command_says_or_writes_anything_of_anybody(typed):
    """What each prints and the files it writes; with ATTACKS=long every page and question too."""
    assert typed.returncode == 0, typed.stdout + typed.stderr
    assert "said by a command: 0" in typed.stdout


def test_a_command_that_reads_past_the_door_is_caught(typed):
    assert "command 'peek' is not classified" in typed.stdout
    # Whoever has the lowest number: their family name may also stand in another field of the world's.
    assert "peek: prints " in typed.stdout
