"""Sign patrons on to services by OpenID Connect: a service learns that somebody is valid, and a number made up for it alone.

The number (``sub``) is worked out from the patron's under a key of the house and the service's own name, so that two
services that lay their lists side by side find nobody twice, and a service cannot work out whose it is. There is no claim for a
name, a card, an address or anything borrowed: ``TELLS`` of the register is all there is, and a service gets of it what its
row says. Nothing is stored: a code is a sealed message that lives a minute and serves once, and after it nothing is left of a
sign-on but its entry in the ledger.

Authorization code flow, response_type "code" alone; PKCE with S256 where a service uses it; ES256. The key that signs is worked
out from the house's keys and published at ``keys``.

Source: OpenID Connect Core 1.0; RFC 6749, 7636, 9207; clause TH-3.8.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from threading import Lock
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from circumspect.offices.publishing import outside
from circumspect.offices.publishing.models import OutsideSite
from circumspect.records.patrons import upkeep
from circumspect.records.patrons.standing import BlockKind
from circumspect.trust.door.house import House
from circumspect.trust.policy.request import Actor, Circumstance, Purpose

CODE_SECONDS = 60
TOKEN_SECONDS = 300
_LABEL = "connect code"
# The order of P-256 (SEC 2): a key is a number from 1 to one less.
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class ConnectError(Exception):
    """A request that is answered with an error of OAuth's own list.

    Attributes:
        code: Such as "invalid_client".
        may_return: The service may be told by sending the patron back; False where the address back is not known to be its own.
    """

    def __init__(self, code: str, *, may_return: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.may_return = may_return


@dataclass(frozen=True, slots=True)
class Ask:
    """What a service asks for, held against its row of the register."""

    client_id: str
    back_to: str
    state: str
    nonce: str
    challenge: str


def read_ask(asked: Mapping[str, str]) -> Ask:
    """Read a service's request.

    Raises:
        ConnectError: It is not a service of the register, not its address, or not this flow.
    """
    row = outside.client(asked.get("client_id", "")[:80])
    if row is None or asked.get("redirect_uri", "") not in row.return_addresses:
        raise ConnectError("invalid_request")
    ask = Ask(
        row.client_id,
        asked["redirect_uri"],
        asked.get("state", "")[:500],
        asked.get("nonce", "")[:500],
        asked.get("code_challenge", "")[:128],
    )
    if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
        raise ConnectError("unsupported_response_type", may_return=True)
    if ask.challenge and asked.get("code_challenge_method") != "S256":
        raise ConnectError("invalid_request", may_return=True)
    return ask


def pairwise(house: House, row: OutsideSite, patron: int) -> str:
    """The number under which one service knows one patron, and no other service does."""
    made = house.vault.proof(f"connect {row.client_id}", str(patron))
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def claims_for(house: House, actor: Actor, patron: int, row: OutsideSite) -> dict[str, Any] | None:
    """What a service is told; None where the patron's registration is not in force.

    Raises:
        DoorError: The door stays shut.
    """
    standing = upkeep.standing_of(
        house, actor, patron, circumstance=Circumstance.OWN_SIGN_IN, purpose=Purpose.OWN_RECORD
    )
    if BlockKind.EXPIRED in standing.blocks_on(house.today()):
        return None
    told: dict[str, Any] = {"sub": pairwise(house, row, patron), "valid": True}
    known = {"category": standing.category, "branch": standing.branch}
    return told | {name: known[name] for name in outside.TELLS if name in row.tells}


def code_for(house: House, ask: Ask, claims: Mapping[str, Any]) -> str:
    """A code that the service may change for its token, once, within a minute."""
    told = {
        **asdict(ask),
        "claims": dict(claims),
        "at": house.second(),
        "once": secrets.token_urlsafe(12),
    }
    sealed = house.vault.secrets.protect(_LABEL, json.dumps(told).encode())
    return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()


def way_back(ask: Ask, issuer: str, **told: str) -> str:
    """The address that the patron's browser takes back to the service."""
    joint = "&" if "?" in ask.back_to else "?"
    parts = {**told, "iss": issuer, **({"state": ask.state} if ask.state else {})}
    return f"{ask.back_to}{joint}{urlencode(parts)}"


