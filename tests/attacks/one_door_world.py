"""A library whose patrons are canaries, and everybody who may stand at a desk, allowed to or not.

Twelve members of staff with one role each; one who has not signed the policy, one whose screen is
locked, one whose account was closed in mid-session, one who signed out, and somebody from the street. Each
has a browser window of their own. Slips are made by the program's own sealing, for whomever we like: a
stolen slip is no harder for this attack than an honest one, and what then happens is up to the door.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from one_door_canaries import Canary, Person
from stolen_fees import owe_for

from designated import designate

PASSWORD = "nine-herons-over-the-weir"
FLOOR = ("desk", "circulation_lead")
STATES = ("unsigned", "locked", "disabled", "signed-out", "stranger")
SHELF = 12  # books on the shelf for each window


class StandingClock:
    """A clock that stands still, so that nobody is locked out for having been slow."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now


@dataclass
class Window:
    """One browser window.

    Attributes:
        member: Whose; None for somebody from the street.
        state: "live", or what is wrong with them.
        people: The two patrons they work on.
        watched: A patron they are never given a slip for.
    """

    name: str
    client: Any
    member: Any
    state: str
    people: tuple[Person, Person]
    watched: Person
    shelf: list[str] = field(default_factory=list)
    session_key: str = ""

    @property
    def actor(self) -> str:
        """As the ledger names them."""
        return f"staff:{self.member.pk}" if self.member else "nobody"

    def turn(self) -> int:
        """The turn their session is at; only a live session has one."""
        return (
            int(self.client.session.get("desk_turn", 0))
            if self.state in ("live", "unsigned", "locked")
            else 0
        )


