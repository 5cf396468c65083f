# `make up` puts the default station on air; `make test` runs every test. Each sets up .venv by itself.
PYTHON ?= python3
BIN := .venv/bin
STATION ?= channels

.PHONY: up test check conformance bench soak faults hls gitops players install lock clean

up: install
	@$(BIN)/exstv up $(STATION)

# pytest keeps the tests and its plug-ins compiled, also where PYTHONDONTWRITEBYTECODE is set: each worker would
# compile them all anew.
test: install
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest

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

# A day of ten channels, in the stream's own time: about an hour. HOURS and CHANNELS make it shorter.
HOURS ?= 24
CHANNELS ?= 10
soak: install
	@PYTHONPATH=tests $(BIN)/python -m soak --hours $(HOURS) --channels $(CHANNELS)

# The long version of what the tests do in short: 100 killed processes over 10 channels and 20 minutes.
faults: install
	@FAULTS_LONG=1 $(BIN)/pytest -n0 -s --log-cli-level=INFO -k killed_and_nobody tests/e2e/test_faults.py

# The same for HLS: two minutes of playlists, judged by the rules, and one minute in a browser.
hls: install players
	@HLS_LONG=1 $(BIN)/pytest -n0 tests/e2e/test_hls.py

# And for git: a hundred pushes in a minute, and fifty killed servers.
gitops: install
	@GITOPS_LONG=1 $(BIN)/pytest -n0 --log-cli-level=INFO tests/e2e/test_gitops.py

# What the tests play channels, judge pages and edit stations with; they do without where it is missing,
# except in CI.
players: tests/browser/node_modules/.package-lock.json tests/editor/node_modules/.package-lock.json

tests/%/node_modules/.package-lock.json: tests/%/package-lock.json
	@cd $(<D) && npm ci --silent
	@touch $@

# Bytecode as an installed program has it, also where PYTHONDONTWRITEBYTECODE keeps Python from writing it: a
# command starts in half the time.
install: .venv/installed
	@$(BIN)/python -m compileall -q compiler exstv runtime

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
