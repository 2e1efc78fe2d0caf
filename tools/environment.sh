#!/bin/sh
# Make .venv from the locked set of dependencies: environment.sh PYTHON run|dev
# Safe to interrupt: the stamp is written last, and what lacks it is made again.
set -eu
cd "$(dirname "$0")/.."
python=$1
set=$2

fail() {
  echo "setup: $1" >&2
  exit 1
}

command -v "$python" >/dev/null 2>&1 || fail "Python is missing: install the Debian package python3"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail "Python 3.11 or newer is needed: install it, or name it with PYTHON="

if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "setup: installing the Debian package python3-venv"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
  fi
  "$python" -c 'import ensurepip, venv' 2>/dev/null || fail "python3-venv is missing: as root, run: apt-get install python3-venv"
fi

# A half-made or moved environment cannot run its own pip: begin anew.
.venv/bin/python -m pip --version >/dev/null 2>&1 || { rm -rf .venv; "$python" -m venv .venv; }

echo "setup: installing the locked dependencies ($set) into .venv"
pip() {
  .venv/bin/python -m pip --disable-pip-version-check --no-input --quiet "$@"
}
export PIP_ROOT_USER_ACTION=ignore
pip install --require-hashes -r "requirements/$set.txt" || fail "the dependencies could not be installed: is the package registry reachable?"
pip install --no-deps --no-build-isolation -e . || fail "the project itself could not be installed"
.venv/bin/circumspect --version >/dev/null || fail "the circumspect command does not start"

# The development set holds all of the other.
[ "$set" = run ] || touch .venv/run.stamp
touch ".venv/$set.stamp"
