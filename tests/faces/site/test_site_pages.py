"""What the pages say: what is kept and how long, cookies, where links lead, the wireless warning, policies and their versions."""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from django.utils import translation
from icalendar import Calendar
from site_support import DATABASES, Reader, fill_site

from circumspect.faces.portal import inventorywords, lookwords
from circumspect.faces.public import languages
from circumspect.faces.site import keeping
from circumspect.home import Home
from circumspect.offices.publishing import policies
from circumspect.records.series import inventory
from circumspect.trust.policy.clauses import ClauseRegister
from circumspect.trust.policy.schedule import Schedule

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


@pytest.fixture
def living(library: Any) -> Any:
    fill_site(library)
    return library


def words(page: str) -> str:
    """What a person reads of a page's own part."""
    body = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def in_every_language(reader: Reader, path: str) -> dict[str, str]:
    return {code: words(reader.read(languages.in_language(path, code))) for code in languages.LANGUAGES}


# what is kept


@pytest.mark.clause("TH-1.2", "TH-1.4")
def test_every_kind_of_record_about_people_is_on_the_page_with_its_reasons(reader, library):
    """The page is the inventory: nothing more, nothing less."""
    page = words(reader.read("/library/what-we-keep/"))
    shown = keeping.kept_of_people(library)

    told = {entry.series for entry in inventory().about_people()}
    assert {each.name for each in shown} == told
    schedule = Schedule.load()
    for entry in inventory().about_people():
        if entry.on_by_default:
            assert entry.purpose in page
            assert schedule.item(entry.series).title in page


@pytest.mark.clause("TH-1.2", "MP-2.1")
@pytest.mark.parametrize("language", ["es", "pl"])
def test_no_english_of_the_inventory_or_the_schedule_is_left_in_another_language(reader, library, language):
    """Reasons, kinds of record, endings and what a period is counted from; on the site, and on a patron's own page."""
    schedule, told = Schedule.load(), inventory().about_people()
    items = [schedule.item(name) for name in {entry.series for entry in told}]
    english = {entry.purpose for entry in told}.union(*({each.title, each.disposal} for each in items))
    page = words(reader.read(f"/library/{language}/what-we-keep/"))

    assert [text for text in english if re.search(rf"(?<!\w){re.escape(text)}(?!\w)", page)] == []
    assert {each.trigger for each in items} <= set(keeping.TRIGGERS)
    with translation.override(language):
        assert {inventorywords.why(entry.purpose)[1] for entry in told} == {language}
        unsaid = [entry.series for entry in told if entry.series not in lookwords.SERIES]
        same = [name for name, said in lookwords.SERIES.items() if str(said) in english_series()]
    assert (unsaid, same) == ([], [])


def english_series() -> set[str]:
    """What a patron's page calls each kind of record in English."""
    with translation.override("en"):
        return {str(said) for said in lookwords.SERIES.values()}


@pytest.mark.clause("TH-1.2")
def test_a_field_that_is_switched_on_is_on_the_page_without_a_word_edited(reader, library):
    """And is called an addition; switched off, it is not there."""
    sex = next(entry.purpose for entry in inventory().entries if entry.field == "sex")
    assert sex not in words(reader.read("/library/what-we-keep/"))

    config = {**library.home.config, "fields": {"on": ["sex"]}}
    object.__setattr__(library, "home", Home(library.home.root, config))
    page = words(reader.read("/library/what-we-keep/"))
    assert sex in page
    assert "decided to keep more than usual" in page


@pytest.mark.clause("TH-1.3", "TH-1.5")
def test_a_changed_period_changes_the_page_by_itself(reader, library):
    """What counts is the schedule in force, by which the sweep goes too; its legal number stands beside it."""
    from circumspect.offices.retention.deciding import Wish, decide
    from circumspect.trust.policy.request import Actor, ActorKind

    before = words(reader.read("/library/what-we-keep/"))
    assert "Until 11 days after this: the card is replaced or ended." not in before
    director = Actor(ActorKind.STAFF, "1", frozenset({"executive_director"}), True, "2026-11")
    decide(library, director, Wish("cards", 11, "IL-17-042", "4.2", "fewer days do"))

    after = words(reader.read("/library/what-we-keep/"))
    assert "Until 11 days after this: the card is replaced or ended." in after
    assert "Approved schedule: IL-17-042, 4.2." in after


def test_a_life_is_told_as_a_sentence():
    """At once, in days, for good."""
    item = Schedule.load().item("cards")
    assert keeping.life(replace(item, days=1)).startswith("Until 1 day after")
    assert keeping.life(replace(item, days=0)) == "Until the card is replaced or ended."


