"""An entry goes to the library's accounts elsewhere: over Mastodon's own interface, or as a file. Against a real HTTP server."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from circumspect.home import Home, HomeError
from circumspect.offices.publishing import social, writing
from circumspect.offices.publishing.models import SocialPost
from circumspect.offices.publishing.rules import Kind, PublishingError
from circumspect.trust.policy.request import Actor, ActorKind

pytestmark = pytest.mark.django_db(databases=["default"])
NOW = dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)
TODAY = NOW.date()
WRITER = Actor(ActorKind.STAFF, "7", frozenset({"communications"}), True)


class FakeMastodon(HTTPServer):
    """Takes statuses as Mastodon does: a bearer token, a form, the same key twice is one status."""

    def __init__(self) -> None:
        self.statuses: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.is_down = False
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: FakeMastodon

    def do_POST(self) -> None:
        self.server.asked.append(self.path)
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.server.is_down:
            return self._answer(503, {"error": "down"})
        if self.headers.get("Authorization") != "Bearer good-token":
            return self._answer(401, {"error": "The access token is invalid"})
        key = self.headers.get("Idempotency-Key", "")
        if key not in self.server.statuses:
            number = len(self.server.statuses) + 1
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.server.statuses[key] = {
                "id": str(number),
                "url": f"http://social.example/@library/{number}",
                "content": form["status"],
                "visibility": form.get("visibility"),
                "language": form.get("language"),
                "created_at": "2026-11-23T16:00:00.000Z",
            }
        return self._answer(200, self.server.statuses[key])

    def _answer(self, status: int, told: dict[str, Any]) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def mastodon() -> Iterator[FakeMastodon]:
    server = FakeMastodon()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def there(home: Home, mastodon: FakeMastodon) -> Home:
    """A home with one account by the interface and one by file."""
    path = home.root / "config.toml"
    lines = f'\n[social]\nmastodon = "http://127.0.0.1:{mastodon.server_port}/@library"\nboard = "https://board.example/lib"\n'
    path.write_text(path.read_text() + lines)
    home.write_key_file("social-mastodon.token", b"good-token\n")
    return Home.open(home.root)


@pytest.fixture
def version() -> Any:
    draft = writing.Draft(Kind.NEWS, {"en": {"title": "Open late", "summary": "Until nine.", "body": "x"}})
    return writing.publish(writing.save_draft(draft, WRITER, now=NOW), now=NOW)


def test_an_entry_is_posted_once_with_its_address_and_nothing_of_ours(there, mastodon, version):
    """Twice pressed, and twice sent, it is one post."""
    text = social.text_for(version.texts, "https://library.example/library/news/open-late/")
    row = social.post(there, version, "mastodon", text, today=TODAY)
    social.post(there, version, "mastodon", text, today=TODAY)
    SocialPost.objects.all().delete()
    social.post(there, version, "mastodon", text, today=TODAY)

    (status,) = mastodon.statuses.values()
    assert status["content"] == "Open late\n\nUntil nine.\n\nhttps://library.example/library/news/open-late/"
    assert (status["visibility"], status["language"]) == ("public", "en")
    assert row.address == "http://social.example/@library/1"
    assert mastodon.asked == ["/api/v1/statuses"] * 2, "nothing else was asked of them"


def test_an_account_without_a_token_gets_a_file(there, version):
    """For a person to post."""
    social.post(there, version, "board", "What it says", today=TODAY)
    (file,) = (there.root / social.OUTBOX).iterdir()
    assert file.name == "board-news-open-late-1.txt"
    assert file.read_text() == "What it says\n"


def test_a_site_that_does_not_take_it_is_told_and_may_be_tried_again(there, mastodon, version):
    """Nothing is said to be posted that was not."""
    mastodon.is_down = True
    with pytest.raises(PublishingError):
        social.post(there, version, "mastodon", "x", today=TODAY)
    assert SocialPost.objects.get().posted_on is None
    mastodon.is_down = False
    assert social.post(there, version, "mastodon", "x", today=TODAY).posted_on == TODAY


def test_a_draft_an_unknown_account_and_a_wrong_token_post_nothing(there, mastodon, version):
    """Each says which."""
    draft = writing.save_draft(writing.Draft(Kind.NEWS, {"en": {"title": "D", "body": "x"}}), WRITER, now=NOW)
    (there.keys / "social-mastodon.token").write_text("bad-token")
    for post in (
        lambda: social.post(there, draft, "board", "x", today=TODAY),
        lambda: social.post(there, version, "elsewhere", "x", today=TODAY),
        lambda: social.post(there, version, "mastodon", "x", today=TODAY),
    ):
        with pytest.raises(PublishingError):
            post()
    assert mastodon.statuses == {}


def test_a_line_that_is_no_address_is_refused(home):
    """Named, as the other settings are."""
    path = home.root / "config.toml"
    path.write_text(path.read_text() + "\n[social]\nx = 3\n")
    with pytest.raises(HomeError, match="social"):
        social.accounts(Home.open(home.root))


def test_a_long_summary_is_cut_and_the_address_never():
    """Every network takes it."""
    text = social.text_for(
        {"en": {"title": "T", "summary": "word " * 200, "body": ""}},
        "https://library.example/library/news/t/",
    )
    assert len(text) <= social.LONGEST
    assert text.endswith("https://library.example/library/news/t/")
