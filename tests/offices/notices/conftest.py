"""A home that has notices switched on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from notices_support import CONFIG, Library


@pytest.fixture
def home(tmp_path: Path) -> Any:
    """A home of this test's own, with a mail server in its settings."""
    from circumspect.home import CONFIG_NAME, Home

    made = Home.create(tmp_path / "home", name="Test Library", institution="1234", sample=True)
    path = made.root / CONFIG_NAME
    path.write_text(path.read_text() + CONFIG)
    return Home.open(made.root)


@pytest.fixture
def library(house: Any) -> Library:
    """The house with a branch and a kind of item."""
    return Library(house)
