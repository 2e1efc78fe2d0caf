"""Two services sign the same patron on. Each learns that the card is valid and a number of its own; neither learns anybody.

The services are played by Authlib's own client, against a live server; what the patron does is done by a browser's client.
"""

from __future__ import annotations

import base64
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.jwk import KeySet
from portal_support import ADA_CARD, ADA_PIN, BEN_CARD, BEN_PIN, DATABASES, Home

from circumspect.faces.portal import connect
from circumspect.offices.publishing import outside
from circumspect.offices.publishing.models import OutsideSite

pytestmark = pytest.mark.django_db(transaction=True, databases=DATABASES)


class Service:
    """A vendor: a client of Authlib's, and what it was told."""

    def __init__(self, issuer: str, name: str, *, tells: tuple[str, ...] = ()) -> None:
        site = outside.Site(
            name=name,
            address=f"https://{name.casefold()}.example/",
            about={"en": name},
            is_service=True,
            sets={"en": "A cookie."},
            sign_on=True,
            return_addresses=[f"https://{name.casefold()}.example/back"],
            tells=tells,
        )
        self.row = outside.put(site)
        self.secret = outside.new_secret(self.row.slug)
        self.found = requests.get(f"{issuer}/.well-known/openid-configuration", timeout=30).json()
        self.session = OAuth2Session(
            self.row.client_id,
            self.secret,
            scope="openid",
            redirect_uri=self.row.return_addresses[0],
            code_challenge_method="S256",
        )
        self.verifier = "v" * 50

    def sends(self, **more: str) -> str:
        """Where it sends somebody."""
        url, self.state = self.session.create_authorization_url(
            self.found["authorization_endpoint"], code_verifier=self.verifier, nonce="n-1", **more
        )
        return str(url)

    def takes(self, back: str) -> dict[str, Any]:
        """Change the code for a token, check it, and return its claims."""
        token = self.session.fetch_token(
            self.found["token_endpoint"], authorization_response=back, code_verifier=self.verifier
        )
        return self.read(token["id_token"])

    def read(self, id_token: str) -> dict[str, Any]:
        keys = KeySet.import_key_set(requests.get(self.found["jwks_uri"], timeout=30).json())
        read = jwt.decode(id_token, keys, algorithms=["ES256"])
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self.found["issuer"]},
            aud={"essential": True, "value": self.row.client_id},
            nonce={"essential": True, "value": "n-1"},
        )
        assert rules
        assert read.claims["iss"] == self.found["issuer"]
        assert read.claims["aud"] == self.row.client_id
        assert read.claims["nonce"] == "n-1"
        return dict(read.claims)


@pytest.fixture
def issuer(live_server: Any, library: Any) -> str:
    """The live server's name among services; the public's pages are at the same place."""
    library.home.config["publishing"] = {"address": live_server.url}
    return f"{live_server.url}/my/connect"


def walks(person: Home, url: str, *, status: int = 200) -> str:
    """Follow a service's link as a signed-in patron, say yes, and give the address that leads back."""
    parts = urlsplit(url)
    start = person.open(f"{parts.path}?{parts.query}", status=status)
    ask = re.search(r"\?ask=([^\"]+)\"", start)
    assert ask is not None
    person.open(f"/my/connect/?ask={ask[1]}")
    person.does("/my/connect/", ask=ask[1].replace("%3A", ":"))
    found = re.search(r'class="button main out" rel="noreferrer external" href="([^"]+)"', person.html)
    assert found is not None, person.html
    return found[1].replace("&amp;", "&")


def signed_in(card: str = ADA_CARD, pin: str = ADA_PIN) -> Home:
    person = Home()
    person.sign_in(card, pin)
    return person


@pytest.mark.clause("TH-3.8")
def test_two_services_know_one_patron_under_two_numbers_and_nothing_else(issuer, library):
    """And the same service knows her again; another patron is another number."""
    films, papers = Service(issuer, "Films", tells=("branch",)), Service(issuer, "Papers")
    ada = signed_in()

    first = films.takes(walks(ada, films.sends()))
    again = films.takes(walks(ada, films.sends()))
    other = papers.takes(walks(ada, papers.sends()))
    ben = papers.takes(walks(signed_in(BEN_CARD, BEN_PIN), papers.sends()))

    frame = {"iss", "aud", "iat", "exp", "nonce", "sub", "valid"}
    assert set(first) == frame | {"branch"}
    assert set(other) == frame
    assert first["sub"] == again["sub"]
    assert len({first["sub"], other["sub"], ben["sub"]}) == 3
    said = json.dumps([first, again, other, ben])
    for secret in (ADA_CARD, BEN_CARD, "Ada", "Zieli", "resident"):
        assert secret not in said


@pytest.mark.clause("TH-3.8")
def test_the_number_is_not_worked_out_from_anything_that_leaves_the_house(issuer, library, make_house):
    """Another house, the same patron's number and service: another sub. A plain hash of the number would be found by trying."""
    import hashlib

    films = Service(issuer, "Films")
    sub = connect.pairwise(library, films.row, 7)
    plain = [
        base64.urlsafe_b64encode(hashlib.new(name, text.encode()).digest()[:16]).rstrip(b"=").decode()
        for name in ("sha256", "sha1", "md5")
        for text in (
            "7",
            f"{films.row.client_id}7",
            f"7{films.row.client_id}",
            f"connect {films.row.client_id}7",
        )
    ]
    assert sub not in plain


