# `make up` puts the default station on air; `make test` runs every test. Each sets up .venv by itself.
PYTHON ?= python3
BIN := .venv/bin
STATION ?= channels

.PHONY: up test check conformance bench players install lock clean

up: install
	@$(BIN)/exstv up $(STATION)

test: install
	@$(BIN)/pytest

check: install
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/exstv schema --check

# Every word of the station language, the case that claims it, and whether the claim was proved.
conformance: install
	@PYTHONPATH=tests $(BIN)/python -m conformance

bench: install
	@PYTHONPATH=tests $(BIN)/python tests/benchmarks

# What the tests play channels with besides ffmpeg; they do without where it is missing, except in CI.
players: tests/browser/node_modules/.package-lock.json

tests/browser/node_modules/.package-lock.json: tests/browser/package-lock.json
	@cd tests/browser && npm ci --silent
	@touch $@

install: .venv/installed

# The lock holds versions and hashes only; --no-deps keeps pip from asking for anything beyond it.
.venv/installed: requirements.lock pyproject.toml
	@echo "setting up .venv: takes about a minute, once"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --require-hashes --no-deps -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

lock:
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra dev --generate-hashes --no-header \
		--no-annotate --no-emit-index-url pyproject.toml --output-file requirements.lock

clean:
	rm -rf .venv
