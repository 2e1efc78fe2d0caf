"""Mail comes in by two doors: servers hand it on, or a mailbox is looked into. Real conversations, real servers."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import imaplib
import logging
import smtplib
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from circumspect.faces.mail import looking, serving, taking
from circumspect.faces.mail.looking import MailboxAwayError, look
from circumspect.faces.mail.serving import Post
from circumspect.home import Home, HomeError
from circumspect.records.inquiries.mailin import reply_address
from circumspect.records.inquiries.mailsettings import MailSettings
from circumspect.records.inquiries.models import Inquiry, InquiryMessage

committed = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)
BOX = "ask@library.example"
SECRET = "Qzvexwort"


def free_port() -> int:
    """A port nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def a_mail(body: str = f"Do you have {SECRET}?", to: str = BOX) -> EmailMessage:
    """From somebody called by a mark."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"{SECRET}@mail.example", to, f"About {SECRET}"
    mail.set_content(body)
    return mail


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[str, str]:
    """A certificate of this machine, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = tmp_path / "tls.pem", tmp_path / "tls.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return str(paths[0]), str(paths[1])


# handed on


@pytest.fixture
def post(house: Any, certificate: tuple[str, str]) -> Iterator[MailSettings]:
    """A small mail server that listens."""
    port = free_port()
    settings = MailSettings(BOX, smtp=f"127.0.0.1:{port}", certificate=certificate[0], key=certificate[1])
    server = Post(house, settings)
    server.start()
    yield settings
    server.stop()


def line(settings: MailSettings) -> smtplib.SMTP:
    """A conversation with it."""
    host, port = settings.smtp.split(":")
    return smtplib.SMTP(host, int(port), timeout=20)


@committed
@pytest.mark.clause("MP-4.8", "TH-4.1")
def test_a_mail_is_answered_when_it_is_sealed_and_nothing_of_it_is_logged(house, post, caplog, capfd):
    """With and without TLS; a reply goes to its letter by the address alone. The log knows none of it."""
    caplog.set_level(logging.DEBUG)
    with line(post) as server:
        server.send_message(a_mail())
        letter = Inquiry.objects.get().id
        to = reply_address(house, BOX, letter)
        server.starttls(context=ssl.create_default_context(cafile=post.certificate))
        server.sendmail("x@mail.example", [to], a_mail("Thank you", to="hidden@else.example").as_bytes())

    assert Inquiry.objects.count() == 1
    assert InquiryMessage.objects.filter(letter_id=letter).count() == 2
    told = caplog.text + "".join(capfd.readouterr())
    for word in (SECRET, "mail.example", to, "127.0.0.1"):
        assert word not in told


@committed
@pytest.mark.parametrize(
    ("to", "raw", "code"),
    [
        ("somebody@else.example", b"From: a@b.example\r\n\r\nhello", 550),
        ("other@library.example", b"From: a@b.example\r\n\r\nhello", 550),
        (BOX, b"From: nobody\r\n\r\nhello", 554),
        (BOX, b"\x01\x02\x03", 554),
        (BOX, b"From: a@b.example\r\n\r\n" + (b"y" * 900 + b"\r\n") * 17_000, 552),
    ],
    ids=["relay", "no such mailbox", "no sender", "garbage", "large"],
)
def test_what_is_not_for_us_or_no_mail_is_refused_clearly(house, post, to, raw, code):
    """By a code that a mail server understands; nothing is stored."""
    with line(post) as server:
        server.ehlo()
        server.mail("x@mail.example")
        said = server.rcpt(to)[0]
        if said == 250:
            try:
                said = server.data(raw)[0]
            except smtplib.SMTPDataError as problem:
                said = problem.smtp_code
    assert said == code
    assert not Inquiry.objects.exists()


@committed
def test_a_size_that_is_told_before_is_refused_before(house, post):
    """The mail is not even sent."""
    with line(post) as server:
        server.ehlo()
        assert server.mail("x@mail.example", ["SIZE=99000000"])[0] == 552


@committed
def test_whoever_may_not_hand_on_mail_is_turned_away(house):
    """By the address of the connection."""
    settings = MailSettings(BOX, smtp=f"127.0.0.1:{free_port()}", smtp_networks=("10.0.0.0/8",))
    server = Post(house, settings)
    server.start()
    try:
        with line(settings) as client:
            assert client.ehlo()[0] == 550
            assert client.mail("x@mail.example")[0] in (503, 550)
    finally:
        server.stop()


