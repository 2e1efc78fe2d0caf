"""The privacy desk's tables."""

from __future__ import annotations

# tables of this room too
from circumspect.offices.privacydesk import cases_models as cases_models
from circumspect.offices.privacydesk import copies_models as copies_models
from circumspect.offices.privacydesk import foia_models as foia_models
