"""E-mail over a real mail server: what arrives, and what becomes of it when the server says no or hangs up."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from notices_support import DATABASES, Library, Taker

from circumspect.offices.notices.kinds import Mail
from circumspect.offices.notices.models import Notice
from circumspect.offices.notices.transports import SmtpTransport, TransportDownError

pytestmark = pytest.mark.django_db(databases=DATABASES)


class Postmaster:
    """Takes mail as told: by the name before the "@"."""

    def __init__(self) -> None:
        self.mail: list[Any] = []
        self.at_rcpt: dict[str, str] = {}
        self.at_data: dict[str, str] = {}
        self.hangs_up_at: set[str] = set()
        self.port = 0
        self.refuses_sender = False

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.refuses_sender:
            return "550 you may not write here"
        envelope.mail_from = address
        return "250 ok"

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.partition("@")[0]
        if name in self.hangs_up_at and name.startswith("early"):
            server.transport.close()
            return "451 gone"
        if name in self.at_rcpt:
            return self.at_rcpt[name]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name in self.hangs_up_at:
            self.mail.append(envelope)  # taken, and the answer is lost
            server.transport.close()
            return "451 gone"
        if name in self.at_data:
            return self.at_data[name]
        self.mail.append(envelope)
        return "250 ok"


@contextmanager
def serving(keeper: Postmaster, **options: Any) -> Iterator[Postmaster]:
    """A mail server on a free port of this machine, in a thread of its own."""
    loop = asyncio.new_event_loop()
    made = loop.create_server(lambda: SMTP(keeper, loop=loop, **options), "127.0.0.1", 0)
    server = loop.run_until_complete(made)
    keeper.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield keeper
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture
def postmaster() -> Iterator[Postmaster]:
    with serving(Postmaster()) as keeper:
        yield keeper


@pytest.mark.parametrize("field", ["to", "subject", "message_id"])
def test_no_value_can_begin_a_header_of_its_own(field, clock):
    from circumspect.offices.notices.transports import Message, email_bytes

    sound = {"id": 1, "to": "a@b.example", "language": "en", "body": "x", "subject": "s", "message_id": "<m>"}

    with pytest.raises(ValueError, match="second line"):
        email_bytes(Message(**{**sound, field: "x\nBcc: y@z.example"}), "n@l.example", clock)


def test_a_long_text_in_any_letters_arrives_as_it_was_written(clock):
    from circumspect.offices.notices.transports import Message, email_bytes

    text = "Zażółć gęślą jaźń = " * 40 + "\n.\n\tend \n"
    message = Message(1, "a@b.example", "pl", text, subject="Zażółć gęślą jaźń " * 8, message_id="<m>")

    raw = email_bytes(message, "n@l.example", clock)
    read = message_from_bytes(raw, policy=default)

    assert read.get_content().replace("\r\n", "\n") == text
    assert " ".join(read["Subject"].split()) == ("Zażółć gęślą jaźń " * 8).strip()
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


def smtp(library: Library, postmaster: Any, **more: Any) -> SmtpTransport:
    settings = {"host": "127.0.0.1", "port": postmaster.port, "tls": "none", "sender": "notices@library.example",
                "bounces": "bounces@library.example", **more}  # fmt: skip
    return SmtpTransport(library.house.home, Mail(**settings), library.house.clock)


def test_what_arrives_is_plain_and_says_who_writes(library: Library, postmaster):
    library.lend(library.reader("Ada", language="pl", notice_titles="yes"), "Żabie łąki", overdue=1)

    library.run(smtp(library, postmaster))

    (envelope,) = postmaster.mail
    mail = message_from_bytes(envelope.content, policy=default)
    assert mail["To"] == "ada@reader.example"
    assert mail["From"] == "notices@library.example"
    assert mail["Subject"] == "Po terminie: Test Library"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "pl"
    assert mail["Message-ID"].endswith("@library.example>")
    assert mail.get_content_type() == "text/plain"
    assert not mail.is_multipart()
    assert "Żabie łąki, termin minął 22 lis 2026" in mail.get_content()
    assert "http" not in envelope.content.decode()
    # Where it comes back to names the notice by a token, and nobody.
    assert envelope.mail_from.startswith("bounces+")
    assert envelope.mail_from.endswith("@library.example")
    assert library.states() == {"sent": 1}


@pytest.mark.parametrize(
    ("where", "answer", "states", "channels"),
    [
        ("at_rcpt", "550 no such mailbox", {"waiting": 1}, {"post"}),
        ("at_rcpt", "450 come back later", {"queued": 1}, {"email"}),
        ("at_rcpt", "554 relay access denied", {"failed": 1}, {"email"}),
        ("at_data", "554 looks like spam", {"failed": 1}, {"email"}),
        ("at_data", "452 disk full", {"queued": 1}, {"email"}),
    ],
)
def test_a_servers_no_is_heard(library: Library, postmaster, where, answer, states, channels):
    library.lend(library.reader("Ada"), "Moss", overdue=1)
    library.lend(library.reader("Ben"), "Fen", overdue=1)
    getattr(postmaster, where)["ada"] = answer

    library.run(smtp(library, postmaster))

    assert [envelope.rcpt_tos for envelope in postmaster.mail] == [["ben@reader.example"]]
    assert library.states() == {**states, "sent": 1}
    assert set(Notice.objects.exclude(state="sent").values_list("channel", flat=True)) == channels


def test_a_message_put_off_arrives_once_the_server_takes_it(library: Library, postmaster, clock):
    library.lend(library.reader("Ada"), "Moss", overdue=1)
    postmaster.at_rcpt["ada"] = "451 greylisted"
    library.run(smtp(library, postmaster))
    postmaster.at_rcpt.clear()

    library.run(smtp(library, postmaster))
    assert postmaster.mail == []  # not yet
    clock.forward(minutes=5)
    library.run(smtp(library, postmaster))

    assert len(postmaster.mail) == 1
    assert library.states() == {"sent": 1}


def test_a_line_cut_after_the_text_leaves_it_unsure_and_sends_it_once(library: Library, postmaster):
    library.lend(library.reader("Ada"), "Moss", overdue=1)
    postmaster.hangs_up_at = {"ada"}
    library.run(smtp(library, postmaster))
    postmaster.hangs_up_at = set()

    library.run(smtp(library, postmaster))

    assert len(postmaster.mail) == 1
    assert library.states() == {"unsure": 1}


def test_a_line_cut_before_the_text_is_certainly_not_sent(library: Library, postmaster):
    library.lend(library.reader("early"), "Moss", overdue=1)
    postmaster.hangs_up_at = {"early"}
    done = library.run(smtp(library, postmaster))
    assert done.down == ["the mail server hung up"]
    assert library.states() == {"queued": 1}
    postmaster.hangs_up_at = set()

    library.run(smtp(library, postmaster))

    assert len(postmaster.mail) == 1
    assert library.states() == {"sent": 1}


def test_no_server_is_said_and_nothing_is_lost(library: Library, postmaster):
    library.lend(library.reader("Ada"), "Moss", overdue=1)

    done = library.run(smtp(library, postmaster, port=1))

    assert done.down == ["the mail server cannot be used (ConnectionRefusedError)"]
    assert library.states() == {"queued": 1}


def test_a_server_that_refuses_us_does_not_make_readers_unreachable(library: Library, postmaster):
    from circumspect.offices.notices.models import ReturnedAddress

    library.lend(library.reader("Ada"), "Moss", overdue=1)
    postmaster.refuses_sender = True

    done = library.run(smtp(library, postmaster))

    assert done.down == ["the mail server refuses our sender (code 550)"]
    assert library.states() == {"queued": 1}
    assert not ReturnedAddress.objects.exists()


# TLS


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that signs itself, and its key, in one file."""
    import datetime as dt
    import ipaddress

    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + dt.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path / "mail.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )  # fmt: skip
    return path


