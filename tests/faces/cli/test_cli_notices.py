"""Notices by the command line: a preview of nobody, runs that may be killed, mail that came back."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from cli_support import circumspect, is_one_plain_sentence, killed_at

DIES_AFTER_THE_FIRST = """
from circumspect.faces.cli import homes
real_start = homes.start
def start(root):
    home = real_start(root)
    from circumspect.offices.notices import transports
    real = transports.SmtpTransport._give_text
    def cut(*args):
        real(*args)
        die()
    transports.SmtpTransport._give_text = cut
    return home
homes.start = start
"""


class Post:
    """A mail server that keeps whom it took mail for."""

    def __init__(self) -> None:
        self.to: list[str] = []
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.to += envelope.rcpt_tos
        return "250 ok"


@pytest.fixture
def post() -> Iterator[Post]:
    keeper, loop = Post(), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(keeper, loop=loop), "127.0.0.1", 0))
    keeper.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield keeper
    loop.call_soon_threadsafe(server.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


@pytest.fixture
def switched_on(sample: Path, post: Post) -> Path:
    """A sample library whose notices go out at any hour."""
    config = sample / "config.toml"
    config.write_text(
        config.read_text()
        + '\n[notices]\non = true\nsend_from = "00:00"\nsend_until = "23:59:59"\n[notices.email]\nhost = "127.0.0.1"\n'
        f'port = {post.port}\ntls = "none"\nsender = "n@library.example"\nbounces = "b@library.example"\n'
    )
    return sample


def test_a_preview_is_about_nobody(made_sample):
    done = circumspect("notices", "preview", "overdue", "--language", "pl", "--titles", "--home", made_sample)

    assert done.code == 0
    assert "Po terminie: Prairie Bend Public Library" in done.output
    assert "An invented title, volume 1" in done.output.partition("--- sms")[0]
    assert "invented" not in done.output.partition("--- sms")[2]


def test_notices_that_are_off_are_said_to_be_off(made_sample):
    assert is_one_plain_sentence(circumspect("notices", "run", "--home", made_sample))
    assert circumspect("notices", "status", "--json", "--home", made_sample).json["on"] is False


@pytest.mark.clause("TH-1.12")
def test_a_run_killed_outright_sends_nobody_twice(switched_on, post):
    """Killed right after the first mail left; then run again, and again."""
    assert killed_at(DIES_AFTER_THE_FIRST, "notices", "run", "--home", str(switched_on)) == -9
    assert len(post.to) == 1

    done = circumspect("notices", "run", "--json", "--home", switched_on)
    assert circumspect("notices", "run", "--json", "--home", switched_on).json["sent"] == 0

    assert done.code == 0, done.errors
    assert done.json["sent"] > 10
    assert 1 <= done.json["unsure"] <= 20
    assert len(post.to) == len(set(post.to)) == done.json["sent"] + 1
    states = circumspect("notices", "status", "--json", "--home", switched_on).json["outbox"]
    assert {"state": "unsure", "way": "email", "notices": done.json["unsure"]} in states


def test_mail_that_is_not_ours_changes_nothing(made_sample, tmp_path):
    stranger = tmp_path / "mail"
    stranger.write_text("To: somebody@else.example\n\nhello\n")

    done = circumspect("notices", "bounce", stranger, "--home", made_sample)

    assert (done.code, done.output) == (0, "No good token of ours is in it; nothing is changed.\n")
    (tmp_path / "empty").write_text("")
    assert is_one_plain_sentence(circumspect("notices", "bounce", tmp_path / "empty", "--home", made_sample))


def test_a_wrong_setting_is_named(sample):
    config = sample / "config.toml"
    config.write_text(config.read_text() + "\n[notices]\non = true\nbill_days = 60\n")

    done = circumspect("notices", "run", "--home", sample)

    assert is_one_plain_sentence(done)
    assert "[notices] bill_days in config.toml lies between 28 and 42" in done.errors
