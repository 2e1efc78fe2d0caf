"""The seat's pages as text: lock screen and clock. Pure: what is shown in, HTML out.

No script stands in the page and nothing is loaded from elsewhere. What was typed never comes back into it.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources

from circumspect.faces.seat import clock
from circumspect.faces.seat.kiosk import Screen, Shown
from circumspect.faces.seat.words import LANGUAGES, word


def page(shown: Shown, language: str, token: str) -> str:
    """The whole page for this moment.

    Args:
        token: What a form must bring back, so that no page from elsewhere can send one.
    """
    body = {Screen.FREE: _free, Screen.IN_USE: _in_use, Screen.CLOSED: _closed}[shown.screen]
    title = escape(shown.seat or word(language, "welcome"))
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        '<link rel="stylesheet" href="/seat.css"><script src="/seat.js" defer></script></head>'
        f'<body class="{shown.screen.value}" data-mark="{mark(shown)}">'
        f'<header><p class="library">{escape(shown.library)}</p><p class="seat">{escape(shown.seat)}</p></header>'
        f"<main>{body(shown, language, token)}</main>{_languages(language)}</body></html>"
    )


def mark(shown: Shown) -> str:
    """What must change before the page is drawn anew; a ticking clock is not such a thing."""
    parts = (
        shown.screen,
        shown.state,
        shown.message,
        shown.called,
        shown.warn,
        shown.print_cents,
        shown.refused,
    )
    return escape("-".join(str(part) for part in parts))


def _free(shown: Shown, language: str, token: str) -> str:
    said = _said(shown, language)
    called = (
        f'<p class="called">{escape(word(language, "called", number=shown.called))}</p>'
        if shown.called
        else ""
    )
    ticket = (
        '<label for="{id}">' + escape(word(language, "ticket")) + "</label>"
        '<input id="{id}" name="ticket" autocomplete="off" maxlength="4" class="short">'
        if shown.called
        else ""
    )
    start = f'<form method="post" action="/sign-in" autocomplete="off"><input type="hidden" name="token" value="{token}">'
    button = f"<button>{escape(word(language, 'begin'))}</button></form>"
    return (
        f"<h1>{escape(word(language, 'welcome'))}</h1>{called}{said}<div class='ways'>"
        f"<section><h2>{escape(word(language, 'with_card'))}</h2>{start}"
        f'<label for="card">{escape(word(language, "card"))}</label>'
        '<input id="card" name="card" inputmode="numeric" maxlength="32" autocomplete="off" required autofocus>'
        f'<label for="pin">{escape(word(language, "pin"))}</label>'
        '<input id="pin" name="pin" type="password" inputmode="numeric" maxlength="8" autocomplete="off" required>'
        f"{ticket.format(id='ticket-1') if ticket else ''}{button}</section>"
        f"<section><h2>{escape(word(language, 'with_pass'))}</h2>{start}"
        f'<label for="pass">{escape(word(language, "pass"))}</label>'
        '<input id="pass" name="pass" maxlength="12" autocomplete="off" spellcheck="false" required>'
        f"{ticket.format(id='ticket-2') if ticket else ''}{button}"
        f'<p class="hint">{escape(word(language, "no_card"))}</p></section></div>'
        f'<p class="promise">{escape(word(language, "promise"))}</p>'
    )


def _in_use(shown: Shown, language: str, token: str) -> str:
    minutes = clock.minutes_shown(shown.seconds_left)
    unit = word(language, "minute_left" if minutes == 1 else "minutes_left")
    money = (
        f"<p>{escape(word(language, 'print', money=f'${shown.print_cents // 100}.{shown.print_cents % 100:02d}'))}</p>"
        if shown.print_cents
        else ""
    )
    warn = ""
    if shown.warn:
        text = word(language, "warn_1") if shown.warn == 1 else word(language, "warn", minutes=shown.warn)
        warn = f'<p class="warn" role="alert">{escape(text)}</p>'
    form = f'<form method="post" action="/{{act}}"><input type="hidden" name="token" value="{token}">'
    return (
        f'{warn}<h1 class="clock"><b id="minutes" role="timer">{minutes}</b> <span>{escape(unit)}</span></h1>'
        f"{_said(shown, language)}{money}<div class='acts'>"
        f"{form.format(act='extend')}<button>{escape(word(language, 'extend'))}</button></form>"
        f"{form.format(act='end')}<button class='main'>{escape(word(language, 'end'))}</button></form></div>"
        f'<p class="hint">{escape(word(language, "end_hint"))}</p>'
    )


def _closed(shown: Shown, language: str, _token: str) -> str:
    return f'<h1 role="status">{escape(word(language, "state." + shown.state))}</h1>'


def _said(shown: Shown, language: str) -> str:
    refused = (
        f'<p class="warn" role="alert">{escape(word(language, "no." + shown.refused))}</p>'
        if shown.refused
        else ""
    )
    message = (
        f'<p class="message" role="status">{escape(word(language, "message." + shown.message))}</p>'
        if shown.message
        else ""
    )
    return refused + message


def _languages(language: str) -> str:
    links = "".join(
        f'<a href="/?language={code}" lang="{code}"{" aria-current=true" if code == language else ""}>{name}</a>'
        for code, name in LANGUAGES.items()
    )
    return f'<nav aria-label="Language">{links}</nav>'


def style() -> str:
    """The pages' one stylesheet."""
    return _own_file("seat.css")


def script() -> str:
    """The pages' one script."""
    return _own_file("seat.js")


@cache
def _own_file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
