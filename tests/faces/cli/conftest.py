"""Real homes, made once by the real command, and copied for each test that changes one."""

from __future__ import annotations

import fcntl
import os
import shutil
from pathlib import Path

import pytest
from cli_support import circumspect


@pytest.fixture(scope="session")
def made_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample library, to be looked at and not changed."""
    return _made_once(tmp_path_factory, "sample", "--sample")


@pytest.fixture(scope="session")
def made_empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty library, to be looked at and not changed."""
    return _made_once(tmp_path_factory, "empty", "--name", "Clover Public Library", "--institution", "4711")


def _made_once(tmp_path_factory: pytest.TempPathFactory, name: str, *words: str) -> Path:
    """A home that the first process of the test run that needs it makes, for all of them."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    home = shared / f"made-{name}"
    with (shared / f"made-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            done = circumspect("init", home, *words)
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