def readability(text: str) -> float:
    """The grade at which a text can be read: the Automated Readability Index (Senter and Smith, 1967)."""
    words = text.split()
    letters = sum(each.isalnum() for each in text)
    sentences = len(re.findall(r"\w[^.!?:]*[.!?:]", text))
    return 4.71 * letters / len(words) + 0.5 * len(words) / sentences - 21.43


def test_hard_words_in_long_sentences_are_told_from_plain_ones():
    hard = (
        "Notwithstanding considerations regarding administrative confidentiality obligations, institutional"
    )
    hard += " representatives systematically communicate comprehensive explanations concerning preservation. "

    assert readability("We lend you a book. You bring it back. Then we forget it. " * 5) < 4
    assert readability(hard * 5) > 12


@pytest.mark.clause("TH-3.1")
@pytest.mark.parametrize(
    ("path", "grade"),
    [
        ("/library/what-we-keep/for-children/", 4.0),
        ("/library/what-we-keep/in-short/", 7.0),
        ("/library/cookies/", 8.0),
        ("/library/wireless/", 8.0),
        ("/library/access/", 8.0),
    ],
)
def test_plain_pages_can_be_read_by_whom_they_are_for(reader, path, grade):
    """Grade by the Automated Readability Index: children's below 4, the others below 8. It needs no list of sounds."""
    page = reader.read(path)
    prose = " ".join(re.findall(r'class="prose plain-words">(.*?)</(?:div|article)>', page, re.S))
    text = html.unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</(?:h1|h2)>", ". ", prose)))
    assert len(text.split()) > 50
    assert readability(text) <= grade


def test_the_one_screen_version_fits_one_screen(reader):
    """Nine sentences or so, and no table."""
    page = reader.read("/library/what-we-keep/in-short/").partition("<main")[2].partition("</main>")[0]
    assert page.count("<li>") <= 10
    assert len(words("<main" + page + "</main>").split()) < 200


# cookies, links, wireless


@pytest.mark.clause("TH-3.1", "TH-3.2", "TH-3.4", "TH-3.7")
def test_the_page_about_cookies_says_what_they_are_and_what_becomes_of_foreign_ones(reader):
    """And that nothing is sold: the wish of a browser changes nothing, and is answered."""
    said = in_every_language(reader, "/library/cookies/")
    assert "A cookie is a small file" in said["en"]
    assert "archivo pequeño" in said["es"]
    assert "mały plik" in said["pl"]
    assert "we throw it away unread" in said["en"]
    assert "Your browser asks for it now." not in said["en"]
    assert "Your browser asks for it now." in words(reader.read("/library/cookies/", sec_gpc="1"))
    assert reader.get("/.well-known/gpc.json").json()["gpc"] is True


@pytest.mark.clause("TH-3.3", "TH-3.4", "TH-5.1", "TH-5.2", "TH-5.3")
def test_a_service_is_entered_by_way_of_what_it_sets(living, reader):
    """Said in each language, beside its own policy; one without a policy is marked."""
    for code, page in in_every_language(reader, "/library/elsewhere/").items():
        assert {"en": "cannot answer for privacy", "es": "No podemos responder", "pl": "Nie odpowiadamy"}[
            code
        ] in page
    index = reader.read("/library/elsewhere/").partition("<main")[2]
    assert "https://films.example/privacy" in index
    assert 'href="https://films.example/"' not in index
    assert "shows no privacy policy" in index

    notice = reader.read("/library/elsewhere/prairie-films/")
    assert "It sets a cookie for as long as you watch" in notice
    assert "If your browser refuses its cookies" in words(notice)
    assert 'href="https://films.example/"' in notice
    assert "a number made up for it alone" in words(notice)
    assert "can be used without cookies" in words(reader.read("/library/elsewhere/corn-belt-newspapers/"))
    reader.read("/library/elsewhere/the-county-s-bus-map/", status=404)


@pytest.mark.clause("TH-2.10", "TH-2.11")
def test_the_wireless_warning_stands_in_each_place_in_each_language(reader):
    """On its page, on the page of a captive portal, and on the slip."""
    open_words = {"en": "is open", "es": "es abierta", "pl": "jest otwarta"}
    for code, page in in_every_language(reader, "/library/wireless/").items():
        assert open_words[code] in page
    for path in ("/library/wireless/welcome/", "/library/wireless/slip/"):
        page = reader.read(path)
        for code, text in open_words.items():
            assert f'lang="{code}"' in page
            assert text in page


@pytest.mark.clause("TH-2.1")
def test_the_page_about_social_media_says_whose_they_are(reader, library):
    """Plain links, marked, and nothing of theirs on ours."""
    library.home.config["social"] = {"mastodon": "https://social.example/@library"}
    page = reader.read("/library/social-media/")
    assert "What you write there is public, and those sites are run by others." in words(page)
    assert 'rel="noreferrer external" href="https://social.example/@library"' in page