def test_a_sign_in_on_the_way_leads_back_to_the_question(issuer, library):
    """Whoever was not signed in signs in, and is asked then."""
    films, ada = Service(issuer, "Films"), Home()
    parts = urlsplit(films.sends())
    start = ada.open(f"{parts.path}?{parts.query}")
    ask = re.search(r"\?ask=([^\"]+)\"", start)[1]
    ada.open(f"/my/connect/?ask={ask}")
    assert 'name="ask"' in ada.html
    hidden = re.search(r'name="ask" value="([^"]+)"', ada.html)[1]
    ada.send("/my/sign-in/", card=ADA_CARD, pin=ADA_PIN, to="portal-connect", ask=hidden)
    assert "May Films be told?" in ada.html
    assert "a number made up for this service alone" in ada.html


def test_a_code_serves_once_its_own_service_and_for_a_minute(issuer, library):
    """Stolen, late, twice, for another, without the verifier: no token."""
    films, papers = Service(issuer, "Films"), Service(issuer, "Papers")
    ada = signed_in()
    back = walks(ada, films.sends())
    code = parse_qs(urlsplit(back).query)["code"][0]

    def tries(service: Service, **more: str) -> int:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": films.row.return_addresses[0],
            "code_verifier": films.verifier,
            **more,
        }
        answer = requests.post(
            service.found["token_endpoint"],
            data=form,
            auth=(service.row.client_id, service.secret),
            timeout=30,
        )
        assert answer.headers["Cache-Control"] == "no-store"
        return answer.status_code

    assert tries(papers) == 400
    assert tries(films, redirect_uri="https://evil.example/") == 400
    assert tries(films, code=code[:-4] + "AAAA") == 400
    assert tries(films, grant_type="password") == 400
    wrong_secret = films.secret
    films.secret = "wrong"
    assert tries(films) == 401
    films.secret = wrong_secret
    assert tries(films) == 200
    assert tries(films) == 400, "used"
    code = parse_qs(urlsplit(walks(ada, films.sends())).query)["code"][0]
    assert tries(films, code_verifier="w" * 50) == 400
    code = parse_qs(urlsplit(walks(ada, films.sends())).query)["code"][0]
    library.clock.forward(seconds=connect.CODE_SECONDS + 1)
    assert tries(films) == 400, "late"


def test_a_challenge_that_was_taken_out_on_the_way_does_not_go_unnoticed(issuer, library):
    """A code of somebody else's, put into this browser, is asked for without: its verifier then proves nothing (RFC 9700)."""
    films, ada = Service(issuer, "Films"), signed_in()
    parts = urlsplit(films.sends())
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    del query["code_challenge"], query["code_challenge_method"]
    bare = f"{parts.path}?{urlencode(query)}"

    def changed(**more: str) -> int:
        code = parse_qs(urlsplit(walks(ada, bare)).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": films.row.return_addresses[0],
            "client_id": films.row.client_id,
            "client_secret": films.secret,
            **more,
        }
        return requests.post(films.found["token_endpoint"], form, timeout=30).status_code

    assert changed() == 200
    assert changed(code_verifier=films.verifier) == 400


@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uri": "https://evil.example/"},
        {"client_id": "nobody"},
        {"response_type": "token"},
        {"scope": "profile"},
        {"code_challenge_method": "plain"},
    ],
)
def test_what_is_not_in_the_register_leads_nowhere(issuer, library, change):
    """No page sends anybody to an address that the register does not have."""
    films = Service(issuer, "Films")
    parts = urlsplit(films.sends())
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | change
    answer = Home().get(parts.path, query)
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()


def test_a_withdrawn_service_and_one_without_sign_on_sign_nobody_on(issuer, library):
    """At once: also with a link made before."""
    films, ada = Service(issuer, "Films"), signed_in()
    url = films.sends()
    outside.withdraw(films.row.slug)
    parts = urlsplit(url)
    assert Home().get(f"{parts.path}?{parts.query}").status_code == 400
    outside.withdraw(films.row.slug, withdrawn=False)
    OutsideSite.objects.update(sign_on=False)
    assert ada.get(f"{parts.path}?{parts.query}").status_code == 400


def test_a_registration_that_ran_out_is_told_to_nobody(issuer, library):
    """The service hears that access was denied, and no number."""
    from circumspect.records.patrons import upkeep

    films, ada = Service(issuer, "Films"), signed_in()

    class Standing:
        branch, category = "main", "resident_adult"

        def blocks_on(self, _day: object) -> tuple[str, ...]:
            from circumspect.records.patrons.standing import BlockKind

            return (BlockKind.EXPIRED,)

    real = upkeep.standing_of
    upkeep.standing_of = lambda *_args, **_more: Standing()  # type: ignore[assignment]
    try:
        back = walks(ada, films.sends())
    finally:
        upkeep.standing_of = real
    query = parse_qs(urlsplit(back).query)
    assert query["error"] == ["access_denied"]
    assert "code" not in query
    assert query["state"] == [films.state]


def test_every_sign_on_is_entered_as_the_patrons_own(issuer, library):
    """The ledger says that she used her own standing; it names no service."""
    films, ada = Service(issuer, "Films"), signed_in()
    before = library.ledger.size()
    walks(ada, films.sends())
    bodies = [dict(entry.body) for entry in library.ledger.entries(before, library.ledger.size())]
    assert [(body["action"], body["purpose"], body["fields"], body["outcome"]) for body in bodies] == [
        ("use", "own record", ["standing"], "allowed")
    ]
    assert "ilms" not in str(bodies)