@committed
def test_a_door_that_stays_shut_puts_a_mail_off_and_says_no_more(house, post, monkeypatch, caplog):
    """The other server keeps it and tries again; a mistake of the program's own does the same."""

    def broken(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(taking, "take_mail", broken)
    with line(post) as server, pytest.raises(smtplib.SMTPDataError) as refusal:
        server.send_message(a_mail())
    assert refusal.value.smtp_code == 451
    assert SECRET not in caplog.text
    monkeypatch.undo()
    with line(post) as server:
        server.send_message(a_mail())
    assert Inquiry.objects.count() == 1


# looked into


@pytest.fixture
def mailbox(house: Any, certificate: tuple[str, str]) -> Iterator[MailSettings]:
    """A real mail server with one mailbox, and the settings to look into it."""
    with serving_a_mailbox(["--cert", certificate[0], "--key", certificate[1]]) as port:
        settings = looking_at(house, port, certificate, "starttls")
        emptied(settings)
        yield settings


@pytest.fixture
def mailbox_993(house: Any, certificate: tuple[str, str]) -> Iterator[MailSettings]:
    """The same behind a port that speaks TLS from the first byte, and only that."""
    with serving_a_mailbox(["--no-tls"]) as plain, tls_before(plain, certificate) as port:
        settings = looking_at(house, port, certificate, "tls")
        emptied(settings)
        yield settings


@contextlib.contextmanager
def serving_a_mailbox(how: list[str]) -> Iterator[int]:
    """The mail server in a process of its own; its port."""
    port = free_port()
    program = [
        *[str(Path(sys.executable).with_name("pymap")), "--host", "127.0.0.1", "--port", str(port), *how],
        *["--no-service", "admin", "--no-service", "managesieve", "dict", "--demo-data"],
        *["--demo-user", "ask", "--demo-password", "waterwheel"],
    ]
    server = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=120)


@contextlib.contextmanager
def tls_before(plain: int, certificate: tuple[str, str]) -> Iterator[int]:
    """A port that ends TLS and hands on to another one, as in front of a mail server that leaves TLS to others."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    # One thread for both directions: OpenSSL lets nobody read and write one connection at the same moment.
    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while part := await source.read(65536):
                sink.write(part)
                await sink.drain()
        sink.close()

    async def front(outer: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        inner, on = await asyncio.open_connection("127.0.0.1", plain)
        await asyncio.gather(pump(outer, on), pump(inner, back))

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    starting = asyncio.start_server(front, "127.0.0.1", 0, ssl=context)
    server = asyncio.run_coroutine_threadsafe(starting, loop).result(60)

    async def end() -> None:
        server.close()
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


def looking_at(house: Any, port: int, certificate: tuple[str, str], tls: str) -> MailSettings:
    """The settings, and the password where they say it lies."""
    password = house.home.keys / "imap.password"
    password.write_text("waterwheel")
    password.chmod(0o600)
    return MailSettings(
        BOX,
        imap=f"127.0.0.1:{port}",
        imap_user="ask",
        imap_password_file="imap.password",
        imap_ca_file=certificate[0],
        imap_tls=tls,
    )


def emptied(settings: MailSettings) -> None:
    """Take out what the server's demonstration comes with."""
    with at(settings) as client:
        client.uid("STORE", "1:*", "+FLAGS", r"(\Deleted)")
        client.expunge()


@contextlib.contextmanager
def at(settings: MailSettings) -> Iterator[imaplib.IMAP4]:
    """The mailbox, as its owner sees it."""
    port, context = int(settings.imap.split(":")[1]), ssl.create_default_context(cafile=settings.imap_ca_file)
    client: imaplib.IMAP4
    if settings.imap_tls == "tls":
        client = imaplib.IMAP4_SSL("127.0.0.1", port, ssl_context=context, timeout=20)
    else:
        client = imaplib.IMAP4("127.0.0.1", port, timeout=20)
        client.starttls(context)
    client.login("ask", "waterwheel")
    client.select("INBOX")
    try:
        yield client
    finally:
        client.logout()


