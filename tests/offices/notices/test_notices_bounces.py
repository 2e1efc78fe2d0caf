"""Mail that comes back is known by a token; the token names nobody and cannot be made up."""

from __future__ import annotations

import base64
import datetime as dt
from email.message import EmailMessage
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from notices_support import DATABASES, Library, Taker

from circumspect.offices.notices.bounces import Bounce, read_token, take_bounce
from circumspect.offices.notices.models import ReturnedAddress

pytestmark = pytest.mark.django_db(databases=DATABASES)
BOUNCES = "bounces@library.example"


@pytest.fixture
def ada(library: Library) -> int:
    return library.reader("Ada")


@pytest.fixture
def went(library: Library, ada: int) -> str:
    """Where an e-mail to Ada comes back to."""
    library.lend(ada, "Moss", overdue=1)
    taker = Taker()
    library.run(taker)
    return taker.taken[0].bounce_to


def report(to: str, *, action: str = "failed", status: str = "5.1.1") -> bytes:
    """A delivery status notification as mail servers write them."""
    mail = MIMEMultipart("report", **{"report-type": "delivery-status"})
    mail["From"], mail["To"], mail["Subject"] = "MAILER-DAEMON@mail.example", to, "Undelivered mail"
    mail.attach(MIMEText("I am sorry to have to inform you"))
    per_message, per_reader = EmailMessage(), EmailMessage()
    per_message["Reporting-MTA"] = "dns; mail.example"
    per_reader["Final-Recipient"] = "rfc822; ada@reader.example"
    per_reader["Action"], per_reader["Status"] = action, status
    status_part = MIMEMultipart("delivery-status")
    status_part.replace_header("Content-Type", "message/delivery-status")
    status_part.set_payload([per_message, per_reader])
    mail.attach(status_part)
    original = EmailMessage()
    original["Subject"] = "Overdue"
    original.set_content("One item you borrowed is overdue")
    mail.attach(MIMEMessage(original))
    return mail.as_bytes()


def test_an_address_that_mail_came_back_from_is_written_to_by_post(library: Library, ada, went, clock):
    assert take_bounce(library.house, BOUNCES, report(went)) is Bounce.RETURNED

    clock.forward(days=6)
    taker = Taker()
    done = library.run(taker)

    assert taker.taken == []
    assert done.by_post == 1
    # Of the address a keyed token is kept, and of the message nothing.
    row = ReturnedAddress.objects.values().get()
    assert len(row["token"]) == 16
    assert b"ada" not in bytes(row["token"])


def test_a_delay_or_a_stranger_changes_nothing(library: Library, went):
    house = library.house

    assert take_bounce(house, BOUNCES, report(went, action="delayed", status="4.4.1")) is Bounce.DELAYED
    assert take_bounce(house, BOUNCES, report(went, status="4.2.2")) is Bounce.DELAYED  # a full mailbox
    nested = (
        b"To: " + went.encode() + b"\r\n" + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 50
    )
    assert take_bounce(house, BOUNCES, nested) is Bounce.DELAYED  # not a mail that anybody's server writes
    assert take_bounce(house, BOUNCES, report("bounces@library.example")) is Bounce.NOT_OURS
    assert take_bounce(house, BOUNCES, b"\xff\x00 no mail at all") is Bounce.NOT_OURS
    assert not ReturnedAddress.objects.exists()


def test_a_reader_with_a_new_address_is_not_taken_for_unreachable(library: Library, ada, went, clerk):
    from circumspect.records.patrons.registration import Change, change
    from circumspect.trust.policy.request import Circumstance

    moved = Change({"email": "new@reader.example"})
    change(library.house, clerk, ada, moved, circumstance=Circumstance.OPEN_TRANSACTION)

    assert take_bounce(library.house, BOUNCES, report(went)) is Bounce.CHANGED
    assert not ReturnedAddress.objects.exists()


@pytest.mark.clause("MP-4.15", "TH-1.8")
def test_a_token_ends_after_sixty_days_and_says_nothing_of_its_reader(library: Library, ada, went, clock):
    token = went.partition("+")[2].partition("@")[0]
    raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    assert ada.to_bytes(8, "big") not in raw
    assert read_token(library.house, token) is not None
    # In capitals too, as some servers write it.
    assert read_token(library.house, token.upper()) is not None

    clock.now += dt.timedelta(days=61)

    assert read_token(library.house, token) is None
    assert take_bounce(library.house, BOUNCES, report(went)) is Bounce.NOT_OURS


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 21), bit=st.integers(0, 7))
def test_a_token_changed_in_one_bit_is_none(library: Library, went, place, bit):
    token = went.partition("+")[2].partition("@")[0]
    raw = bytearray(base64.b32decode(token.upper() + "=" * (-len(token) % 8)))
    raw[place] ^= 1 << bit

    assert read_token(library.house, base64.b32encode(bytes(raw)).decode().rstrip("=")) is None


def test_a_notice_that_is_forgotten_leads_to_nobody(library: Library, went):
    from circumspect.offices.notices.models import Notice

    Notice.objects.all().delete()
    before = library.house.ledger.size()

    assert take_bounce(library.house, BOUNCES, report(went)) is Bounce.GONE
    assert library.house.ledger.size() == before
