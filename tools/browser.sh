#!/bin/sh
# See that there is a Chromium for the tests of the desk; install Debian's where we may.
set -eu
have() {
  [ -x "${CHROMIUM:-/usr/bin/chromium}" ]
}
have && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "test: installing the Debian package chromium"
  apt-get update -qq || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null || true
fi
have && exit 0
echo "test: a browser is missing, and the desk cannot be tested without one." >&2
echo "      As root, run: apt-get install chromium   (or name another in CHROMIUM=)" >&2
exit 1
