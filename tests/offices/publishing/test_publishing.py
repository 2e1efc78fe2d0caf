"""Versions, schedules, policies and the register of outside sites, against a real database."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from circumspect.offices.publishing import founding, outside, policies, reading, writing
from circumspect.offices.publishing.models import PolicyReview, PolicyText
from circumspect.offices.publishing.rules import Kind, Place, PublishingError
from circumspect.trust.policy.clauses import ClauseRegister
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=["default"])
NOW = dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)
HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WRITER = Actor(ActorKind.STAFF, "7", frozenset({"communications"}), True, "2026-11")
DIRECTOR = Actor(ActorKind.STAFF, "1", frozenset({"executive_director"}), True, "2026-11")


def draft(title: str = "Open late", **more: Any) -> writing.Draft:
    return writing.Draft(Kind.NEWS, {"en": {"title": title, "summary": "", "body": "Until nine."}}, **more)


def new(version: str, **more: Any) -> policies.NewVersion:
    told = {
        "policy": "privacy",
        "version": version,
        "texts": {"en": {"title": "Privacy", "summary": "", "body": f"We keep little. {version}"}},
        "adopted_on": dt.date(2026, 11, 1),
        "adopted_by": "the Board",
        "in_force_from": NOW,
        "note": {"en": {"collected": "a", "used": "b", "disclosed": "c"}},
    }
    return policies.NewVersion(**{**told, **more})


# entries


def test_a_draft_is_shown_to_nobody_and_a_version_from_its_moment_on():
    """Until then the one before it stands."""
    first = writing.save_draft(draft(), WRITER, now=NOW)
    assert reading.shown(Kind.NEWS, NOW) == []
    writing.publish(first, now=NOW)
    second = writing.save_draft(draft("Open later"), WRITER, now=NOW + HOUR, entry_id=first.entry_id)
    writing.publish(second, now=NOW + HOUR, shows_from=NOW + DAY, shows_until=NOW + 2 * DAY)

    titles = [
        [each.texts["en"]["title"] for each in reading.shown(Kind.NEWS, NOW + later)]
        for later in (HOUR, DAY, 3 * DAY)
    ]
    assert titles == [["Open late"], ["Open later"], []]
    assert reading.one(Kind.NEWS, "open-late", NOW + DAY).number == 2
    assert reading.one(Kind.NEWS, "open-late", NOW + DAY).first_shown == NOW


def test_what_is_published_is_never_written_over():
    """A further draft is a further version."""
    first = writing.publish(writing.save_draft(draft(), WRITER, now=NOW), now=NOW)
    again = writing.save_draft(draft("Other"), WRITER, now=NOW, entry_id=first.entry_id)
    kept = writing.save_draft(draft("Third"), WRITER, now=NOW, entry_id=first.entry_id)

    assert again.pk == kept.pk
    first.refresh_from_db()
    assert first.texts["en"]["title"] == "Open late"
    with pytest.raises(PublishingError):
        writing.publish(first, now=NOW)
    assert first.by == "staff:7"


def test_two_of_one_title_have_two_addresses_and_a_withdrawn_one_is_gone():
    """And may come back."""
    one, two = (writing.publish(writing.save_draft(draft(), WRITER, now=NOW), now=NOW) for _ in range(2))
    assert {each.slug for each in reading.shown(Kind.NEWS, NOW)} == {"open-late", "open-late-2"}
    writing.withdraw(one.entry_id)
    assert [each.id for each in reading.shown(Kind.NEWS, NOW)] == [two.entry_id]
    writing.withdraw(one.entry_id, withdrawn=False)
    assert len(reading.shown(Kind.NEWS, NOW)) == 2


def test_an_event_has_a_beginning_and_is_over_after_its_end():
    """In the order of days."""
    for day, title in ((3, "Later"), (1, "Sooner"), (-2, "Over")):
        event = writing.Draft(
            Kind.EVENT,
            {"en": {"title": title, "body": "x"}},
            starts_at=NOW + day * DAY,
            ends_at=NOW + day * DAY + HOUR,
        )
        writing.publish(writing.save_draft(event, WRITER, now=NOW), now=NOW)
    assert [each.texts["en"]["title"] for each in reading.to_come(NOW)] == ["Sooner", "Later"]
    for wrong, field in (
        ({}, "starts_at"),
        ({"starts_at": NOW, "ends_at": NOW}, "ends_at"),
        ({"starts_at": NOW, "branch": "moon"}, "branch"),
    ):
        with pytest.raises(PublishingError) as problem:
            writing.save_draft(
                writing.Draft(Kind.EVENT, {"en": {"title": "x", "body": "x"}}, **wrong), WRITER, now=NOW
            )
        assert problem.value.field == field


def test_a_lists_titles_are_found_or_named_by_their_line():
    """Never guessed."""
    from circumspect.records.catalog.facts import TitleFacts
    from circumspect.records.catalog.usecases import upsert_titles

    upsert_titles([TitleFacts("a", "Lalka"), TitleFacts("b", "Lalka i inne"), TitleFacts("c", "Nad Niemnem")])
    assert len(writing.find_titles([("Lalka", "exact"), ("niemnem", "words")])) == 2
    with pytest.raises(PublishingError, match="line 2"):
        writing.find_titles([("Niemnem", ""), ("nowhere", "")])


def test_only_communications_and_directors_write_and_only_directors_publish_policies():
    """A desk clerk does neither; a closed account does nothing."""
    clerk = Actor(ActorKind.STAFF, "2", frozenset({"desk"}), True)
    closed = Actor(ActorKind.STAFF, "3", frozenset({"communications", "executive_director"}), False)
    assert [writing.may_write(each) for each in (WRITER, DIRECTOR, clerk, closed)] == [
        True,
        True,
        False,
        False,
    ]
    assert [policies.may_publish(each) for each in (WRITER, DIRECTOR, clerk, closed)] == [
        False,
        True,
        False,
        False,
    ]


# policies


@pytest.mark.clause("TH-6.2", "TH-7.4", "TH-8.1")
def test_a_version_stands_with_its_day_and_body_and_a_change_without_its_note_is_refused():
    """The first needs none; nothing is stored of what is refused."""
    policies.publish(new("1", note={}), now=NOW)
    with pytest.raises(PublishingError):
        policies.publish(new("2", note={}, in_force_from=NOW + DAY), now=NOW)

    row = policies.in_force("privacy", NOW)
    assert (row.version, row.adopted_on, row.adopted_by) == ("1", dt.date(2026, 11, 1), "the Board")
    assert PolicyText.objects.count() == 1


@pytest.mark.clause("TH-8.1", "TH-6.3", "TH-7.2")
def test_the_version_in_force_on_any_day_can_be_asked_and_every_past_one_read():
    """At one address, whatever is published."""
    policies.publish(new("1", in_force_from=NOW - 30 * DAY, note={}), now=NOW - 30 * DAY)
    policies.publish(new("2"), now=NOW)
    policies.publish(new("3", in_force_from=NOW + 9 * DAY), now=NOW)

    then = [policies.in_force("privacy", NOW + later) for later in (-40 * DAY, -1 * DAY, 0 * DAY, 10 * DAY)]
    assert [row.version if row else None for row in then] == [None, "1", "2", "3"]
    assert [row.version for row in policies.versions("privacy")] == ["3", "2", "1"]
    with pytest.raises(PublishingError, match="never changes"):
        policies.publish(new("1", in_force_from=NOW + 20 * DAY), now=NOW)
    with pytest.raises(PublishingError):
        policies.publish(new("4", in_force_from=NOW - DAY), now=NOW)


@pytest.mark.clause("TH-7.3")
def test_a_change_that_matters_shows_where_it_was_to_show_and_then_no_more():
    """For thirty days from the day it came into force."""
    policies.publish(new("1", in_force_from=NOW - 90 * DAY, note={}), now=NOW - 90 * DAY)
    policies.publish(new("2", material=True, places=["home", "slip"], in_force_from=NOW + DAY), now=NOW)

    for place, wanted in ((Place.HOME, 1), (Place.SLIP, 1), (Place.SIGN_IN, 0)):
        assert len(policies.changes_at(place, NOW)) == wanted
    assert policies.changes_at(Place.HOME, NOW - HOUR) == []
    assert policies.changes_at(Place.HOME, NOW + 40 * DAY) == []


@pytest.mark.clause("TH-7.5")
def test_those_who_asked_are_written_to_once_whatever_is_pressed_twice():
    """And nobody, where the library did not choose to."""
    sent: list[Any] = []

    def mail(letters: Any) -> int:
        sent.append(letters)
        return 3

    policies.publish(new("1", in_force_from=NOW - DAY, note={}), now=NOW)
    quiet = policies.publish(new("2"), now=NOW)
    loud = policies.publish(new("3", by_mail=True, in_force_from=NOW + HOUR), now=NOW)
    letters = {"en": ("Our policy changes", "Read it.")}

    assert policies.tell_by_mail(quiet, mail, letters, now=NOW) == 0
    assert [policies.tell_by_mail(loud, mail, letters, now=NOW) for _ in range(2)] == [3, 0]
    assert sent == [letters]


@pytest.mark.clause("TH-7.1")
def test_a_review_is_due_a_year_on_and_an_overdue_one_is_flagged():
    """Its outcome is kept, and the next one set."""
    policies.publish(new("1", note={}), now=NOW)
    (due,) = policies.reviews()
    assert due.due_on == dt.date(2027, 11, 23)
    assert policies.overdue(dt.date(2027, 11, 23)) == []
    assert policies.overdue(dt.date(2027, 11, 24)) == [due]

    with pytest.raises(PublishingError):
        policies.review_done(due.pk, " ", DIRECTOR, today=dt.date(2027, 11, 24))
    policies.review_done(due.pk, "Kept as it is.", DIRECTOR, today=dt.date(2027, 11, 24))
    with pytest.raises(PublishingError):
        policies.review_done(due.pk, "Again.", DIRECTOR, today=dt.date(2027, 11, 24))

    assert policies.overdue(dt.date(2028, 1, 1)) == []
    assert PolicyReview.objects.get(pk=due.pk).outcome == "Kept as it is."
    assert [row.due_on for row in policies.reviews() if row.done_on is None] == [dt.date(2028, 11, 24)]


@pytest.mark.clause("MP-2.1")
def test_the_policy_a_library_starts_with_has_every_clause_in_every_language():
    """In the register's order, each once; no language is shorter than another."""
    ids = list(ClauseRegister.load().clauses)
    sections = {clause.section for clause in ClauseRegister.load().clauses.values()}
    for language, told in founding.texts().items():
        found = [part.split(". ")[0] for part in told["body"].split("\n\n") if part[:3] in ("MP-", "TH-")]
        assert found == ids, language
        words = founding.words(language)
        assert set(words["sections"]) == sections
        if language != "en":
            assert set(words["clauses"]) == set(ids)
            assert all(text.strip() for text in words["clauses"].values())