class World:
    """The library, its canaries and its windows."""

    def __init__(self, house: Any, *, windows: bool = True, roles: Collection[str] = ()) -> None:
        from circumspect.trust.policy.request import Role

        self.house = house
        self.today = house.today()
        self.ids: dict[str, int] = {}
        self.tokens: dict[str, set[tuple[int, bytes]]] = {}
        self.canaries: list[Canary] = []
        self.notes: dict[str, int] = {}
        self.requests: dict[str, int] = {}
        self.letters: dict[str, tuple[int, int]] = {}
        self._readers: set[int] = set()
        # What stands for the named parts of addresses.
        self.names: dict[str, str] = {"kind": "question", "slug": "story-hour"}
        self.heirs: dict[str, str] = {}
        self._publish()
        self._shelve_first()
        self.lead = self._hire("founder", ["circulation_lead", "desk"])
        self.seats: list[int] = self._computers()
        for number in range(7):
            self._register(Person(number))
        self._make_form()
        self.names["case"] = self._case()
        self.names["asked"] = self._asked()
        self.windows: list[Window] = []
        if windows:
            self.windows = [
                self._window(str(role), [str(role)]) for role in Role if not roles or role in roles
            ]
            self.windows += [
                self._window(state, ["desk"], state) for state in STATES if not roles or state in roles
            ]
            self.colleague = self._window("colleague", ["circulation_lead", "desk"])

    def _case(self) -> str:
        """A request with a paper, whose packet of two people's records waits to be looked through; its number."""
        from dataclasses import replace

        from circumspect import composition
        from circumspect.offices.privacydesk import caseids, cases, packets
        from circumspect.offices.privacydesk.kinds import MACHINES
        from circumspect.offices.privacydesk.machines import Ask
        from circumspect.offices.privacydesk.scopes import Line, Scope

        said = {Ask.DAY: "2026-12-01", Ask.MOMENT: "2026-11-23 10:00", Ask.YES_NO: "yes"}
        who = replace(self.actor_of(self.lead), roles=frozenset({"executive_director"}))
        told = {"what": "paper", "came_at": "2026-11-23 10:00", "urgent": "yes"}
        case = cases.take_in(self.house, who, told, [cases.Upload("order.txt", b"In the Circuit Court")])
        cases.do(self.house, who, case, "sort", {"kind": "court_order"})
        check = MACHINES["court_order"].step("check")
        assert check is not None
        cases.do(
            self.house, who, case, "check", {each.name: said.get(each.ask, "told") for each in check.fields}
        )
        names = frozenset({"given_name", "family_name", "email"})
        named = [Line(patron, "registration", names) for patron in list(self.ids.values())[:2]]
        named.append(Line(named[0].patron, "loans", frozenset({"item"})))
        scope = Scope(tuple(named)).to_text()
        cases.do(self.house, who, case, "scope", {}, makes=lambda *_: {"scope": scope})
        cases.do(
            self.house,
            who,
            case,
            "cut",
            {},
            makes=lambda seen, *_: packets.cut(self.house, who, seen, composition.collectors()),
        )
        return caseids.number_of(case)

    def _asked(self) -> str:
        """A request for public records that names somebody; its number."""
        from dataclasses import replace

        from circumspect.offices.privacydesk import caseids, foia

        who = replace(self.actor_of(self.lead), roles=frozenset({"foia_officer"}))
        told = {
            "asked": "All budgets",
            "requester": "C. Nobody",
            "received_at": "2026-11-23 09:00",
            "came_by": "letter",
        }
        return caseids.number_of(foia.take_in(self.house, who, told))

    # whose is what

    def note_heirs(self, window: Window) -> None:
        """After two records became one, loans, requests, fees, cards and notes of the spare one are the other's."""
        kept, spare = (self.ids[person.stem] for person in window.people)
        if spare not in self.house.vault.subjects_with_keys([kept, spare]):
            self.heirs[window.people[1].stem] = window.people[0].stem

    def tokens_for(self, canary: Canary) -> set[tuple[int, bytes]]:
        """The marks in the ledger that say an entry is about the owner of a value."""
        tokens = set(self.tokens[canary.whose])
        heir = self.heirs.get(canary.whose, "")
        return (
            tokens | self.tokens[heir]
            if heir and canary.series in ("loans", "cards", "notes", "ill", "fees")
            else tokens
        )

    # staff

    def _publish(self) -> None:
        from circumspect.offices.staff import policy_text, signoff

        if signoff.version_in_force(self.house.clock()) is not None:
            return
        signoff.publish(
            "2026-11",
            policy_hash=self.house.policy.hash,
            text=policy_text.text(),
            requires_signature=True,
            in_force_from=self.house.clock() - dt.timedelta(days=1),
        )

    def _hire(self, username: str, roles: list[str], *, signs: bool = True) -> Any:
        from circumspect.offices.staff import accounts, signoff

        member = accounts.add_member(username, f"Colleague {username}", roles, PASSWORD).member
        designate(member, now=self.house.clock())
        if signs:
            version = signoff.version_in_force(self.house.clock())
            assert version is not None, "nobody can sign what is not in force"
            signoff.sign(member, version, now=self.house.clock())
        return member

    def actor_of(self, member: Any) -> Any:
        """A member as the door knows them."""
        from circumspect.offices.staff import signoff

        return signoff.actor_for(member, now=self.house.clock())

    def _window(self, name: str, roles: list[str], state: str = "live") -> Window:
        from django.test import Client

        people = {"desk": (3, 4), "circulation_lead": (5, 6)}.get(name, (1, 2))
        member = (
            None
            if state == "stranger"
            else self._hire(name.replace("_", "."), roles, signs=state != "unsigned")
        )
        window = Window(
            name,
            Client(raise_request_exception=False),
            member,
            state,
            (Person(people[0]), Person(people[1])),
            Person(0),
            self._books(name),
        )
        if member is not None:
            sign_in(window)
            window.session_key = window.client.session.session_key
        bring_to(window)
        return window

    # patrons and books

    def _shelve_first(self) -> None:
        from circumspect.records.catalog.facts import BranchFacts, ItemTypeFacts
        from circumspect.records.catalog.usecases import put_branch, put_item_type

        put_branch(BranchFacts("main", "Main Library"))
        put_branch(BranchFacts("east", "East Branch"))
        put_item_type(ItemTypeFacts("book", "Book"))

    def _computers(self) -> list[int]:
        from circumspect.records.computers import panel, places

        places.put_area("adult", "Adult computers", "main", session_minutes=60)
        seats = [places.add_seat(f"Main {number}", "adult").id for number in (1, 2)]
        for seat in seats:
            panel.clear_by_hand(self.house, self.actor_of(self.lead), seat)
        return seats

    def _book(self, barcode: str, title: str) -> None:
        from circumspect.records.catalog.facts import ItemFacts, TitleFacts
        from circumspect.records.catalog.usecases import upsert_item, upsert_title

        upsert_item(ItemFacts(barcode, upsert_title(TitleFacts(f"t:{barcode}", title)), "book", "main"))

    def _books(self, name: str) -> list[str]:
        barcodes = [
            f"SH{name.upper().replace('_', '').replace('-', '')}{number:02d}" for number in range(SHELF)
        ]
        for barcode in barcodes:
            self._book(barcode, f"Nad Niemnem, copy {barcode[2:]}")
        return barcodes

    def _register(self, person: Person) -> None:
        from circumspect.records.circulation.lending import CheckedOut, check_out
        from circumspect.records.ill.asking import Asked, ask
        from circumspect.records.ill.citations import Citation
        from circumspect.records.patrons import cards, notes
        from circumspect.records.patrons.registration import Registration, register
        from circumspect.trust.policy.request import Circumstance

        house, lead = self.house, self.actor_of(self.lead)
        form: dict[str, Any] = {
            **person.form(),
            **person.optional(),
            "card_number": person.card,
            "birth_date": person.birth_date,
            "expires_on": person.expires_on,
            "id_seen_on": person.id_seen_on,
            "address_checked_on": person.address_checked_on,
        }
        patron = register(house, lead, Registration(**form))
        here: dict[str, Any] = {"circumstance": Circumstance.CARD_SCANNED}
        until = person.note_until(self.today)
        added = notes.add_note(house, lead, patron, kind="card", text=person.note, expires_on=until, **here)
        cards.set_pin(house, lead, patron, person.pin, **here)
        self._book(person.item, person.title)
        lent = check_out(house, lead, patron, person.item, branch="main")
        assert isinstance(lent, CheckedOut), lent
        asked = ask(house, lead, patron, Citation(person.wish), pickup_branch="main", **here)
        assert isinstance(asked, Asked), asked
        self.requests[person.stem] = asked.request_id
        self._book(person.damaged_item, person.damaged_title)
        owe_for(house, patron, person.damaged_item)
        self.ids[person.stem] = patron
        self.notes[person.stem] = getattr(added, "id", added)
        self.tokens[person.stem] = set(house.vault.links("ledger", patron).items())
        self._write(person)
        self.canaries += person.canaries(self.today, self._pin_hash(patron))

    def _write(self, person: Person) -> None:
        """Let somebody write to the library: each letter has a key of its own, whose marks say that it is theirs."""
        from circumspect.records.communications import newsletter
        from circumspect.records.communications.models import Subscription
        from circumspect.records.inquiries.intake import Letter, send_in
        from circumspect.records.inquiries.rules import Kind
        from circumspect.records.inquiries.shelves import File, Sender, Text

        house, wrote = self.house, person.letters()
        sent = []
        for kind, who in ((Kind.QUESTION, "asker"), (Kind.SUGGESTION, "suggester")):
            content = f"about {wrote[f'{kind.value}_file']}".encode()
            letter = Letter(kind, Text("", wrote[kind.value]), Sender(wrote[who]), (File("a.txt", content),))
            sent.append(send_in(house, letter, patron=self.ids[person.stem]))
        newsletter.subscribe(house, wrote["reader"], language="en", topics=[newsletter.Topic.NEWS])
        Subscription.objects.update(state="confirmed")
        reader = Subscription.objects.order_by("-id").exclude(id__in=self._readers).get()
        self._readers.add(reader.id)
        self.letters[person.stem] = (sent[0], sent[1])
        for subject in (*sent, reader.id):
            self.tokens[person.stem] |= set(house.vault.links("ledger", subject).items())
        self.names["code"] = newsletter.leave_code(house, reader)

    def _make_form(self) -> None:
        from circumspect.records.inquiries import formmaking
        from circumspect.records.inquiries.fieldkinds import FieldKind, FormField, FormWords

        said = dict.fromkeys(("en", "es", "pl"), "Story hour")
        words = FormWords(said, {}, (FormField(FieldKind.LINE, True, said),))
        librarian = self.actor_of(self._hire("formmaker", ["reference"]))
        formmaking.put_form(self.house, librarian, "story-hour", words)
        formmaking.set_open(self.house, librarian, "story-hour", is_open=True)

    def _pin_hash(self, patron: int) -> str:
        from circumspect.records.patrons.models import Pin
        from circumspect.trust.policy.request import Action, Actor, ActorKind, Circumstance, Purpose
        from circumspect.trust.vault.sealed import Sealed

        opening = self.house.door.ask(
            Actor(ActorKind.TERMINAL, "kiosk"),
            action=Action.USE,
            purpose=Purpose.SIGN_IN,
            series="pins",
            subjects=[patron],
            fields={"hash"},
            circumstance=Circumstance.CARD_SCANNED,
        )
        row = Pin.objects.get(patron_id=patron)
        value: str = opening.read(Sealed("pins", "hash", patron, patron, row.sealed_hash))
        return value


