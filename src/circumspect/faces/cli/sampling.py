"""Fill a new home with the sample library, by the importers and use-cases a real library uses.

Days in the sample are offsets from today, so that it never grows old. Its loans are lent through the
door like any other, on a house whose lending clock stands on the day they were lent; the door writes
them down under the true time.

Source: the founding issue, section 3; ``circumspect.sample`` says what is in its files.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

from circumspect import composition, sample
from circumspect.faces.cli import lettermaking, making, sitemaking
from circumspect.faces.cli.problems import CommandError
from circumspect.home import Home
from circumspect.offices.importing.catalogloader import CodeRules, load_titles_and_items
from circumspect.offices.importing.csvrows import read_items_csv, read_patrons_csv
from circumspect.offices.importing.patronloader import HouseRegistrar, load_patrons
from circumspect.offices.importing.report import Report
from circumspect.offices.importing.rows import About, CatalogRow, TitleRow
from circumspect.offices.importing.validation import KnownCodes
from circumspect.offices.staff import accounts, appointing, designations, duty, signoff, training
from circumspect.offices.staff.appointing import Wish
from circumspect.offices.staff.designating import Title
from circumspect.offices.staff.models import StaffMember
from circumspect.records.catalog.facts import BranchFacts
from circumspect.records.catalog.usecases import known_codes, put_branch
from circumspect.records.circulation.lending import CheckedOut, check_out
from circumspect.records.circulation.models import ClosedDay
from circumspect.records.circulation.rules import LoanTerms
from circumspect.records.computers import places
from circumspect.records.computers.panel import clear_by_hand
from circumspect.records.patrons.cards import find_card, set_pin
from circumspect.records.patrons.categories import categories
from circumspect.trust.door.door import Clock
from circumspect.trust.door.house import House, utc_now
from circumspect.trust.policy.request import Actor, ActorKind, Circumstance, Reason

IMPORTER = Actor(ActorKind.JOB, "import")
_DAYS_AHEAD = 730
_LENDING_HOUR = dt.time(15, 30)


def fill(home: Home, scratch: Path) -> dict[str, int]:
    """Make the sample library in a home that has keys and databases.

    Args:
        scratch: A folder for files that live as long as this call.

    Returns:
        How many patrons, items and loans it has.

    Raises:
        CommandError: A row of the sample was refused: the sample and the importers do not agree.
    """
    making.publish_policy(home)
    making.put_item_types()
    today = composition.the_house().today()
    _put_branches(today)
    making.put_loan_rules(_loan_rules())
    lead = _hire(today)
    _put_computers(lead)
    items = load_titles_and_items(_items(scratch), CodeRules())
    patrons = _load_patrons(home, scratch, today)
    for report in (items, patrons):
        if report.refused:
            raise CommandError(
                f"the sample cannot be loaded: {report.refused} of its {report.kind} were refused"
            )
    sitemaking.fill_sample(composition.the_house(), int(lead.id))
    lettermaking.fill(composition.the_house(), _member("reference"), _member("comms"))
    _give_a_pin(composition.the_house(), lead)
    loans = _lend(composition.the_house(), lead, today)
    return {"patrons": patrons.added, "items": int(items.counts["items"]["added"]), "loans": loans}


def _put_branches(today: dt.date) -> None:
    for branch in sample.library().branches:
        hours = tuple(
            ((opens.strftime("%H:%M"), closes.strftime("%H:%M")),) if day else ()
            for day in branch.hours
            for opens, closes in [day or (dt.time(), dt.time())]
        )
        address = f"{branch.street}, {branch.city}, {branch.region} {branch.postcode}"
        put_branch(BranchFacts(branch.code, branch.name, address, hours))
        closed = branch.closed_days(today, today + dt.timedelta(days=_DAYS_AHEAD), today)
        ClosedDay.objects.bulk_create(
            (ClosedDay(branch=branch.code, day=day) for day in closed), ignore_conflicts=True
        )


def _loan_rules() -> dict[tuple[str, str, str], LoanTerms]:
    return {
        (rule.category, rule.item_type, rule.branch): LoanTerms(
            rule.category,
            rule.item_type,
            rule.branch,
            rule.days,
            rule.renewals,
            rule.max_items,
            rule.lendable,
        )
        for rule in sample.loan_rules()
    }


def _put_computers(lead: Actor) -> None:
    """Areas and seats, looked after by the lead. No machine of the sample has a client: new-key gives it a key."""
    for area in sample.computer_areas():
        places.put_area(area.code, area.name, area.branch, session_minutes=area.session_minutes)
        for name in area.seats:
            clear_by_hand(composition.the_house(), lead, places.add_seat(name, area.code).id)


def _hire(today: dt.date) -> Actor:
    """Make the sample's staff, all of whom have signed; the circulation lead as the door knows them."""
    members = {
        each.username: accounts.add_member(
            each.username, each.name, each.roles, each.password, branch=each.branch
        ).member
        for each in sample.staff()
    }
    version = signoff.version_in_force()
    if version is None:
        raise CommandError("no policy version is in force")
    for username, member in members.items():
        talked_to = members["director" if username != "director" else "pic"]
        signoff.sign(member, version, discussed_with=talked_to)
    _designate(members, today)
    return signoff.actor_for(members["lead"])


