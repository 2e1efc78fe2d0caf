"""Communications staff write, look, schedule, publish; directors publish policies; a clerk sees none of it."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from desk_support import ADA_CARD, DATABASES, AtDesk

from circumspect.faces.cli import mailing
from circumspect.home import Home
from circumspect.offices.publishing import outside, policies, reading
from circumspect.offices.publishing.models import EntryVersion, OutsideSite
from circumspect.offices.publishing.rules import Kind
from circumspect.offices.staff import signoff
from circumspect.records.communications import newsletter
from circumspect.records.communications.models import Subscription
from circumspect.records.outgoing import Became, Outgoing

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)

ENTRY = {
    "kind": "event",
    "title-en": "Story time",
    "summary-en": "For everybody.",
    "body-en": "Come **in**. <script>x</script>",
    "starts_at": "2026-11-30T10:30",
    "ends_at": "2026-11-30T11:15",
    "branch": "east",
}
POLICY = {
    "policy": "privacy",
    "version": "2027-01",
    "adopted_on": "2026-11-20",
    "adopted_by": "the Board",
    "title-en": "Privacy policy",
    "body-en": "MP-3.2. Records are confidential.",
    "collected-en": "Nothing new.",
    "used-en": "As before.",
    "disclosed-en": "Never.",
}


@pytest.fixture
def writer(library, staff_of):
    staff_of("camille", ["communications"])
    window = AtDesk()
    window.sign_in("camille")
    return window


@pytest.fixture
def director(library, staff_of):
    staff_of("marge", ["executive_director"])
    window = AtDesk()
    window.sign_in("marge")
    return window


def send(window: AtDesk, path: str, status: int = 200, **form: object) -> AtDesk:
    window.read(window.client.post(path, form, follow=True))
    assert window.response.status_code == status, window.text[:400]
    return window


def test_an_event_is_looked_at_first_then_kept_then_published(writer, library):
    """The look saves nothing and believes no HTML; a draft shows to nobody."""
    send(writer, "/publishing/entry/", **ENTRY, act="preview")
    assert "<strong>in</strong>" in writer.html
    assert "<script>x" not in writer.html.partition("As it will look")[2].partition("<form")[0]
    assert 'value="Story time"' in writer.html
    assert EntryVersion.objects.count() == 0

    send(writer, "/publishing/entry/", **ENTRY, act="draft")
    assert "Story time" in writer.text
    assert "draft" in writer.text
    assert reading.to_come(library.clock()) == []

    number = EntryVersion.objects.get().entry_id
    writer.open(f"/publishing/entry/?entry={number}")
    assert 'value="2026-11-30T10:30"' in writer.html
    send(writer, "/publishing/entry/", **ENTRY, entry=number, act="publish", shows_from="2026-11-24T09:00")
    assert "from Nov 24, 2026, 09:00 on" in writer.text
    (event,) = reading.to_come(library.clock() + dt.timedelta(days=1))
    assert event.starts_at == dt.datetime(2026, 11, 30, 16, 30, tzinfo=dt.UTC)


def test_what_is_wrong_names_its_field_and_everything_typed_comes_back(writer):
    """Nothing is saved."""
    send(writer, "/publishing/entry/", 422, **{**ENTRY, "starts_at": "tomorrow"}, act="draft")
    assert 'id="bad-starts_at"' in writer.html
    assert "Come **in**" in writer.html
    send(writer, "/publishing/entry/", 422, **{**ENTRY, "title-en": ""}, act="publish")
    assert 'id="bad-title-en"' in writer.html
    # In another language what is wrong is not folded away.
    send(writer, "/publishing/entry/", 422, **ENTRY, **{"summary-pl": "Dla dzieci."}, act="draft")
    assert re.search(
        r'<details open><summary>Write it in Polski(?:(?!</details>).)*id="bad-title-pl"', writer.html, re.S
    )
    assert EntryVersion.objects.count() == 0


def test_an_entry_that_could_not_be_published_is_not_kept_either(writer, library):
    """The page says that nothing was saved: the next try is the same entry, at the address its title gives."""
    ended = {"shows_from": "2026-12-02T10:00", "shows_until": "2026-12-01T10:00"}
    for wrong in (ended, {"shows_until": "tomorrow"}):
        send(writer, "/publishing/entry/", 422, **ENTRY, **wrong, act="publish")
        assert "Not saved yet." in writer.text
        assert EntryVersion.objects.count() == 0
    send(writer, "/publishing/entry/", **ENTRY, act="publish")
    (event,) = reading.to_come(library.clock())
    assert event.slug == "story-time"
    assert EntryVersion.objects.count() == 1


@pytest.mark.parametrize("name", ["starts_at", "shows_from", "shows_until"])
@pytest.mark.parametrize("year", ["0001", "9999"])
def test_a_year_at_the_end_of_the_calendar_is_told_so(writer, name, year):
    month_and_day = "01-01T00:00" if year == "0001" else "12-31T23:59"
    form = {**ENTRY, "ends_at": "", name: f"{year}-{month_and_day}"}
    send(writer, "/publishing/entry/", 422, **form, act="publish")
    assert f'id="bad-{name}"' in writer.html


def test_an_entry_is_withdrawn_and_shown_again(writer, library):
    """And posting it without an account or an address says what is missing."""
    send(writer, "/publishing/entry/", **{**ENTRY, "kind": "news"}, act="publish")
    number = EntryVersion.objects.get().entry_id
    send(writer, "/publishing/", entry=number, act="withdraw")
    assert reading.shown(Kind.NEWS, library.clock()) == []
    send(writer, "/publishing/", entry=number, act="show")
    assert len(reading.shown(Kind.NEWS, library.clock())) == 1
    send(writer, "/publishing/", 422, entry=EntryVersion.objects.get().pk, act="post", account="mastodon")
    assert "[publishing] address" in writer.text


@pytest.mark.clause("TH-5.3", "TH-3.3")
def test_the_register_is_kept_here_and_flags_what_is_missing(writer):
    """A service's secret is shown once and kept as a hash."""
    form = {
        "name": "Films",
        "address": "https://films.example/",
        "about-en": "Films.",
        "is_service": "yes",
        "sets-en": "A cookie.",
        "sign_on": "yes",
        "return_addresses": "https://films.example/back",
        "tells": "branch",
    }
    send(writer, "/publishing/outside/site/", 422, **{**form, "sets-en": ""})
    assert 'id="bad-sets-en"' in writer.html
    send(writer, "/publishing/outside/site/", **form)
    assert "Films has no link to its privacy policy" in writer.text
    send(writer, "/publishing/outside/", site="films", act="secret")
    row = OutsideSite.objects.get()
    secret = writer.html.partition('class="number">')[2].partition("<")[0]
    assert outside.is_secret(row, secret)
    assert secret not in str(OutsideSite.objects.values())
    writer.open("/publishing/outside/")
    assert secret not in writer.html
    writer.open("/publishing/outside/site/?site=films")
    assert 'value="Films"' in writer.html


