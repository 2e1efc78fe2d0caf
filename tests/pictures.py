"""Pictures of pages, in build/screens, for whoever asks for them with PICTURES=1: a whole run has no eyes for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

SCREENS = Path(__file__).resolve().parents[1] / "build" / "screens"


def picture(page: Any, name: str, *, full: bool = True) -> None:
    """Keep a picture of the page that is open, the whole of it or what its window shows."""
    if os.environ.get("PICTURES", "") == "1":
        SCREENS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENS / f"{name}.png", full_page=full)
