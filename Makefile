# What can be done with this project. Everything made lands in .venv, home and build.
#
#   make run       a working sample library on http://127.0.0.1:8000 (another address: make run HTTP=127.0.0.1:9000)
#   make setup     the environment alone, in .venv, with the circumspect command
#   make test      every test, on SQLite, on PostgreSQL and in a browser
#   make lint      style, types, import contracts, the policy against its proofs
#   make spark     .venv-spark: the environment with PySpark, for statistics on a cluster (a large download)
#   make bench     figures            make attacks   the attacks in their long forms

PYTHON ?= python3
HTTP ?= 127.0.0.1:8000
HOME_FOLDER ?= home

.PHONY: run setup setup-dev test lint bench attacks browser spark clean
.DEFAULT_GOAL := run

run: .venv/run.stamp
	@exec tools/run.sh "$(HOME_FOLDER)" "$(HTTP)"

setup: .venv/run.stamp

setup-dev: .venv/dev.stamp

.venv/run.stamp: requirements/run.txt pyproject.toml tools/environment.sh
	@tools/environment.sh "$(PYTHON)" run

.venv/dev.stamp: requirements/dev.txt pyproject.toml tools/environment.sh
	@tools/environment.sh "$(PYTHON)" dev

browser:
	@tools/browser.sh

spark: .venv/run.stamp
	@tools/spark.sh

test: .venv/dev.stamp browser
	@tools/spark.sh
	@tools/test.sh

lint: .venv/dev.stamp
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy src
	.venv/bin/lint-imports
	@tools/policy.sh

bench: .venv/dev.stamp
	@tools/bench.sh

attacks: .venv/dev.stamp
	.venv/bin/python tests/attacks/fails_closed.py --full
	.venv/bin/python tests/attacks/stolen_database.py --full
	.venv/bin/python tests/attacks/name_frequencies.py --full
	.venv/bin/python tests/attacks/written_before_seen.py --full
	.venv/bin/python tests/attacks/one_door.py --full
	.venv/bin/python tests/attacks/curiosity.py --full
	.venv/bin/python tests/attacks/visits_enumerated.py
	.venv/bin/python tests/attacks/outlives.py --full
	.venv/bin/python tests/attacks/disclosed_without_paper.py --full
	ATTACKS=long .venv/bin/pytest -n 2 -m "attack or hypothesis"

clean:
	rm -rf .venv .venv-spark build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