def token_for(house: House, issuer: str, row: OutsideSite, asked: Mapping[str, str]) -> dict[str, Any]:
    """Change a code for a token.

    Raises:
        ConnectError: The code is not this service's, was used, or is too old; or the proof of its verifier fails.
    """
    if asked.get("grant_type") != "authorization_code":
        raise ConnectError("unsupported_grant_type")
    told = _opened(house, asked.get("code", ""))
    now = house.second()
    if told["client_id"] != row.client_id or told["back_to"] != asked.get("redirect_uri", ""):
        raise ConnectError("invalid_grant")
    if not 0 <= now - told["at"] <= CODE_SECONDS or not _USED.take(told["once"]):
        raise ConnectError("invalid_grant")
    # A verifier proves nothing for a code that was asked for without a challenge: somebody took it out on the way (RFC 9700).
    verifier = asked.get("code_verifier", "")
    proof = _challenge(verifier) if verifier else ""
    if not hmac.compare_digest(told["challenge"].encode(), proof.encode()):
        raise ConnectError("invalid_grant")
    claims = {
        **told["claims"],
        "iss": issuer,
        "aud": row.client_id,
        "iat": now,
        "exp": now + TOKEN_SECONDS,
        **({"nonce": told["nonce"]} if told["nonce"] else {}),
    }
    key = signing_key(house)
    return {
        "id_token": jwt.encode({"alg": "ES256", "kid": key.kid or ""}, claims, key),
        # It opens nothing: there is no more to be had here than the token beside it says.
        "access_token": secrets.token_urlsafe(24),
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "scope": "openid",
    }


def row_of(asked: Mapping[str, str], authorization: str) -> OutsideSite:
    """The service that asks, by its name and secret, in a header or in the form.

    Raises:
        ConnectError: It is none, or the secret is not its own.
    """
    name, secret = asked.get("client_id", ""), asked.get("client_secret", "")
    if authorization[:6].casefold() == "basic ":
        try:
            name, _, secret = base64.b64decode(authorization[6:], validate=True).decode().partition(":")
        except ValueError:
            raise ConnectError("invalid_client") from None
    row = outside.client(name[:80])
    if row is None or not outside.is_secret(row, secret[:200]):
        raise ConnectError("invalid_client")
    return row


def signing_key(house: House) -> ECKey:
    """The key that signs tokens, worked out from the house's own."""
    material = b"".join(house.vault.proof(f"connect signing {part}", "ES256") for part in ("a", "b", "c"))
    return _key_of(material)


def described(issuer: str, address: Mapping[str, str]) -> dict[str, Any]:
    """What a service reads before it asks (OpenID Connect Discovery)."""
    return {
        "issuer": issuer,
        "authorization_endpoint": address["authorize"],
        "token_endpoint": address["token"],
        "jwks_uri": address["keys"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "scopes_supported": ["openid"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "valid", *outside.TELLS],
        "authorization_response_iss_parameter_supported": True,
    }


@lru_cache(maxsize=4)
def _key_of(material: bytes) -> ECKey:
    number = int.from_bytes(hashlib.sha512(material).digest()) % (_P256_ORDER - 1) + 1
    pem = ec.derive_private_key(number, ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    key = ECKey.import_key(pem, {"use": "sig", "alg": "ES256"})
    key.ensure_kid()
    return key


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _opened(house: House, code: str) -> dict[str, Any]:
    try:
        sealed = base64.urlsafe_b64decode(code[:4000] + "=" * (-len(code[:4000]) % 4))
        told: dict[str, Any] = json.loads(house.vault.secrets.reveal(_LABEL, sealed))
    except ValueError:  # no code of this house: TamperedError is one
        raise ConnectError("invalid_grant") from None
    return told


class _Used:
    """Codes that were used within the last minutes. Only in memory: after a restart a code of the last minute
    still needs the service's secret."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[str, float] = {}

    def take(self, once: str) -> bool:
        """Whether this is the first time."""
        now = time.monotonic()
        with self._lock:
            self._seen = {name: at for name, at in self._seen.items() if now - at < 2 * CODE_SECONDS}
            return self._seen.setdefault(once, now) is now


_USED = _Used()
