"""The server over a real socket: what machines of other makers say, and what nobody should."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import random
import socket
import ssl
import threading
import time

import pytest
from Sip2.sip2 import Sip2
from sip2_support import (
    ADA_CARD,
    ADA_PIN,
    BEN_CARD,
    ITEMS,
    Client,
    client,
    fields,
    p09,
    p11,
    p63,
    served,
)

from circumspect.faces.sip2 import codec, limits, server
from circumspect.offices.terminals import accounts
from circumspect.offices.terminals.models import Terminal
from circumspect.records.catalog.models import Item
from circumspect.records.patrons.registration import Registration, register

pytestmark = pytest.mark.django_db(databases=["default", "keys", "ledger"], transaction=True)


# an independent client


def test_a_client_of_somebody_elses_drives_every_request(world, tmp_path, capsys):
    """It checks our checksums and sequence numbers itself, and reads our answers its own way."""
    added = world.terminals["wide"]
    with served(world.house) as one:
        machine = Sip2()
        machine.hostName, machine.hostPort, machine.tlsEnable = "127.0.0.1", one.ports[0], False
        machine.logfile_path, machine.loglevel, machine.socketTimeout = str(tmp_path), "CRITICAL", 20
        machine.hostEncoding = "cp850"
        machine.institutionId, machine.patron, machine.patronpwd = "1234", ADA_CARD, ADA_PIN
        machine.scLocation = "main"
        machine.connect()

        def say(request, answer):
            return answer(machine.get_response(request))

        def fixed(parsed, name):
            return parsed["fixed"][name]

        try:
            login = say(
                machine.sip_login_request(added.account.name, added.password), machine.sip_login_response
            )
            status = say(machine.sip_sc_status_request(), machine.sip_sc_status_response)
            short = say(machine.sip_patron_status_request(), machine.sip_patron_status_response)
            lent = say(machine.sip_checkout_request(ITEMS[0]), machine.sip_checkout_response)
            told = say(
                machine.sip_patron_information_request("charged"), machine.sip_patron_information_response
            )
            renewed = say(machine.sip_renew_request(ITEMS[0]), machine.sip_renew_response)
            every = say(machine.sip_renew_all_request(), machine.sip_renew_all_response)
            item = say(machine.sip_item_information_request(ITEMS[0]), machine.sip_item_information_response)
            hold = say(
                machine.sip_hold_request("+", itemIdentifier=ITEMS[2], holdType=2),
                machine.sip_hold_response,
            )
            paid = say(
                machine.sip_fee_paid_request(4, 0, "1.00", currencyType="USD"),
                machine.sip_fee_paid_response,
            )
            enabled = say(machine.sip_patron_enable_request(), machine.sip_patron_enable_response)
            returned = say(
                machine.sip_checkin_request(ITEMS[0], currentLocation="main"), machine.sip_checkin_response
            )
            again = machine.get_response(machine.sip_sc_resend_request())
            gone = say(machine.sip_end_patron_session_request(), machine.sip_end_patron_session_response)
            kept = say(machine.sip_block_patron_request("kept", "Y"), machine.sip_patron_status_response)
            tag = say(
                machine.sip_item_status_update_request(ITEMS[0]), machine.sip_item_status_update_response
            )
        finally:
            machine.disconnect()
            machine.log.handlers.clear()
    capsys.readouterr()

    assert fixed(login, "Ok") == "1"
    assert fixed(status, "OnlineStatus") == "Y"
    assert short["variable"]["BL"] == ["Y"]
    assert fixed(lent, "Ok") == "1"
    assert told["variable"]["AU"] == [ITEMS[0]]
    assert fixed(told, "ChargedItemsCount").strip() == "0001"
    assert fixed(renewed, "Ok") == "1"
    assert every["variable"]["BM"] == [ITEMS[0]]
    assert fixed(item, "CirculationStatus") == "04"
    assert fixed(hold, "Ok") == "1"
    assert fixed(paid, "PaymentAccepted") == "N"
    assert enabled["variable"]["BL"] == ["Y"]
    assert fixed(returned, "Ok") == "1"
    assert again.startswith("101")
    assert fixed(gone, "EndSession") == "Y"
    assert fixed(kept, "PatronStatus")[4] == "Y"
    assert tag["variable"]["AB"] == [ITEMS[0]]


# lines


def checked(text, sequence="5"):
    """A line with its sequence number and checksum."""
    line = f"{text}AY{sequence}AZ".encode()
    return (line + codec.checksum(line)).decode()


def test_a_load_client_that_knows_a_card_and_a_barcode_alone_lends_and_brings_back(world, clerk):
    """The whole visit at a self-check as it comes: login with a location code, no PIN, numbers of its own make."""
    card, item = "P00000001", "I00000001"
    register(world.house, clerk, Registration("Kowalskacanary", "Celacanary", card_number=card))
    kept = Item.objects.get(barcode=ITEMS[0])
    Item.objects.create(
        barcode=item, title=kept.title, item_type_id="book", branch_id="main", collection_id="adult"
    )
    added = world.terminals["usual"]
    charged = slice(45, 49)

    with served(world.house) as one, client(one.ports[0]) as machine:
        login = machine.ask(f"9300CN{added.account.name}|CO{added.password}|CP{added.account.institution}|")
        before = machine.ask(p63(card))
        lent = machine.ask(p11(card, item))
        meanwhile = machine.ask(p63(card, AD=""))
        returned = machine.ask(p09(item))
        after = machine.ask(p63(card))

    assert login == "941"
    assert [fields(each)["BL"] for each in (before, meanwhile, after)] == [["Y"]] * 3
    assert [each[charged] for each in (before, meanwhile, after)] == ["0000", "0001", "0000"]
    assert (lent[:3], fields(lent)["AB"], fields(lent)["AA"]) == ("121", [item], [card])
    assert (returned[:3], fields(returned)["AB"]) == ("101", [item])
    assert "AU" not in fields(meanwhile)
    assert "canary" not in (before + lent + meanwhile + returned + after).replace(kept.title.title, "")


def test_a_bad_line_is_asked_for_again_and_97_gets_the_last_answer_again(world):
    with served(world.house) as one, client(one.ports[0]) as machine:
        machine.log_in(world.terminals["open"])
        good = machine.ask(checked(p63(ADA_CARD), "7"))

        assert good[-9:-5] == "AY7A"
        assert machine.ask("97") == good
        assert machine.ask("97AZFEF5") == good
        assert machine.ask(checked(p63(ADA_CARD))[:-1] + "0") == "96AZFEF6"
        assert machine.ask("\x80\x81garbage") == "96"
        assert machine.ask("64 is an answer and no request") == "96"
        assert machine.ask("97") == good
        # Who sends no checksum gets none.
        plain = machine.ask(p63(ADA_CARD))
        assert "AY" not in plain
        assert fields(plain)["BL"] == ["Y"]
        # Lines ended as machines end them, several in one piece, are answered in their order.
        machine.send((p63("nobody") + "\n" + p63(ADA_CARD) + "\r\n\r\n" + p63(BEN_CARD) + "\r").encode())
        told = [fields(machine.line().decode())["AA"] for _ in range(3)]
        assert told == [["nobody"], [ADA_CARD], [BEN_CARD]]
        # And one in many pieces is one line.
        for byte in p63(ADA_CARD).encode() + b"\r":
            machine.send(bytes([byte]))
        assert fields(machine.line().decode())["BL"] == ["Y"]


def test_whoever_sends_nothing_but_nonsense_is_let_go(world):
    with served(world.house) as one, client(one.ports[0]) as machine:
        machine.log_in(world.terminals["open"])

        answers = [machine.ask("nonsense") for _ in range(server.BAD_LINES + 1)]

    assert answers == ["96"] * server.BAD_LINES + [""]


def test_a_machine_that_always_checks_is_asked_to(world):
    Terminal.objects.filter(name="open").update(error_detection="always")
    with served(world.house) as one, client(one.ports[0]) as machine:
        machine.log_in(world.terminals["open"])

        assert machine.ask(p63(ADA_CARD)) == "96AZFEF6"
        assert fields(machine.ask(checked(p63(ADA_CARD)))[:-9])["BL"] == ["Y"]


# who may come


def test_nobody_is_answered_who_has_not_said_who_they_are(world):
    with served(world.house) as one:
        for line in (p63(ADA_CARD), "9900802.00", p11(ADA_CARD, ITEMS[0]), p09(ITEMS[0])):
            with client(one.ports[0]) as machine:
                assert machine.ask(line) == ""
        with client(one.ports[0]) as machine:
            wrong = [machine.ask("9300CNopen|COwrong|") for _ in range(server.LOGIN_TRIES)]
            assert wrong == ["940"] * server.LOGIN_TRIES
            assert machine.line() == b""


def test_networks_and_accounts_taken_out_of_service_count(world, monkeypatch):
    monkeypatch.setattr(server, "ACCOUNT_SECONDS", 0.0)
    elsewhere = accounts.add(
        world.house,
        "elsewhere",
        "self_check",
        branch="main",
        choices=accounts.Choices(networks=["10.9.0.0/16"]),
    )
    known = accounts.add(
        world.house, "known", "sorter", branch="main",
        choices=accounts.Choices(networks=["127.0.0.0/8"], by_network=True),
    )  # fmt: skip
    with served(world.house) as one, client(one.ports[0]) as machine, client(one.ports[0]) as open_one:
        assert machine.log_in(elsewhere) == "940"
        assert open_one.log_in(world.terminals["open"]) == "941"
        assert machine.ask("9900802.00").startswith("98Y")  # by its network, without a login
        assert machine.ask(p63(ADA_CARD)).startswith("64YYYY")

        assert accounts.revoke("open")
        assert accounts.revoke(known.account.name)

        assert open_one.ask(p63(ADA_CARD)) == ""
        assert machine.ask("9900802.00") == ""
        with client(one.ports[0]) as machine:
            assert machine.log_in(world.terminals["open"]) == "940"


def test_a_client_certificate_says_who_a_machine_is(world, tmp_path):
    certificates(tmp_path)
    names = [str(tmp_path / name) for name in ("server.pem", "server.key", "ca.pem")]
    digest = accounts.add(
        world.house, "by-certificate", "self_check", branch="main",
        choices=accounts.Choices(certificate_sha256=sha256_of(tmp_path / "machine.pem"), pin_required=False),
    )  # fmt: skip
    place = server.Place("127.0.0.1", 0, server.tls_context(*names))
    one = server.Server(world.house, [place])
    one.start()
    one.wait_until_up()
    try:
        with tls_client(one.ports[0], tmp_path, "machine") as line:
            line.sendall(p63(ADA_CARD).encode() + b"\r")
            assert b"|BLY|" in line.recv(4096)
        with tls_client(one.ports[0], tmp_path, "other") as line:
            line.sendall(f"9300CNby-certificate|CO{digest.password}|\r".encode())
            assert line.recv(4096) == b"940\r"
        # Without a certificate there is no line at all.
        heard = b"?"
        with (
            contextlib.suppress(ssl.SSLError, ConnectionError),
            tls_client(one.ports[0], tmp_path, "") as line,
        ):
            line.sendall(b"9900802.00\r")
            heard = line.recv(4096)
        assert heard in (b"?", b"")
    finally:
        one.stop()


# who is let go


def test_silent_endless_and_unread_lines_are_let_go(world, monkeypatch):
    monkeypatch.setattr(server, "LOGIN_SECONDS", 0.5)
    Terminal.objects.filter(name="open").update(idle_seconds=1)
    with served(world.house) as one:
        with client(one.ports[0]) as stranger:
            assert stranger.line() == b""
        with client(one.ports[0]) as machine:
            machine.log_in(world.terminals["open"])
            assert machine.line() == b""
        with client(one.ports[0]) as machine:
            machine.log_in(world.terminals["wide"])
            with contextlib.suppress(ConnectionError):
                machine.send(b"6" * 100_000)
            assert machine.line() == b""
        assert one._strangers == 0


def test_an_answer_that_is_not_taken_ends_the_connection(monkeypatch):
    """Of whoever does not read, no more than a bounded amount is kept, and not for long."""
    monkeypatch.setattr(server, "WRITE_SECONDS", 0.05)

    class Full:
        def write(self, _data):
            pass

        async def drain(self):
            await asyncio.sleep(60)

    talk = object.__new__(server._Talk)
    talk._writer = Full()

    with pytest.raises(TimeoutError):
        asyncio.run(talk._send(b"x"))


def test_too_many_connections_are_turned_away_and_the_others_served(world, monkeypatch):
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 3)
    with served(world.house) as one:
        first = [Client(one.ports[0]) for _ in range(3)]
        assert [each.log_in(world.terminals["open"]) for each in first] == ["941"] * 3
        with client(one.ports[0]) as late, contextlib.suppress(ConnectionError):
            assert late.ask("9900802.00") == ""
        assert first[0].ask("9900802.00").startswith("98")
        for each in first:
            each.close()


# whatever comes


def test_nothing_that_is_sent_stops_the_server_or_is_written_down(world, caplog, capfd):
    chance = random.Random(20261123)
    frames = [p63(ADA_CARD, ADA_PIN), p11(ADA_CARD, ITEMS[0]), p09(ITEMS[0]), "9300CNopen|COx|", "9900802.00"]
    with caplog.at_level(logging.DEBUG, logger="circumspect"), served(world.house) as one:
        with client(one.ports[0]) as machine:
            machine.log_in(world.terminals["open"])
            for _ in range(120):
                line = bytearray(chance.choice(frames).encode())
                for _ in range(chance.randint(1, 6)):
                    line[chance.randrange(len(line))] = chance.randrange(256)
                cut = bytes(line[: chance.randint(0, len(line))]) if chance.random() < 0.3 else bytes(line)
                with contextlib.suppress(OSError):
                    machine.send(cut + b"\r")
                if chance.random() < 0.1:
                    machine.close()
                    machine = Client(one.ports[0])
                    machine.log_in(world.terminals["open"])
        with client(one.ports[0]) as machine:
            machine.log_in(world.terminals["open"])
            assert fields(machine.ask(p63(BEN_CARD)))["BL"] == ["Y"]
            assert machine.ask(p63(ADA_CARD, "0000"))
    said = caplog.text + "".join(capfd.readouterr())
    assert "Traceback" not in said
    assert not [secret for secret in (ADA_CARD, BEN_CARD, ADA_PIN, *ITEMS, "anary") if secret in said]


def test_many_machines_at_once_are_served_each_in_its_order(world):
    problems = []

    def one_machine(port, card, item):
        try:
            with client(port) as machine:
                machine.log_in(world.terminals["open"])
                for _ in range(4):
                    assert machine.ask(p11(card, item))[2] == "1"
                    assert fields(machine.ask(p63(card)))["AA"] == [card]
                    assert machine.ask(p09(item))[2] == "1"
        except BaseException as problem:  # noqa: BLE001 - told below
            problems.append(problem)

    with served(world.house) as one:
        work = [
            threading.Thread(target=one_machine, args=(one.ports[0], card, item))
            for card, item in ((ADA_CARD, ITEMS[0]), (BEN_CARD, ITEMS[1]), (ADA_CARD, ITEMS[2]))
        ]
        for each in work:
            each.start()
        for each in work:
            each.join()

    assert problems == []


def test_stopping_answers_what_was_asked_lets_everybody_go_and_frees_the_port(world, monkeypatch):
    from circumspect.faces.sip2.answers import Conversation

    real = Conversation.answer
    asked = threading.Event()

    def slowly(self, request):
        asked.set()
        time.sleep(0.5)
        return real(self, request)

    monkeypatch.setattr(Conversation, "answer", slowly)
    with served(world.house) as one:
        port = one.ports[0]
        machine, silent = Client(port), Client(port)
        for each in (machine, silent):
            each.log_in(world.terminals["open"])
        machine.send(p11(ADA_CARD, ITEMS[0]).encode() + b"\r")
        asked.wait(10)

    assert machine.line()[:3] == b"121"
    assert machine.line() == b""
    assert silent.line() == b""
    machine.close()
    silent.close()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_wrong_pins_go_out_on_the_beat_and_slow_a_machine_down(world):
    with served(world.house) as one, client(one.ports[0]) as machine:
        machine.log_in(world.terminals["e_content"])
        begun = time.monotonic()
        machine.ask(p63(ADA_CARD, "0000"))
        wrong = time.monotonic() - begun
        begun = time.monotonic()
        machine.ask(p63("29999999999999", "0000"))
        nobody = time.monotonic() - begun

        assert min(wrong, nobody) >= limits.BEAT_SECONDS - 0.01
        assert (
            one.mistakes._kept[f"terminal:{world.terminals['e_content'].account.id}"].left
            < limits.FREE_MISTAKES
        )


# certificates for one test


def certificates(folder):
    """An authority, a server, and two machines of it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    now = dt.datetime.now(dt.UTC)
    keys = {name: ec.generate_private_key(ec.SECP256R1()) for name in ("ca", "server", "machine", "other")}
    title = {name: x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in keys}
    for name, key in keys.items():
        made = (
            x509.CertificateBuilder()
            .subject_name(title[name])
            .issuer_name(title["ca"])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=name == "ca", path_length=None), critical=True)
            .sign(keys["ca"], hashes.SHA256())
        )
        (folder / f"{name}.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
        (folder / f"{name}.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )


def sha256_of(path):
    """Of a certificate in PEM."""
    from hashlib import sha256

    return sha256(ssl.PEM_cert_to_DER_cert(path.read_text())).hexdigest()


@contextlib.contextmanager
def tls_client(port, folder, name):
    """A machine that shows a certificate, or none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(folder / "ca.pem")
    if name:
        context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as raw, context.wrap_socket(raw) as line:
        yield line
