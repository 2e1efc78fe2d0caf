"""Listen for machines: lines in, lines out. What they mean is in ``answers``; how they look, in ``codec``.

One loop in a thread of its own reads and writes; a few working threads answer. Of one connection a line is
answered before the next is read, so its order is kept, and whoever floods us is read no faster than
answered. Connections are let go that are silent too long, read too slowly, send lines without end, do not say
who they are, or are too many.

A line that cannot be read is asked for again (96), one with a wrong checksum likewise, and 97 gets the
last answer again. Nothing of a line, an answer or an address is ever logged.

Source: SIP2 2.00; clauses MP-3.6, TH-1.11.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any, TypeVar

from django.db import close_old_connections, connection, connections

from circumspect.faces.sip2 import codec
from circumspect.faces.sip2.answers import Conversation
from circumspect.faces.sip2.codec import Encoding, Fault, Lines, Received, SipError
from circumspect.faces.sip2.limits import Mistakes, on_the_beat
from circumspect.faces.sip2.resends import RESEND_SECONDS, Resends
from circumspect.offices.terminals import accounts
from circumspect.offices.terminals.accounts import Account, ErrorDetection
from circumspect.trust.door.house import House

WORKERS = 4
MOST_CONNECTIONS = 256
MOST_FROM_STRANGERS = 128  # that have not said who they are
LOGIN_SECONDS = 30.0
LOGIN_TRIES = 3
WRITE_SECONDS = 10.0
BAD_LINES = 10  # in a row
# To finish an answer at the end. With what follows it stays within the ten seconds after which the web server
# ends its working process the hard way.
STOP_SECONDS = 4.0
_CLOSING_SECONDS = 2.0
# An account that was changed or taken out of service counts for a running connection after this long.
ACCOUNT_SECONDS = 5.0
# What a connection may have sent ahead, and what may wait to be read by it.
_AHEAD_BYTES = 8192
_BEHIND_BYTES = 65536

log = logging.getLogger("circumspect.sip2")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen.

    Attributes:
        tls: None for the plain port.
    """

    host: str
    port: int
    tls: ssl.SSLContext | None = field(default=None, repr=False)


def tls_context(certificate: str, key: str, client_ca: str = "") -> ssl.SSLContext:
    """TLS as machines get it: version 1.2 or later; with ``client_ca`` each has to show a certificate of it.

    Raises:
        OSError, ssl.SSLError: A file cannot be read, or is no certificate or key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class Server(threading.Thread):
    """Serves one house's machines until told to stop. A thread with a loop of its own.

    Attributes:
        ports: Where it listens, once ``wait_until_up`` has returned.
    """

    def __init__(self, house: House, places: list[Place]) -> None:
        super().__init__(name="sip2", daemon=True)
        self._house = house
        self._places = places
        self._up = threading.Event()
        self._problem: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._talks: dict[_Talk, asyncio.Task[None]] = {}
        self.stopping = False
        self._strangers = 0
        # Writers of SQLite queue here rather than in its own waiting, which sleeps and polls.
        self._turn = threading.Lock()
        self._one_at_a_time = connection.vendor == "sqlite"
        self.mistakes = Mistakes()
        self.resends = Resends()
        self.ports: list[int] = []

    def wait_until_up(self, seconds: float = 10.0) -> None:
        """Wait until every place is listened at.

        Raises:
            OSError: One cannot be.
        """
        self._up.wait(seconds)
        if self._problem is not None:
            raise self._problem

    def stop(self) -> None:
        """Finish what is being answered, let everybody go, and end."""
        loop, end = self._loop, self._end
        if loop is not None and end is not None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(end.set)
        self.join(STOP_SECONDS * 2)

    def run(self) -> None:
        """The thread's work."""
        try:
            asyncio.run(self._serve())
        except Exception as problem:
            self._problem = problem
            log.exception("the machines' server has ended")
        finally:
            self._up.set()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="sip2")
        listening = []
        try:
            for place in self._places:
                server = await asyncio.start_server(
                    self._greet,
                    place.host,
                    place.port,
                    ssl=place.tls,
                    limit=_AHEAD_BYTES,
                    ssl_handshake_timeout=LOGIN_SECONDS if place.tls else None,
                )
                listening.append(server)
                self.ports.append(server.sockets[0].getsockname()[1])
            self._up.set()
            await self._end.wait()
        finally:
            for server in listening:
                server.close()
            await self._let_everybody_go()
            # Each worker closes its own connections: they wait for one another, or one would do it for two.
            together = threading.Barrier(WORKERS)
            for _ in range(WORKERS):
                self._pool.submit(_close_connections, together)
            self._pool.shutdown(wait=True)

    async def _let_everybody_go(self) -> None:
        """Whoever waits goes at once; who is being answered gets the answer first."""
        self.stopping = True
        for talk, task in list(self._talks.items()):
            if not talk.busy:
                task.cancel()
        left = list(self._talks.values())
        if left:
            _, late = await asyncio.wait(left, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._talks) >= MOST_CONNECTIONS or self._strangers >= MOST_FROM_STRANGERS:
            writer.transport.abort()
            return
        talk = _Talk(self, reader, writer)
        task = self._talks[talk] = asyncio.ensure_future(talk.go())
        try:
            await task
        except (ConnectionError, TimeoutError, ssl.SSLError, asyncio.CancelledError):
            # The line went away, or we are stopping: there is nobody to tell.
            pass
        except Exception:
            log.exception("a machine's connection has ended")
        finally:
            talk.end()
            del self._talks[talk]

    # work, in a working thread

    async def work(self, what: Callable[..., _Answer], *arguments: Any, alone: bool = True) -> _Answer:
        """Do something that touches the databases; one such thing at a time where they know no better."""
        loop = asyncio.get_running_loop()
        call = partial(
            self._in_turn if alone and self._one_at_a_time else _with_connections, what, *arguments
        )
        return await loop.run_in_executor(self._pool, call)

    def _in_turn(self, what: Callable[..., _Answer], *arguments: Any) -> _Answer:
        with self._turn:
            return _with_connections(what, *arguments)

    @property
    def house(self) -> House:
        """Whose machines they are."""
        return self._house

    def stranger_came(self) -> None:
        """Count a connection that has not said who it is."""
        self._strangers += 1

    def stranger_went(self) -> None:
        """It has, or is gone."""
        self._strangers -= 1


