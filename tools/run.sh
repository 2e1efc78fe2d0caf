#!/bin/sh
# Serve a home, and make it with the sample library first where there is none: run.sh HOME HOST:PORT
set -eu
cd "$(dirname "$0")/.."
home=$1
http=$2
if [ ! -e "$home/config.toml" ]; then
  echo "Making a sample library in $home (some seconds) ..."
  .venv/bin/circumspect init "$home" --sample
fi
exec .venv/bin/circumspect serve --home "$home" --http "$http"