@pytest.mark.clause("TH-6.2", "TH-7.3", "TH-7.4", "MP-7.16")
def test_one_form_publishes_for_everybody_and_gives_staff_the_same_text_to_sign(director, library):
    """A missing part of the note or a missing place publishes neither."""
    first = {
        name: text
        for name, text in POLICY.items()
        if not name.endswith(("collected-en", "used-en", "disclosed-en"))
    }
    send(director, "/publishing/policies/new/", **{**first, "version": "2026-11"})
    for wrong, field in (
        ({"disclosed-en": " "}, "bad-disclosed-en"),
        ({"material": "yes"}, "at least one more place"),
    ):
        send(director, "/publishing/policies/new/", 422, **{**POLICY, **wrong}, signing="anew")
        assert field in director.html
        assert "MP-3.2. Records are confidential." in director.html
    assert [row.version for row in policies.versions("privacy")] == ["2026-11"]
    assert signoff.number_in_force(library.clock()) == "2026-11"

    library.clock.forward(minutes=1)
    send(
        director,
        "/publishing/policies/new/",
        **POLICY,
        material="yes",
        places=["home", "slip"],
        signing="anew",
    )
    assert policies.in_force("privacy", library.clock()).version == "2027-01"
    assert signoff.version_in_force(library.clock()).text == "MP-3.2. Records are confidential."
    assert "/library/policies/privacy/" in director.html


@pytest.mark.clause("TH-7.1")
def test_an_overdue_review_is_flagged_and_its_outcome_kept(director, library):
    """The next one is a year on."""
    send(director, "/publishing/policies/new/", **POLICY)
    (due,) = policies.reviews()
    policies.PolicyReview.objects.filter(pk=due.pk).update(due_on=dt.date(2026, 11, 1))
    director.open("/publishing/policies/")
    assert "overdue" in director.text
    send(director, "/publishing/policies/", 422, review=due.pk, outcome=" ")
    send(director, "/publishing/policies/", review=due.pk, outcome="Kept as it is.")
    assert "Kept as it is." in director.text
    assert "overdue" not in director.text


class Postmaster:
    """A mail server that keeps what it took."""

    def __init__(self) -> None:
        self.mail: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.mail.append(envelope)
        return "250 ok"


