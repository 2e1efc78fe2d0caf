#!/bin/sh
# Run the benches one after the other. Alone on the machine, or the figures mean little.
set -eu
cd "$(dirname "$0")/.."
for bench in bench/*.py; do
  grep -q '__main__' "$bench" || continue
  name=$(basename "$bench" .py)
  echo "== $name"
  .venv/bin/python -m "bench.$name"
done