def test_machines_find_what_they_look_for(reader, library):
    """security.txt with a way to reach us and an end to come; robots are kept from searches and accounts."""
    text = reader.read("/.well-known/security.txt")
    assert "Contact: http://testserver/library/hours/" in text
    expires = dt.datetime.fromisoformat(re.search(r"Expires: (\S+)", text)[1])
    assert dt.timedelta(days=30) < expires - library.clock() < dt.timedelta(days=365)
    robots = reader.read("/robots.txt")
    assert "Disallow: /my/" in robots
    assert "Disallow: /library/pl/catalogue/?" in robots


# the catalogue, hours, feeds


def test_the_catalogue_finds_titles_and_says_where_copies_stand(reader, library):
    """By words, author and branch; whatever is typed comes back, and breaks nothing."""
    page = words(reader.read("/library/catalogue/?q=niemnem"))
    assert "Nad Niemnem" in page
    assert "1 copy on the shelf" in page
    assert "Nothing was found" in words(reader.read("/library/catalogue/?q=niemnem&at=east"))
    assert "Lalka" in words(reader.read("/library/pl/catalogue/?q=prus&in=author"))
    for odd in ('"; DROP', "<script>", "%00", "a" * 3000, "*", "NEAR("):
        assert "<script>" not in reader.read("/library/catalogue/?q=" + odd)


def test_a_title_page_leads_to_a_hold_and_an_unknown_one_nowhere(reader, library):
    """In the page's language."""
    from circumspect.records.catalog.models import Title

    key = Title.objects.get(title="Lalka").pk
    page = reader.read(f"/library/pl/catalogue/{key}/")
    assert f'href="/my/pl/holds/place/{key}/"' in page
    assert "East Branch" in page
    assert "polski" in page
    reader.read("/library/catalogue/999999999/", status=404)
    reader.read("/library/catalogue/99999999999999999999/", status=404)


def test_hours_are_those_by_which_things_fall_due(reader, library):
    """Monday, ten in the morning: open until five; a closed day is closed."""
    from circumspect.records.circulation.models import ClosedDay
    from circumspect.records.circulation.rulebook import RULE_BOOK

    ClosedDay.objects.create(branch="", day=dt.date(2026, 11, 26), name="Thanksgiving")
    RULE_BOOK.forget()
    page = words(reader.read("/library/hours/"))
    assert "Open now until 5:00 PM" in page
    assert "Thursday Nov 26, 2026 closed" in page
    assert "Thursday, November 26, 2026 all branches · Thanksgiving" in page
    assert "Poniedziałek 23 lis 2026 09:00 – 17:00" in words(reader.read("/library/pl/hours/"))


def test_feeds_and_calendars_hold_the_same_as_the_pages(living, reader):
    """With whole addresses, in the page's language, and no trace of who reads them."""
    feed = reader.read("/library/es/news/feed.atom")
    assert "Reserve un libro desde casa" in feed
    assert "http://testserver/library/es/news/" in feed
    calendar: Any = Calendar.from_ical(reader.read("/library/events/calendar.ics"))
    events = list(calendar.walk("VEVENT"))
    assert str(events[0]["SUMMARY"]) == "Story time in three languages"
    assert events[0]["DTSTART"].dt == dt.datetime(2026, 11, 26, 16, 30, tzinfo=dt.UTC)
    one: Any = Calendar.from_ical(reader.read("/library/events/story-time-in-three-languages/event.ics"))
    assert len(one.walk("VEVENT")) == 1


def test_who_follows_a_feed_or_a_calendar_is_told_of_a_change(library, reader):
    """When it was changed is said, or a calendar keeps the old hour; and no sign of the text is taken for HTML."""
    from circumspect.offices.publishing import writing
    from circumspect.offices.publishing.rules import Kind
    from circumspect.trust.policy.request import Actor, ActorKind

    now, entry = library.clock(), None
    before, after = now - dt.timedelta(days=3), now - dt.timedelta(hours=1)
    for moment, hour in ((before, 17), (after, 18)):
        draft = writing.Draft(
            Kind.EVENT,
            {"en": {"title": "Chess", "summary": "For anybody < 12 & > 3.", "body": "Come."}},
            starts_at=now.replace(hour=hour) + dt.timedelta(days=9),
        )
        version = writing.save_draft(draft, Actor(ActorKind.STAFF, "1"), now=moment, entry_id=entry)
        entry = writing.publish(version, now=moment).entry_id
    calendar: Any = Calendar.from_ical(reader.read("/library/events/calendar.ics"))
    (event,) = calendar.walk("VEVENT")
    assert event["DTSTART"].dt.hour == 18
    assert event["DTSTAMP"].dt == after.astimezone(dt.UTC).replace(microsecond=0)
    atom = "{http://www.w3.org/2005/Atom}"
    (told,) = ElementTree.fromstring(reader.read("/library/events/feed.atom")).iter(f"{atom}entry")
    assert dt.datetime.fromisoformat(told.findtext(f"{atom}published") or "") == before
    assert dt.datetime.fromisoformat(told.findtext(f"{atom}updated") or "") == after
    assert "anybody &lt; 12 &amp; &gt; 3" in (told.findtext(f"{atom}summary") or "")