@committed
@pytest.mark.clause("TH-4.1", "MP-4.8")
def test_what_lies_in_the_mailbox_is_taken_in_and_not_left_there(house, mailbox, caplog, monkeypatch):
    """Taken and deleted; what cannot be taken is flagged; what is too large is not even fetched."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(looking, "MAIL_MOST_BYTES", 30_000)
    with at(mailbox) as client:
        for raw in (
            a_mail().as_bytes(),
            a_mail("A second letter").as_bytes(),
            b"From: nobody\r\n\r\nhello",
            a_mail("x" * 60 + "\n" * 40_000).as_bytes(),
        ):
            client.append("INBOX", "", imaplib.Time2Internaldate(time.time()), raw)
        # Somebody else has marked a mail of theirs, and may still think better of it.
        client.append("INBOX", r"(\Deleted)", imaplib.Time2Internaldate(time.time()), a_mail().as_bytes())

    first, again = look(house, mailbox), look(house, mailbox)

    assert (first.taken, first.refused) == (2, 2)
    assert (again.taken, again.refused) == (0, 0)
    assert Inquiry.objects.count() == 2
    with at(mailbox) as client:
        left = client.uid("SEARCH", "ALL")[1][0].split()
        assert len(client.uid("SEARCH", "FLAGGED")[1][0].split()) == 2
        assert len(client.uid("SEARCH", "DELETED")[1][0].split()) == 1
        assert len(left) == 3
    assert SECRET not in caplog.text


@committed
@pytest.mark.clause("TH-4.1", "MP-4.8")
def test_a_mailbox_that_speaks_tls_from_the_first_byte_is_looked_into(house, mailbox_993, monkeypatch):
    """As on port 993. A certificate nobody vouches for is not talked to, and neither is a line that begins in the open."""
    with at(mailbox_993) as client:
        client.append("INBOX", "", imaplib.Time2Internaldate(time.time()), a_mail().as_bytes())
    with pytest.raises(MailboxAwayError):
        look(house, replace(mailbox_993, imap_ca_file=""))
    with monkeypatch.context() as impatient:
        impatient.setattr(looking, "_SECONDS", 1)  # for a greeting that never comes
        with pytest.raises(MailboxAwayError):
            look(house, replace(mailbox_993, imap_tls="starttls"))
    assert Inquiry.objects.count() == 0

    assert look(house, mailbox_993).taken == 1

    assert Inquiry.objects.count() == 1
    with at(mailbox_993) as client:
        assert client.uid("SEARCH", "ALL")[1][0].split() == []


@committed
def test_a_mail_that_is_put_off_stays_in_the_mailbox(house, mailbox, monkeypatch):
    """Unflagged and undeleted: the next look takes it."""
    with at(mailbox) as client:
        client.append("INBOX", "", imaplib.Time2Internaldate(time.time()), a_mail().as_bytes())

    def broken(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(taking, "take_mail", broken)
    assert look(house, mailbox).taken == 0
    monkeypatch.undo()
    assert look(house, mailbox).taken == 1


@committed
def test_a_mailbox_that_is_away_or_not_ours_says_why_and_names_nobody(house, mailbox):
    """No server, a wrong certificate, a wrong password, no folder."""
    wrong = house.home.keys / "wrong.password"
    wrong.write_text("watermill")
    wrong.chmod(0o600)
    for change in (
        {"imap": f"127.0.0.1:{free_port()}"},
        {"imap_ca_file": ""},
        {"imap_password_file": "wrong.password"},
        {"imap_folder": "None such"},
    ):
        with pytest.raises(MailboxAwayError) as problem:
            look(house, replace(mailbox, **change))
        assert "ask" not in str(problem.value)
        assert "watermill" not in str(problem.value)
    with pytest.raises(HomeError):
        look(house, replace(mailbox, imap_password_file="none.such"))


# settings


@pytest.mark.parametrize(
    "section",
    [
        {"smtp": "127.0.0.1:25"},
        {"mailbox": "ask+x@library.example"},
        {"mailbox": BOX, "smtp": "127.0.0.1"},
        {"mailbox": BOX, "imap": "mail.example:993"},
        {
            "mailbox": BOX,
            "imap": "mail.example:143",
            "imap_user": "a",
            "imap_password_file": "b",
            "imap_tls": "none",
        },
        {"mailbox": BOX, "smtp_networks": ["nowhere"]},
        {"site": "library.example"},
        {"every_minutes": 0},
        {"colour": "blue"},
    ],
)
def test_a_setting_that_does_not_do_is_named(section):
    """Before anything listens."""
    with pytest.raises(HomeError, match=r"\[mail\] \w+"):
        MailSettings.of(Home(Path("/nowhere"), {"mail": section}))


def test_no_mail_comes_in_until_a_library_says_so():
    """Off by default."""
    settings = MailSettings.of(Home(Path("/nowhere"), {}))
    assert not settings.takes_mail
    assert not MailSettings.of(Home(Path("/nowhere"), {"mail": {"mailbox": BOX}})).takes_mail


def test_the_mail_servers_own_log_is_off():
    """A twin: the library's logger would tell who is connected, and to whom they write."""
    assert serving.logging.getLogger("mail.log").disabled


def test_the_doctor_tells_what_is_wrong_with_mail(tmp_path):
    """A setting that does not do, a mailbox nobody empties, a password that is missing, letters readable on the wire."""
    from circumspect.faces.cli import doctor

    def told(**mail: Any) -> list[str]:
        home = Home(tmp_path, {"mail": mail})
        return [finding.text for finding in doctor._mail(home)]

    assert told() == []
    assert any("[mail] colour" in each for each in told(colour="blue"))
    assert any("no mail is taken in" in each for each in told(mailbox=BOX))
    away = told(mailbox=BOX, smtp="0.0.0.0:25")
    assert any("travel readable" in each for each in away)
    assert any("no answer can leave" in each for each in away)
    looked_into = {"imap": "mail.example:993", "imap_user": "ask", "imap_password_file": "none.such"}
    assert any("none.such is missing" in each for each in told(mailbox=BOX, **looked_into))
