"""Names this room to Django, and sees to it that a commit of the ledger is one."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created


def keep_commits_durable(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Make COMMIT on a new connection to the ledger wait for the disk, whatever the server's default."""
    if connection.alias != "ledger":
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous=FULL")
        else:
            # Stronger settings, such as waiting for a standby, are left alone.
            cursor.execute(
                "SELECT set_config('synchronous_commit', 'on', false) "
                "WHERE current_setting('synchronous_commit') = 'off'"
            )


class LedgerConfig(AppConfig):
    """The ledger room."""

    name = "circumspect.trust.ledger"
    label = "ledger"

    def ready(self) -> None:
        connection_created.connect(keep_commits_durable, dispatch_uid="ledger durable")
