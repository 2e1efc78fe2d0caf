"""Real homes, made once by the real command, and copied for each test that changes one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cli_support import circumspect


@pytest.fixture(scope="session")
def made_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample library, to be looked at and not changed."""
    home = tmp_path_factory.mktemp("made") / "sample"
    done = circumspect("init", home, "--sample")
    assert done.code == 0, done.errors
    return home


@pytest.fixture(scope="session")
def made_empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty library, to be looked at and not changed."""
    home = tmp_path_factory.mktemp("made") / "empty"
    done = circumspect("init", home, "--name", "Clover Public Library", "--institution", "4711")
    assert done.code == 0, done.errors
    return home


@pytest.fixture
def sample(made_sample: Path, tmp_path: Path) -> Path:
    """A sample library of this test's own."""
    return Path(shutil.copytree(made_sample, tmp_path / "sample"))


@pytest.fixture
def empty(made_empty: Path, tmp_path: Path) -> Path:
    """An empty library of this test's own."""
    return Path(shutil.copytree(made_empty, tmp_path / "empty"))
