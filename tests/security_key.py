"""A security key made of software: it answers a passkey's ceremonies as a real one does, and can be told to lie."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class SecurityKey:
    """An authenticator in software: one P-256 key, a counter, "none" attestation.

    Attributes:
        verifies: Whether it checks who holds it, and says so.
        handle: Whose it says that it is, as it was told when the passkey was made; empty where it keeps none.
    """

    def __init__(
        self, origin: str = "http://localhost:8000", rp_id: str = "localhost", *, verifies: bool = False
    ) -> None:
        self.origin = origin
        self.verifies = verifies
        self.handle = b""
        self.rp_id = rp_id
        self.counter = 0
        self.credential_id = os.urandom(32)
        self._key = ec.generate_private_key(ec.SECP256R1())

    def create(self, options: str) -> str:
        """Answer ``navigator.credentials.create``."""
        client_data = self._client_data("webauthn.create", options)
        attested = (
            b"\0" * 16 + len(self.credential_id).to_bytes(2, "big") + self.credential_id + self._cose_key()
        )
        auth_data = self._auth_data(flags=0x41) + attested
        if self.verifies:
            user = json.loads(options)["user"]["id"]
            self.handle = base64.urlsafe_b64decode(user + "=" * (-len(user) % 4))
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": auth_data})
        return self._answer({"clientDataJSON": _b64(client_data), "attestationObject": _b64(attestation)})

    def get(self, options: str) -> str:
        """Answer ``navigator.credentials.get``."""
        self.counter += 1
        client_data = self._client_data("webauthn.get", options)
        auth_data = self._auth_data(flags=0x01)
        signed = auth_data + hashlib.sha256(client_data).digest()
        signature = self._key.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(
            {
                "clientDataJSON": _b64(client_data),
                "authenticatorData": _b64(auth_data),
                "signature": _b64(signature),
                **({"userHandle": _b64(self.handle)} if self.handle else {}),
            }
        )

    def _client_data(self, kind: str, options: str) -> bytes:
        challenge = json.loads(options)["challenge"]
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _auth_data(self, *, flags: int) -> bytes:
        flags |= 0x04 if self.verifies else 0
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _cose_key(self) -> bytes:
        point = self._key.public_key().public_numbers()
        return cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        )

    def _answer(self, response: dict[str, Any]) -> str:
        name = _b64(self.credential_id)
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": response})
