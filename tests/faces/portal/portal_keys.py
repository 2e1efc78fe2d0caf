"""A patron's passkey, made by an authenticator of our own and added on the patron's page."""

from __future__ import annotations

import json
from typing import Any

from portal_support import Home

from security_key import SecurityKey

NAME = "Zyxbrook blue phone"


def a_phone() -> SecurityKey:
    return SecurityKey("http://testserver", "testserver", verifies=True)


def options(home: Home, step: str, *, status: int = 200, **form: Any) -> Any:
    """What a step's options say, as the page's script asks for them."""
    home.open("/my/passkeys/")
    home.does("/my/passkeys/options/", status=status, step=step, **form)
    said = json.loads(home.response.content)
    return json.dumps(said["options"]) if "options" in said else said


def add(home: Home, phone: SecurityKey, pin: str, name: str = NAME) -> str:
    asked = options(home, "add", pin=pin, name=name)
    home.open("/my/passkeys/")
    return home.does("/my/passkeys/", act="add", add_answer=phone.create(asked), name=name, can_lock="yes")
