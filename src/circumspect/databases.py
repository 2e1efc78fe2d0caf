"""Which database holds which tables: keys and ledger have their own, all else is records."""

from __future__ import annotations

from typing import Any

_OWN_DATABASE = {"vault": "keys", "ledger": "ledger"}


class Router:
    """Send the vault's tables to ``keys``, the ledger's to ``ledger``, the rest to ``default``."""

    def db_for_read(self, model: Any, **_hints: object) -> str:
        return _OWN_DATABASE.get(model._meta.app_label, "default")

    def db_for_write(self, model: Any, **_hints: object) -> str:
        return _OWN_DATABASE.get(model._meta.app_label, "default")

    def allow_relation(self, one: Any, other: Any, **_hints: object) -> bool:
        return self.db_for_read(one) == self.db_for_read(other)

    def allow_migrate(self, db: str, app_label: str, **_hints: object) -> bool:
        return db == _OWN_DATABASE.get(app_label, "default")
