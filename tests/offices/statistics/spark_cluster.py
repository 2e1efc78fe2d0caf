"""A real Spark cluster on this machine: a master and two workers of one core each, on the loopback and random ports.

The folder it is given stands in every one of its command lines, driver and executors included: that is how
``alive`` finds them all, and nobody else's.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / ".venv-spark" / "bin" / "python"

_CLASS = "org.apache.spark.deploy"
# Small, and quick to start rather than quick to compute.
_JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xss2m"
_SETTINGS = """\
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.driver.memory 512m
spark.driver.extraJavaOptions {java}
spark.executor.memory 512m
spark.executor.cores 1
spark.executor.extraJavaOptions {java} -Dwhose={folder}
spark.cores.max 2
spark.sql.ansi.enabled false
"""


@dataclass(frozen=True)
class Cluster:
    """A cluster that runs.

    Attributes:
        address: Of its master.
        environment: What a process needs to speak to it.
        folder: Its settings, logs and work.
    """

    address: str
    environment: dict[str, str]
    folder: Path

    def workers_used(self) -> int:
        """How many of its workers were given work."""
        return sum("Launch" in (self.folder / f"worker-{n}.log").read_text() for n in (1, 2))


@contextmanager
def cluster(folder: Path, java_home: str) -> Iterator[Cluster]:
    """Start a cluster, and stop it and whatever it started."""
    (folder / "spark-defaults.conf").write_text(_SETTINGS.format(java=_JAVA, folder=folder))
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("SPARK", "PYSPARK"))
    } | {
        "JAVA_HOME": java_home,
        "SPARK_HOME": str(next(PYTHON.parents[1].glob("lib/*/site-packages/pyspark"))),
        "SPARK_CONF_DIR": str(folder),
        "SPARK_SCALA_VERSION": "2.13",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    started: list[subprocess.Popen[bytes]] = []
    try:
        loopback = ("--host", "127.0.0.1", "--port", "0", "--webui-port", "0")
        started.append(_start(folder / "master.log", environment, f"{_CLASS}.master.Master", *loopback))
        address = _read(folder / "master.log", r"Starting Spark master at (spark://\S+)", started[0])
        for n in (1, 2):
            size = ("--cores", "1", "--memory", "600m", "--work-dir", str(folder / f"work-{n}"))
            log = folder / f"worker-{n}.log"
            started.append(_start(log, environment, f"{_CLASS}.worker.Worker", *loopback, *size, address))
        for n in (1, 2):
            _read(folder / f"worker-{n}.log", r"(Successfully registered) with master", started[n])
        yield Cluster(address, environment, folder)
    finally:
        for each in reversed(started):
            each.terminate()
        for each in started:
            try:
                each.wait(120)
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


def alive(folder: Path) -> list[int]:
    """The processes of a cluster, and of whoever speaks to it, that still run."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdigit() and int(each.name) != os.getpid():
            try:
                line = (each / "cmdline").read_bytes()
            except OSError:
                continue
            if os.fsencode(folder) in line and b"java" in line:
                found.append(int(each.name))
    return found


def none_left(folder: Path, seconds: float = 60) -> list[int]:
    """Whichever still run after they have been given time to end; these are then killed."""
    until = time.monotonic() + seconds
    while (left := alive(folder)) and time.monotonic() < until:
        time.sleep(0.1)
    for process in left:
        os.kill(process, signal.SIGKILL)
    return left


def _start(log: Path, environment: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    # As Spark's own script does, without the second Java that it asks how.
    java = f"{environment['JAVA_HOME']}/bin/java"
    classes = f"{environment['SPARK_CONF_DIR']}:{environment['SPARK_HOME']}/jars/*"
    with log.open("wb") as out:
        return subprocess.Popen(
            [java, *_JAVA.split(), "-Xmx192m", "-cp", classes, *words],
            env=environment, stdout=out, stderr=subprocess.STDOUT,
        )  # fmt: skip


def _read(log: Path, pattern: str, process: subprocess.Popen[bytes], seconds: float = 180) -> str:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if found := re.search(pattern, log.read_text(errors="replace")):
            return found.group(1)
        time.sleep(0.05)
    raise AssertionError(f"the Spark cluster did not start; {log.name} ends: {log.read_text()[-2000:]}")
