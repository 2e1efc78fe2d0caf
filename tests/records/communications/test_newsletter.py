"""The newsletter goes to whoever said yes, and to nobody else; leaving leaves a keyed hash and nothing more."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection

from circumspect.records.communications import issues, newsletter
from circumspect.records.communications.models import Subscription, Suppression
from circumspect.records.communications.newsletter import Place, Topic
from circumspect.records.outgoing import Became, Outgoing
from circumspect.records.patrons.registration import Registration, register
from circumspect.trust.door.errors import Refused
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"])
PLACE = Place("https://library.example/library/", "Test Library")
ADDRESS = "Qzvexwort@mail.example"


def staff(*roles: str, id: str = "7") -> Actor:
    """A member of staff who has signed."""
    return Actor(ActorKind.STAFF, id, frozenset(roles), True, "2026-11")


class Line:
    """A line that keeps what it was given."""

    def __init__(self, became: Became = Became.SENT) -> None:
        self.mails: list[Outgoing] = []
        self.became = became

    def __call__(self, mail: Outgoing) -> Became:
        self.mails.append(mail)
        return self.became

    def code(self, page: str, address: str = ADDRESS) -> str:
        """The code of a link in the last mail to somebody."""
        mail = [each for each in self.mails if each.to == address][-1]
        found = re.search(rf"newsletter/{page}/([a-z2-7]+)/", mail.body)
        assert found
        return found[1]


@pytest.fixture
def line() -> Line:
    """The way out."""
    return Line()


@pytest.fixture
def talker() -> Any:
    """Looks after the newsletter."""
    return staff("communications", id="6")


def join(house: Any, line: Line, address: str = ADDRESS, *topics: Topic) -> None:
    """Subscribe and say yes."""
    newsletter.subscribe(house, address, language="es", topics=topics or [Topic.NEWS])
    newsletter.send_questions(house, PLACE, line)
    assert newsletter.confirm(house, line.code("confirm", address))


def issue(house: Any, talker: Any, topic: Topic = Topic.NEWS) -> int:
    """Write an issue and let it go."""
    words = {"en": ("News", "The river is open."), "es": ("Noticias", "El río está abierto.")}
    number = issues.write(house, talker, topic=topic, words=words)
    issues.queue(house, talker, number)
    return number


def everything() -> bytes:
    """All that the newsletter's tables hold."""
    held = []
    for table in ("communications_subscription", "communications_suppression", "communications_issue"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            held += [
                bytes(cell) if isinstance(cell, (bytes, memoryview)) else str(cell).encode()
                for row in cursor.fetchall()
                for cell in row
            ]
    return b"|".join(held)


@pytest.mark.clause("TH-1.12", "TH-4.2")
def test_a_mail_goes_to_nobody_who_has_not_said_yes(house, line, talker, clerk):
    """Not to patrons, not to whoever was only typed, not to another topic's readers."""
    register(house, clerk, Registration("Ada", "Lovelace", email="ada@mail.example"))
    newsletter.subscribe(house, "typed@mail.example", language="en", topics=[Topic.NEWS])
    join(house, line, "policy@mail.example", Topic.POLICY)
    newsletter.subscribe(house, "typed2@mail.example", language="en", topics=[Topic.NEWS])
    line.mails.clear()
    issue(house, talker)

    assert issues.send_queued(house, PLACE, line) == 0

    assert line.mails == []


@pytest.mark.clause("TH-4.2")
def test_an_issue_is_one_mail_each_in_the_readers_language_and_tracks_nobody(house, line, talker):
    """One reader on each, a way to leave with one touch, and not one link of their own but that."""
    join(house, line)
    join(house, line, "ben@mail.example", Topic.NEWS, Topic.POLICY)
    line.mails.clear()
    issue(house, talker)

    assert issues.send_queued(house, PLACE, line, "back@library.example") == 2
    assert issues.send_queued(house, PLACE, line) == 0

    assert sorted(each.to for each in line.mails) == sorted([ADDRESS, "ben@mail.example"])
    for mail in line.mails:
        assert (mail.subject, mail.language) == ("Noticias", "es")
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        links = re.findall(r"https?://\S+", mail.body)
        assert links == [mail.headers["List-Unsubscribe"].strip("<>")]
        assert "<img" not in mail.body
        assert re.fullmatch(r"back\+n[a-z2-7]+@library\.example", mail.came_from)
    told = issues.told()[0]
    assert (told.state, told.count) == ("sent", 2)


@pytest.mark.clause("TH-4.2")
def test_leaving_leaves_a_suppression_hash_and_nothing_else_and_that_goes_too(house, line, talker, clock):
    """Key, address and row are gone; nothing is sent to it for thirty days, whoever types it."""
    join(house, line)
    line.mails.clear()
    number = issue(house, talker)
    issues.send_queued(house, PLACE, line)
    code, subject = line.code("leave"), Subscription.objects.get().id

    assert newsletter.unsubscribe(house, code)
    assert newsletter.unsubscribe(house, code), "twice is once"

    assert not Subscription.objects.exists()
    assert house.vault.subjects_with_keys([subject]) == set()
    assert Suppression.objects.count() == 1
    assert len(bytes(Suppression.objects.get().token)) == 16
    assert b"zvexwort" not in everything().lower()
    line.mails.clear()
    newsletter.subscribe(house, ADDRESS.upper(), language="en", topics=[Topic.NEWS])
    assert newsletter.send_questions(house, PLACE, line) == 0
    assert line.mails == []
    assert not Subscription.objects.exists()
    clock.forward(days=29)
    assert newsletter.forget_suppressions(house) == 0
    clock.forward(days=1)
    assert newsletter.forget_suppressions(house) == 1
    join(house, line)
    assert number


@pytest.mark.clause("TH-4.2")
def test_the_list_is_closed_to_other_roles_and_taken_out_by_nobody(house, line, talker):
    """Every role is refused the export, and every role but one the list; both are written down."""
    join(house, line)
    before = house.ledger.size()
    roles = (
        "desk",
        "reference",
        "system",
        "foia_officer",
        "executive_director",
        "trustee",
        "circulation_lead",
    )
    for role in roles:
        with pytest.raises(Refused):
            newsletter.subscribers(house, staff(role))
        with pytest.raises(Refused):
            newsletter.export_list(house, staff(role))
        with pytest.raises(Refused):
            issues.write(house, staff(role), topic=Topic.NEWS, words={"en": ("a", "b")})
    with pytest.raises(Refused):
        newsletter.export_list(house, talker)

    assert house.ledger.size() == before + 3 * len(roles) + 1
    assert [each.address for each in newsletter.subscribers(house, talker)] == [ADDRESS]


def test_what_is_typed_twice_or_known_already_is_asked_once(house, line):
    """The page does the same each time; the mailbox of somebody else is not filled by it."""
    for _ in range(3):
        newsletter.subscribe(house, ADDRESS, language="en", topics=[Topic.NEWS])
    assert newsletter.send_questions(house, PLACE, line) == 1
    newsletter.subscribe(house, ADDRESS, language="en", topics=[Topic.NEWS])
    assert newsletter.send_questions(house, PLACE, line) == 0
    assert newsletter.confirm(house, line.code("confirm"))
    newsletter.subscribe(house, ADDRESS, language="en", topics=[Topic.NEWS])
    assert newsletter.send_questions(house, PLACE, line) == 0

    newsletter.subscribe(house, ADDRESS, language="en", topics=[Topic.NEWS, Topic.POLICY])
    assert newsletter.send_questions(house, PLACE, line) == 1
    assert newsletter.confirm(house, line.code("confirm"))

    assert Subscription.objects.get().topics == "news,policy"


def test_an_address_that_does_not_answer_is_forgotten_in_three_days(house, line, clock):
    """Key and row; and the link in the mail is worth nothing then."""
    newsletter.subscribe(house, ADDRESS, language="en", topics=[Topic.NEWS])
    newsletter.send_questions(house, PLACE, line)
    code = line.code("confirm")
    clock.forward(days=3)

    assert newsletter.forget_unconfirmed(house) == 1

    assert not newsletter.confirm(house, code)
    assert b"zvexwort" not in everything().lower()


@pytest.mark.parametrize("text", ["", "abc", "a" * 26, "ä" * 26, "n" * 41, "===="])
def test_a_made_up_code_does_nothing(house, line, text):
    """Neither to confirm nor to leave."""
    join(house, line)

    assert not newsletter.confirm(house, text)
    assert not newsletter.unsubscribe(house, text)
    assert not newsletter.unsubscribe(house, line.code("confirm")), "a code is good for one use"
    assert Subscription.objects.count() == 1


def test_a_line_that_breaks_is_taken_up_where_it_broke(house, line, talker):
    """Nobody gets two, nobody is left out."""
    for number in range(5):
        join(house, line, f"reader{number}@mail.example")
    line.mails.clear()
    issue(house, talker)
    calls = 0

    def breaks(mail: Outgoing) -> Became:
        nonlocal calls
        calls += 1
        return Became.LATER if calls == 3 else line(mail)

    assert issues.send_queued(house, PLACE, breaks) == 2
    assert issues.send_queued(house, PLACE, line) == 3

    assert len({each.to for each in line.mails}) == len(line.mails) == 5


def test_mail_that_comes_back_ends_the_subscription(house, line, talker):
    """Without a hash: they did not ask to be left alone."""
    join(house, line)
    line.mails.clear()
    issue(house, talker)
    issues.send_queued(house, PLACE, line, "back@library.example")
    code = line.mails[0].came_from.partition("+n")[2].partition("@")[0]

    assert newsletter.came_back(house, code)

    assert not Subscription.objects.exists()
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("subject_en", {}),
        ("subject_en", {"es": ("Hola", "texto")}),
        ("text_en", {"en": ("Hello", "")}),
        ("subject_en", {"en": ("Hello\nBcc: x", "text")}),
        ("subject_es", {"en": ("Hello", "text"), "es": ("", "texto")}),
    ],
)
def test_an_issue_that_lacks_words_is_not_kept(house, talker, field, words):
    """Named by part and language."""
    with pytest.raises(issues.IssueError) as refusal:
        issues.write(house, talker, topic=Topic.NEWS, words=words)
    assert refusal.value.field == field
    assert issues.told() == []


def test_words_are_there_in_every_language():
    """The same texts, with the same places to fill."""
    for language in newsletter.LANGUAGES:
        assert newsletter.WORDS[language].keys() == newsletter.WORDS["en"].keys()
        for name, text in newsletter.WORDS[language].items():
            assert set(re.findall(r"\$\w+", text)) == set(re.findall(r"\$\w+", newsletter.WORDS["en"][name]))