@pytest.fixture
def postmaster(library: Any) -> Iterator[Postmaster]:
    """A real mail server, and a library that sends by it."""
    keeper, loop = Postmaster(), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(keeper, loop=loop), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    email = {
        "host": "127.0.0.1",
        "port": server.sockets[0].getsockname()[1],
        "tls": "none",
        "sender": "news@library.example",
        "bounces": "back@library.example",
    }
    config = {
        **library.home.config,
        "publishing": {"address": "https://library.example"},
        "mail": {"site": "https://library.example/library/"},
        "notices": {"email": email},
    }
    object.__setattr__(library, "home", Home(library.home.root, config))
    yield keeper
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def join(house: Any, address: str, topic: newsletter.Topic) -> None:
    """Ask for news, and say yes to the question."""
    asked: list[Outgoing] = []

    def keep(mail: Outgoing) -> Became:
        asked.append(mail)
        return Became.SENT

    newsletter.subscribe(house, address, language="en", topics=[topic])
    newsletter.send_questions(house, newsletter.Place("https://library.example/library/", "Library"), keep)
    found = re.search(r"newsletter/confirm/([a-z2-7]+)/", asked[0].body)
    assert found
    assert newsletter.confirm(house, found[1])


@pytest.mark.clause("TH-7.5", "TH-1.12", "TH-4.2")
def test_a_changed_policy_is_mailed_to_those_who_opted_in_once_and_without_tracking(
    director, writer, library, postmaster
):
    """From the tick on the form to what a real mail server took. Who left meanwhile is not written to."""
    ada, eve, cleo, ben = (f"{name}@mail.example" for name in ("ada", "eve", "cleo", "ben"))
    for address in (ada, eve):
        join(library, address, newsletter.Topic.POLICY)
    join(library, ben, newsletter.Topic.NEWS)
    leaving = {row.id for row in Subscription.objects.all()}
    join(library, cleo, newsletter.Topic.POLICY)
    cleos = Subscription.objects.exclude(id__in=leaving).get()
    first = {name: text for name, text in POLICY.items() if not name.startswith(("coll", "used", "discl"))}
    send(director, "/publishing/policies/new/", **{**first, "version": "2026-11"})
    library.clock.forward(minutes=1)
    send(director, "/publishing/policies/new/", **POLICY, by_mail="yes", signing="anew")
    assert mailing.send_letters(library) == 0, "nothing leaves until somebody presses"
    (change,) = policies.to_be_mailed()

    send(writer, "/publishing/", entry=change.pk, act="mail")
    send(writer, "/publishing/", 422, entry=change.pk, act="mail")
    assert newsletter.unsubscribe(library, newsletter.leave_code(library, cleos))
    newsletter.subscribe(library, cleo, language="en", topics=[newsletter.Topic.POLICY])
    sent = [mailing.send_letters(library) for _round in range(2)]

    assert sent == [2, 0]
    assert sorted(envelope.rcpt_tos for envelope in postmaster.mail) == [[ada], [eve]]
    told = []
    for envelope in postmaster.mail:
        mail = message_from_bytes(envelope.content, policy=default)
        assert mail.get_content_type() == "text/plain"
        text = str(mail.get_content())
        links = re.findall(r"https?://\S+", text)
        assert len(links) == 2
        assert links[0] == "https://library.example/library/policies/privacy/versions/"
        assert mail["List-Unsubscribe"] == f"<{links[1]}>"
        told.append(text.replace(links[1], ""))
    # But for the way out, every reader is sent the same: nothing in it tells one from another.
    assert told[0] == told[1]
    assert "Nothing new." in told[0]


def test_a_clerk_sees_none_of_it_and_a_writer_no_policies(desk, writer):
    """Neither reads nor writes."""
    for window, paths in (
        (desk, ("/publishing/", "/publishing/entry/", "/publishing/outside/", "/publishing/outside/site/")),
        (desk, ("/publishing/policies/", "/publishing/policies/new/")),
        (writer, ("/publishing/policies/", "/publishing/policies/new/")),
    ):
        for path in paths:
            assert window.client.get(path).status_code == 403, path
            assert window.client.post(path, ENTRY | POLICY).status_code == 403, path
    assert EntryVersion.objects.count() == 0
    assert policies.versions("privacy") == []


@pytest.mark.clause("TH-7.3", "TH-2.11")
def test_slips_carry_the_change_and_the_wireless_warning_in_every_language(director, desk, library):
    """Where the library chose so; a slip without a change says nothing of it."""
    desk.scan(ADA_CARD)
    assert "privacy policy" not in desk.does("/slip/").content.decode()
    send(director, "/publishing/policies/new/", **POLICY)
    library.clock.forward(minutes=1)
    send(director, "/publishing/policies/new/", **{**POLICY, "version": "2"}, material="yes", places=["slip"])
    desk.open("/")
    desk.scan(ADA_CARD)
    slip = desk.does("/slip/").content.decode()
    for words in ("Our privacy policy changes", "política de privacidad", "polityka prywatności"):
        assert words in slip