def _member(username: str) -> Actor:
    """One of the sample's staff, as the door knows them."""
    member = accounts.find_member(username)
    if member is None:
        raise CommandError("the sample cannot be loaded: somebody of its staff is missing")
    return signoff.actor_for(member)


def _designate(members: Mapping[str, StaffMember], today: dt.date) -> None:
    """The director names the deputy and the one in charge of privacy, for a year, and puts them on the roster."""
    until = today + dt.timedelta(days=364)
    for username, title in (("deputy", Title.DEPUTY_DIRECTOR), ("pic", Title.PRIVACY_IN_CHARGE)):
        appointing.designate(members["director"], members[username], Wish(title.value, today, until))
    for weekday in range(7):
        who = members["pic" if weekday < 5 else "deputy"]
        duty.put_shift(who, weekday, dt.time(9), dt.time(17))
    for member in (members["director"], members["deputy"], members["pic"]):
        for topic in designations.topics():
            training.record(members["director"], member, topic, today, renew_by=until)


def _items(scratch: Path) -> Iterator[CatalogRow | About]:
    """Titles and items as the reader of CSV files yields them, from the sample's two files joined."""
    about = {(row["title"], row["author"]): row for row in _rows("titles.csv")}
    joined = scratch / "items.csv"
    items = list(_rows("items.csv"))
    more = ("subjects", "language", "year", "publisher")
    _write(
        joined,
        [{**row, **{name: about[row["title"], row["author"]][name] for name in more}} for row in items],
    )
    materials = {key: row["material"] for key, row in about.items()}
    for entry in read_items_csv(joined):
        if isinstance(entry, TitleRow):
            yield replace(entry, material=materials.get((entry.title, entry.author), ""))
        else:
            yield entry


def _load_patrons(home: Home, scratch: Path, today: dt.date) -> Report:
    dated = scratch / "patrons.csv"
    rows = []
    for row in _rows("patrons.csv"):
        day = sample.day_of(row["expires_on"], today)
        rows.append({**row, "expires_on": day.isoformat() if day else ""})
    _write(dated, rows)
    known = KnownCodes(frozenset(categories(home.config)), known_codes()["branch"], default_branch="main")
    registrar = HouseRegistrar(composition.the_house(), IMPORTER)
    return load_patrons(registrar, read_patrons_csv(dated), known, today=today)


def _give_a_pin(house: House, lead: Actor) -> None:
    """One patron can sign in at home, as the first screen of a sample says."""
    number, pin = sample.PATRON
    card = find_card(house, number)
    if card is None:
        raise CommandError("the sample cannot be loaded: the patron who signs in at home is missing")
    set_pin(house, lead, card.patron, pin, circumstance=Circumstance.CARD_SCANNED)


def _lend(house: House, lead: Actor, today: dt.date) -> int:
    zone = ZoneInfo(sample.library().timezone)
    branches = {row["barcode"]: row["branch"] for row in _rows("items.csv")}
    lent = 0
    for row in sorted(_rows("loans.csv"), key=lambda row: -int(row["lent_days_ago"])):
        day = today - dt.timedelta(days=int(row["lent_days_ago"]))
        moment = min(dt.datetime.combine(day, _LENDING_HOUR, zone), utc_now())
        then = replace(house, clock=_standing_at(moment))
        card = find_card(house, row["card_number"])
        if card is None:
            raise CommandError("the sample cannot be loaded: a loan names a card that no patron has")
        # Some loans of the sample break the rules on purpose: those the lead lends with a reason.
        for override in (None, Reason.CORRECTION):
            answer = check_out(
                then,
                lead,
                card.patron,
                row["item_barcode"],
                branch=branches[row["item_barcode"]],
                override=override,
            )
            if isinstance(answer, CheckedOut):
                lent += 1
                break
    return lent


def _standing_at(moment: dt.datetime) -> Clock:
    return lambda: moment


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (sample.folder() / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
