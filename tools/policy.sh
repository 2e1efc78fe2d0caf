#!/bin/sh
# The policy against itself; of a good one only the summary is shown.
set -eu
cd "$(dirname "$0")/.."
report=$(.venv/bin/circumspect policy check --tests tests) || {
  echo "$report" | grep -E "^FAULT|faults" >&2
  exit 1
}
echo "$report" | tail -n 2
