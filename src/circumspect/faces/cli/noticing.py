"""Notices by hand: run, how the outbox stands, what a notice looks like, and mail that came back.

None of it prints anything of anybody: a run says numbers, a preview is about an invented person.

Source: issue "the desk complete", section 1; clause TH-1.12.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import BinaryIO

from circumspect.faces.cli.console import say, say_json, say_table
from circumspect.faces.cli.homes import the_house
from circumspect.faces.cli.problems import CommandError
from circumspect.home import Home
from circumspect.offices.notices import running
from circumspect.offices.notices.bounces import LARGEST, take_bounce
from circumspect.offices.notices.kinds import Kind, NoticeSettings
from circumspect.offices.notices.previewing import preview


def run(home: Home, *, as_json: bool) -> None:
    """One run now.

    Raises:
        CommandError: Notices are off.
        HomeError: A setting does not do.
        Refused, DoorClosed: The door stays shut; what is sent stays sent.
    """
    settings = NoticeSettings.of(home)
    if not settings.on:
        raise CommandError("notices are off: set [notices] on = true in config.toml")
    house = the_house()
    done = running.run(house, settings, running.transports_of(house, settings))
    if as_json:
        say_json(asdict(done) if done else {"ran": False})
        return
    if done is None:
        say("Nothing was sent: these are quiet hours, or another run is at work.")
        return
    say(
        f"{done.planned:,} planned, {done.sent:,} sent, {done.by_post:,} turned to post, {done.later:,} to be tried again,"
        f" {done.failed:,} failed, {done.unsure:,} unsure, {done.nothing_left:,} with nothing left to say."
    )
    for why in done.down:
        say(f"Waiting: {why}.")


def status(*, as_json: bool) -> None:
    """How the outbox stands: numbers."""
    told = running.status(the_house())
    counts = [
        {"state": state.value, "way": channel.value, "notices": number}
        for (state, channel), number in sorted(told.counts.items())
    ]
    kinds = {kind.value: number for kind, number in sorted(told.kinds.items())}
    if as_json:
        say_json(
            {"on": told.on, "outbox": counts, "sent": kinds, "addresses_returned": told.returned, "oldest_open": told.oldest}
        )  # fmt: skip
        return
    say(f"Notices are {'on' if told.on else 'off'}.")
    if counts:
        say_table([[str(each[name]) for name in each] for each in counts], ["state", "way", "notices"])
    for name, number in kinds.items():
        say(f"Sent in sixty days: {number:,} {name.replace('_', ' ')}")
    say(f"E-mail addresses written to by post, since mail came back: {told.returned:,}")


def show(home: Home, kind: str, language: str, *, titles: bool, as_json: bool) -> None:
    """What a notice looks like, about an invented person."""
    texts = preview(the_house(), NoticeSettings.of(home), Kind(kind), language, titles=titles)
    if as_json:
        say_json(texts)
        return
    for name, text in texts.items():
        say(f"--- {name}")
        say(text)


def bounce(home: Home, message: BinaryIO) -> None:
    """Take one message that came back. Nothing of it is kept or printed.

    Raises:
        CommandError: Nothing was given.
        Refused, DoorClosed: The door stays shut; offer it again.
    """
    raw = message.read(LARGEST)
    if not raw.strip():
        raise CommandError("give the message that came back: circumspect notices bounce < message")
    say(f"{take_bounce(the_house(), NoticeSettings.of(home).mail.bounces, raw).value.capitalize()}.")
