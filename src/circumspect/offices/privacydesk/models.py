"""The privacy desk's tables."""

from __future__ import annotations

from circumspect.offices.privacydesk import cases_models as cases_models  # tables of this room too