@pytest.fixture
def guarded(certificate: Path) -> Iterator[Postmaster]:
    """A server that takes mail after STARTTLS only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(Postmaster(), tls_context=context, require_starttls=True) as keeper:
        yield keeper


def test_mail_leaves_over_tls_to_a_server_whose_certificate_holds(library: Library, guarded, certificate):
    library.lend(library.reader("Ada"), "Moss", overdue=1)

    library.run(smtp(library, guarded, tls="starttls", ca_file=str(certificate)))

    assert len(guarded.mail) == 1


def test_a_certificate_that_does_not_hold_gets_no_mail(library: Library, guarded):
    library.lend(library.reader("Ada"), "Moss", overdue=1)

    done = library.run(smtp(library, guarded, tls="starttls"))

    assert guarded.mail == []
    assert done.down == ["the mail server cannot be used (SSLCertVerificationError)"]


def test_a_password_file_that_others_can_read_is_refused(library: Library, postmaster):
    from circumspect.home import HomeError

    path = library.house.home.keys / "mail-password"
    path.write_text("secret\n")
    path.chmod(0o644)

    with pytest.raises(HomeError, match="can be read by others"):
        smtp(library, postmaster, user="library", password_file="mail-password")


# text messages


def test_a_text_message_is_a_file_of_its_own_that_only_its_owner_reads(library: Library):
    import json

    from circumspect.offices.notices.transports import FileTransport

    library.lend(library.reader("Ada", notice_channel="sms", notice_titles="yes"), "Moss", overdue=1)
    folder = library.house.home.root / "sms"

    library.run(Taker(), FileTransport(folder))

    (path,) = folder.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    told = json.loads(path.read_text())
    assert told["to"] == "309-555-0142"
    assert told["text"].startswith("Test Library: 1 item is overdue since Nov 22, 2026.")
    assert "Moss" not in path.read_text()


def test_a_folder_that_cannot_be_written_keeps_text_messages_waiting(library: Library, tmp_path):
    from circumspect.offices.notices.transports import FileTransport

    (tmp_path / "file").write_text("")
    with pytest.raises(TransportDownError), FileTransport(tmp_path / "file" / "sms").session():
        pass