# outside sites


def site(**more: Any) -> outside.Site:
    told: dict[str, Any] = {"name": "Films", "address": "https://films.example/", "about": {"en": "Films."}}
    return outside.Site(**{**told, **more})


@pytest.mark.clause("TH-3.3", "TH-5.3")
def test_a_service_says_what_it_sets_and_one_without_a_policy_is_flagged():
    """So is a link that does not answer."""
    with pytest.raises(PublishingError) as problem:
        outside.put(site(is_service=True))
    assert problem.value.field == "sets-en"
    outside.put(site(is_service=True, sets={"en": "A cookie."}))
    outside.put(site(name="Maps", address="https://maps.example/", privacy_address="https://maps.example/p"))

    assert [(row.slug, words) for row, words in outside.flagged()] == [
        ("films", "has no link to its privacy policy")
    ]
    asked: list[str] = []

    def answers(address: str) -> bool:
        asked.append(address)
        return not address.endswith("/p")

    assert outside.check_links(dt.date(2026, 11, 23), answers) == 1
    assert outside.check_links(dt.date(2026, 11, 24), answers) == 0, "tried of late: not again"
    assert sorted(asked) == ["https://films.example/", "https://maps.example/", "https://maps.example/p"]
    assert ("maps", "has a privacy policy that does not answer") in [
        (row.slug, words) for row, words in outside.flagged()
    ]


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"name": " "}, "name"),
        ({"address": "javascript:alert(1)"}, "address"),
        ({"address": "https://user:pass@films.example/"}, "address"),
        ({"privacy_address": "ftp://x"}, "privacy_address"),
        ({"about": {}}, "about-en"),
        ({"sign_on": True}, "sign_on"),
        ({"is_service": True, "sets": {"en": "x"}, "sign_on": True}, "return_addresses"),
        ({"return_addresses": ["http://films.example/back"]}, "return_addresses"),
        ({"tells": ["name"]}, "tells"),
    ],
)
def test_what_does_not_do_names_its_field(more, field):
    """And nothing is stored; a service cannot be told a name, for there is no word for it."""
    with pytest.raises(PublishingError) as problem:
        outside.put(site(**more))
    assert problem.value.field == field
    assert outside.shown() == []


def test_a_link_is_tried_over_http_and_a_dead_one_is_dead():
    """Against a server of our own."""
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert "Referer" not in self.headers
            assert "Cookie" not in self.headers
            self.send_response({"/here": 200, "/shy": 403}.get(self.path, 404))
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        assert [outside._answers(base + path) for path in ("/here", "/shy", "/gone")] == [True, True, False]
    finally:
        server.shutdown()
        server.server_close()
    assert not outside._answers("http://127.0.0.1:1/")