def _with_connections(what: Callable[..., _Answer], *arguments: Any) -> _Answer:
    try:
        return what(*arguments)
    finally:
        # Drops a connection that broke; one that works is kept for the next line.
        close_old_connections()


def _close_connections(together: threading.Barrier) -> None:
    with contextlib.suppress(threading.BrokenBarrierError):
        together.wait(_CLOSING_SECONDS)
    connections.close_all()


class _Talk:
    """One connection.

    Attributes:
        busy: A line of it is being answered.
    """

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._address = _address(writer)
        self._certificate = _certificate(writer)
        self._lines = Lines()
        self._waiting: list[bytes] = []
        self._conversation: Conversation | None = None
        self._looked_up_at = 0.0
        self._tries = 0
        self._bad_lines = 0
        self._last = b""
        self._last_act = b""
        self._last_act_at = 0.0
        self._is_stranger = True
        self.busy = False
        server.stranger_came()
        writer.transport.set_write_buffer_limits(high=_BEHIND_BYTES)

    def end(self) -> None:
        """Let go, whatever it was in the middle of."""
        self._no_stranger()
        if self._writer.transport.get_write_buffer_size():
            self._writer.transport.abort()
        else:
            self._writer.close()

    def _no_stranger(self) -> None:
        if self._is_stranger:
            self._is_stranger = False
            self._server.stranger_went()

    async def go(self) -> None:
        """Answer line after line until there is no more."""
        known = await self._server.work(
            partial(accounts.recognise, address=self._address, certificate_sha256=self._certificate)
        )
        if known is not None:
            self._begin(known)
        deadline = time.monotonic() + LOGIN_SECONDS
        while True:
            if self._conversation is None and time.monotonic() > deadline:
                return
            line = await self._next_line()
            if line is None:
                return
            self.busy = True
            goes_on = await self._take(line)
            self.busy = False
            if not goes_on or self._server.stopping:
                return

    async def _next_line(self) -> bytes | None:
        """The next line; None at the end, and where a line is too long or nothing comes."""
        while not self._waiting:
            account = self._account
            patience = account.idle_seconds if account else LOGIN_SECONDS
            try:
                async with asyncio.timeout(patience):
                    data = await self._reader.read(4096)
            except TimeoutError:
                return None
            if not data:
                return None
            try:
                self._waiting = list(self._lines.feed(data))
            except SipError:
                return None
        return self._waiting.pop(0)

    @property
    def _account(self) -> Account | None:
        return self._conversation.account if self._conversation else None

    def _begin(self, account: Account) -> None:
        self._no_stranger()
        self._conversation = Conversation(self._server.house, account)
        self._looked_up_at = time.monotonic()

    # one line

    async def _take(self, line: bytes) -> bool:
        """Answer one line; whether to go on."""
        begun = time.monotonic()
        account = self._account
        try:
            received = self._read(line, account)
        except SipError as fault:
            self._bad_lines += 1
            await self._send(self._write(codec.SendYoursAgain(), None, checked=fault.checked))
            return self._bad_lines < BAD_LINES
        self._bad_lines = 0
        if isinstance(received.message, codec.SendAgain):
            await self._send(
                self._last or self._write(codec.SendYoursAgain(), None, checked=received.checked)
            )
            return True
        # Only of what comes straight after it can an act be the resend.
        last_act, self._last_act = self._last_act, b""
        if isinstance(received.message, codec.Login):
            return await self._log_in(received, received.message, begun)
        conversation = self._conversation
        if conversation is None or not await self._is_still_known(conversation):
            return False
        await self._answer(conversation, received, begun, last_act)
        return True

    def _read(self, line: bytes, account: Account | None) -> Received:
        detection = account.error_detection if account else ErrorDetection.FOLLOW
        received = codec.decode(line, self._encoding, check=detection is not ErrorDetection.NEVER)
        if type(received.message) not in codec.REQUESTS:
            raise SipError(Fault.UNKNOWN, checked=received.checked)
        if detection is ErrorDetection.ALWAYS and not (
            received.checked or isinstance(received.message, codec.SendAgain)
        ):
            raise SipError(Fault.CHECKSUM, checked=True)
        return received

    @property
    def _encoding(self) -> Encoding:
        account = self._account
        return Encoding(account.encoding) if account else Encoding.CP850

    async def _answer(
        self, conversation: Conversation, received: Received, begun: float, last_act: bytes
    ) -> None:
        server, who = self._server, f"terminal:{conversation.account.id}"
        act = server.resends.act(received.message, received.sequence)
        if act and act == last_act and begun - self._last_act_at < RESEND_SECONDS:
            self._last_act = act
            await self._send(self._last)
            return
        payment = server.resends.payment(who, received.message)
        before = server.resends.answer_to(payment, begun) if payment else None
        if before is not None:
            self._last = self._write(before, received.sequence, checked=received.checked)
            await self._send(self._last)
            return
        guess = conversation.may_be_a_guess(received.message)
        if guess:
            wait = server.mistakes.wait(who, begun)
            if wait:
                await asyncio.sleep(wait)
                begun = time.monotonic()
        # A PIN takes its time in a hash, which needs no turn: others go on meanwhile.
        hashes = guess and bool(getattr(received.message, "patron_password", ""))
        answer = await server.work(conversation.answer, received.message, alone=not hashes)
        server.resends.booked(payment, answer, begun)
        if conversation.guessed:
            server.mistakes.was_wrong(who, begun)
            await asyncio.sleep(on_the_beat(time.monotonic() - begun))
        self._last = self._write(answer, received.sequence, checked=received.checked)
        self._last_act, self._last_act_at = act, begun
        await self._send(self._last)

    async def _log_in(self, received: Received, message: codec.Login, begun: float) -> bool:
        server, who = self._server, f"address:{self._address}"
        wait = server.mistakes.wait(who, begun)
        if wait:
            await asyncio.sleep(wait)
            begun = time.monotonic()
        account = await server.work(
            partial(
                accounts.log_in,
                server.house,
                message.user,
                message.password,
                address=self._address,
                certificate_sha256=self._certificate,
            ),
            alone=False,
        )
        if account is None:
            self._tries += 1
            server.mistakes.was_wrong(who, begun)
            await asyncio.sleep(on_the_beat(time.monotonic() - begun))
        else:
            self._begin(account)
        self._last = self._write(
            codec.LoginAnswer(ok="1" if account else "0"), received.sequence, checked=received.checked
        )
        await self._send(self._last)
        return account is not None or self._tries < LOGIN_TRIES

    async def _is_still_known(self, conversation: Conversation) -> bool:
        """Whether the account is still in service; what was changed of it counts from now on."""
        if time.monotonic() - self._looked_up_at < ACCOUNT_SECONDS:
            return True
        account = await self._server.work(accounts.still, conversation.account)
        if account is None or not account.may_come_from(self._address):
            return False
        conversation.account = account
        self._looked_up_at = time.monotonic()
        return True

    def _write(self, message: codec.Message, sequence: str | None, *, checked: bool) -> bytes:
        account = self._account
        never = account is not None and account.error_detection is ErrorDetection.NEVER
        return codec.encode(
            message,
            self._encoding,
            sequence=sequence,
            checked=checked and not never,
            end=account.terminator if account else b"\r",
        )

    async def _send(self, data: bytes) -> None:
        self._writer.write(data)
        async with asyncio.timeout(WRITE_SECONDS):
            await self._writer.drain()


def _address(writer: asyncio.StreamWriter) -> str:
    peer = writer.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) else ""


def _certificate(writer: asyncio.StreamWriter) -> str:
    """The SHA-256 of the client certificate that TLS has checked, hex; "" where none was shown."""
    secured = writer.get_extra_info("ssl_object")
    shown = secured.getpeercert(binary_form=True) if secured is not None else None
    return sha256(shown).hexdigest() if shown else ""