def test_what_is_written_in_one_language_only_says_so(library, reader):
    """And is marked for whoever has it read aloud."""
    from circumspect.offices.publishing import writing
    from circumspect.offices.publishing.rules import Kind
    from circumspect.trust.policy.request import Actor, ActorKind

    draft = writing.Draft(Kind.NEWS, {"en": {"title": "Only here", "body": "In English."}})
    now = library.clock()
    writing.publish(writing.save_draft(draft, Actor(ActorKind.STAFF, "1"), now=now), now=now)
    page = reader.read("/library/pl/news/only-here/")
    assert '<h1 lang="en">Only here</h1>' in page
    assert "Ten tekst jest tylko po angielsku." in page


# policies


@pytest.mark.clause("TH-7.2", "TH-8.1", "TH-6.1")
def test_the_policy_has_an_address_for_each_clause_and_says_how_each_is_kept(living, reader):
    """In each language; its version, its day and who adopted it stand at its head."""
    for code in languages.LANGUAGES:
        page = reader.read(languages.in_language("/library/policy/", code))
        for clause in ClauseRegister.load().clauses:
            assert f'id="{clause}"' in page
    page = words(reader.read("/library/policy/"))
    assert "Version 2026-11, adopted by the Board of Trustees" in page
    assert "Kept by a rule that the program asks before it opens anything." in page
    assert "tests prove it" in page or "The tests are not on this machine." in page


@pytest.mark.clause("TH-6.3", "TH-7.2", "TH-6.2")
def test_every_version_its_note_and_what_changed_can_be_read_by_anybody(living, reader):
    """And which one was in force on a day."""
    archive = words(reader.read("/library/policies/privacy/versions/?on=2025-01-01"))
    assert "On Jan 1, 2025, version 2024-09 was in force." in archive
    assert "What is collected Your e-mail address" in archive
    assert "none of these" in words(reader.read("/library/policies/privacy/versions/?on=2020-01-01"))
    for far in ("0001-01-01", "9999-12-31", "10000-01-01", "soon"):
        reader.read(f"/library/policies/privacy/versions/?on={far}")
    old = reader.read("/library/policies/privacy/versions/2024-09/")
    assert "This is not the version in force." in words(old)
    assert 'id="TH-4.2"' not in old
    reader.read("/library/policies/privacy/versions/1999/", status=404)

    differs = reader.read("/library/policies/privacy/differences/?from=2024-09&to=2026-11")
    assert "3 paragraphs differ." in words(differs)
    assert differs.count("<ins>") == 3
    assert "A subscription to our newsletter" in differs
    same = words(reader.read("/library/policies/privacy/differences/?from=2026-11&to=2026-11"))
    assert "The two are the same, word for word." in same


@pytest.mark.clause("TH-7.3")
def test_a_change_that_matters_stands_on_the_first_page_and_on_a_poster(living, reader):
    """The poster is a PDF with the three parts of the note, in the page's language."""
    import io

    from pypdf import PdfReader

    assert "Our privacy policy changes" in reader.read("/library/")
    assert "Zmienia się nasza polityka" in reader.read("/library/pl/")
    answer = reader.get("/library/es/policies/privacy/poster.pdf")
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    for part in (
        "Qué se recoge",
        "Cómo se usa",
        "Cuándo puede revelarse",
        "http://testserver/library/es/policies/privacy/",
    ):
        assert part in " ".join(text.split())
    living.clock.forward(days=policies.NOTICE_DAYS + 1)
    assert "Our privacy policy changes" not in reader.read("/library/")


def test_without_a_published_policy_the_page_says_so(reader, library):
    """It is linked from every page, so it answers always."""
    assert "has not published its policy here yet" in words(reader.read("/library/policy/"))


@pytest.mark.clause("TH-6.1")
def test_nothing_is_kept_that_the_page_does_not_list(library):
    """Every stored column that says something of a person belongs to a series of the page."""
    listed = {each.name for each in keeping.kept_of_people(library)}
    assert {entry.series for entry in inventory().about_people()} <= listed