def sign_in(window: Window) -> None:
    """Sign in by the page, as everybody does."""
    window.client.post(
        "/sign-in/", {"step": "password", "username": window.member.username, "password": PASSWORD}
    )
    session = window.client.session
    assert "staff" in session, "the attack could not sign in, and so would attack nothing"
    # As if a fresh proof had just been given: what it guards is to hold by itself.
    session["staff_step_up"] = session["staff"]["last"]
    session.save()


def bring_to(window: Window) -> None:
    """Bring a window into the state it is to be attacked in."""
    from circumspect.offices.staff import accounts

    if window.state == "locked":
        window.client.post("/lock/")
    elif window.state == "signed-out":
        window.client.post("/sign-out/")
    elif window.state == "disabled":
        accounts.disable(window.member)


# tokens of pages


@dataclass(frozen=True)
class Token:
    """A token to be put into a form when it is sent.

    Attributes:
        use: What the page would use it for: "open", "choice", "before", "kept".
        how: "own", "stale" (of an earlier turn), "foreign" (another member's), "cut" (damaged).
    """

    use: str
    content: dict[str, Any]
    how: str = "own"

    def made_for(self, window: Window, other: Window) -> str:
        """The token as text."""
        from circumspect.faces.desk import opened

        whose = other if self.how == "foreign" or window.member is None else window
        turn = whose.turn() - (1 if self.how == "stale" else 0)
        session = _Session({opened.TURN_KEY: turn})
        session.session_key = whose.session_key
        sealed = opened.seal(SimpleNamespace(member=whose.member, session=session), self.use, self.content)  # type: ignore[arg-type]
        return sealed[:-8] + "AAAAAAAA" if self.how == "cut" else sealed


class _Session(dict[str, Any]):
    session_key = ""


@contextlib.contextmanager
def light_passwords() -> Iterator[None]:
    """The real hasher with a small memory: nothing here is about its strength."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    before = {
        name: getattr(Argon2PasswordHasher, name) for name in ("memory_cost", "time_cost", "parallelism")
    }
    for name, value in (("memory_cost", 64), ("time_cost", 1), ("parallelism", 1)):
        setattr(Argon2PasswordHasher, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(Argon2PasswordHasher, name, value)


def switch_on_everything(home: Any) -> Any:
    """A home that collects the optional details too, so that they are there to leak."""
    from circumspect.home import CONFIG_NAME, Home

    config = home.root / CONFIG_NAME
    config.write_text(config.read_text().replace("on = []", 'on = ["driver_licence", "sex"]'))
    return Home.open(home.root)
