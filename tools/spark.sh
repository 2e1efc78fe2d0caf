#!/bin/sh
# See that there are a Java and .venv-spark, which has PySpark and is otherwise .venv. Prints where the Java is.
#   spark.sh           installs what is missing: Debian's Java where we may, PySpark as locked
#   spark.sh --check   installs nothing
# Safe to interrupt: the stamp, a copy of the lock, is written last, and what lacks it is made again.
set -eu
cd "$(dirname "$0")/.."
here=.venv-spark
check=${1:-}

fail() {
  echo "spark: $1" >&2
  exit 1
}

# Spark 4.0 runs on Java 17 and 21. A newer one may be the machine's own, so those are looked for by name.
java_home() {
  for each in "${JAVA_HOME:-}" /usr/lib/jvm/java-17-openjdk-* /usr/lib/jvm/java-21-openjdk-*; do
    [ -n "$each" ] && [ -x "$each/bin/java" ] || continue
    case $("$each/bin/java" -version 2>&1) in *'version "17.'* | *'version "21.'*) echo "$each" && return ;; esac
  done
  return 1
}

if ! java_home >/dev/null && [ -z "$check" ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "spark: installing the Debian package openjdk-17-jre-headless" >&2
  apt-get update -qq >&2 || true
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openjdk-17-jre-headless >/dev/null || true
fi
java_home >/dev/null || fail "Java is missing. As root, run: apt-get install openjdk-17-jre-headless   (or name a Java 17 or 21 in JAVA_HOME=)"

if ! cmp -s requirements/spark.txt $here/stamp; then
  [ -z "$check" ] || fail "the Python package pyspark is missing, or not as locked: run tools/spark.sh"
  echo "spark: installing pyspark as locked into $here (434 MB)" >&2
  rm -rf $here
  .venv/bin/python -m venv $here
  # It stands on .venv: what is the same there is neither fetched nor kept twice.
  beneath=$(.venv/bin/python -c 'import site; print(site.getsitepackages()[0])')
  echo "import site; site.addsitedir('$beneath')" >"$($here/bin/python -c 'import site; print(site.getsitepackages()[0])')/beneath.pth"
  export PIP_ROOT_USER_ACTION=ignore
  pip() {
    $here/bin/python -m pip --disable-pip-version-check --no-input --quiet "$@" >&2
  }
  # What builds it comes first, as locked as the rest.
  awk '/^(setuptools|wheel)==/ { on = 1 } on { print } !/\\$/ { on = 0 }' requirements/spark.txt >$here/builders.txt
  pip install --no-deps --require-hashes -r $here/builders.txt || fail "the Python packages setuptools and wheel could not be installed: is the package registry reachable?"
  # It is a folder of Java archives: to press them together once more would take half a minute.
  pip install --no-compile --require-hashes --no-build-isolation --use-pep517 --config-settings=--build-option=--compression=stored \
    -r requirements/spark.txt || fail "the Python package pyspark could not be installed: is the package registry reachable?"
  pip install --no-deps --no-build-isolation -e . || fail "the project itself could not be installed"
  $here/bin/python -c 'import pyspark, ibis, duckdb' || fail "pyspark does not load in $here"
  cp requirements/spark.txt $here/stamp
fi
java_home
