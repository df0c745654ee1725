# The same commands on a laptop and in CI. 'make help' reads the comments behind the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: help setup run serve ingest ask test corpus lint types format evals gate bench load faults supply docs clean system

help: ## List the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(STAMP) ## Install everything into .venv

$(STAMP): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "python3-venv is missing: apt install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(STAMP)

run: ingest serve ## Index the corpus and serve the chat page on http://127.0.0.1:8000

ingest: setup ## Index the corpus and all remembered sources
	@# Exit code 3 means that some files were skipped and named; the rest is indexed.
	$(BIN)/assistant ingest || test $$? -eq 3

serve: setup ## Serve the chat page
	$(BIN)/assistant serve

ask: setup ## Ask one question: make ask Q="What is a call-off contract?"
	$(BIN)/assistant ask "$(Q)"

test: setup system ## Run every test
	$(BIN)/python -m pytest

system: ## Install what the tests need of the system where this is Debian or Ubuntu
	@sh tests/install.sh

lint: setup ## Check style
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

corpus: setup ## Look for faults in the corpus
	$(BIN)/assistant ingest --check

types: setup ## Check types
	$(BIN)/mypy

format: setup ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

evals: ingest ## Measure answer quality on all cases, stress cases too, and write a report
	$(BIN)/python -m evals run --stress

gate: ingest ## Fail when answers are significantly worse than evals/baseline.json
	$(BIN)/python -m evals lint >/dev/null
	$(BIN)/python -m evals gate

bench: ingest ## Measure speed and memory against a bare sentence-transformers process
	$(BIN)/python -m evals bench

load: ingest ## Measure rates, 200 conversations and a soak; takes about ten minutes
	$(BIN)/python -m evals load

faults: ingest ## Kill, fill, unplug and turn back the clock of a real server
	$(BIN)/python -m evals faults

supply: setup ## Write the bill of materials to dist/, and look for known weaknesses where the network lets
	mkdir -p dist
	$(BIN)/cyclonedx-py environment $(BIN)/python --of JSON -o dist/sbom.json
	$(PYTHON) -m venv $(VENV)-audit && $(VENV)-audit/bin/pip install --quiet pip-audit
	$(VENV)-audit/bin/pip-audit --disable-pip --require-hashes -r deploy/requirements.txt

docs: ingest ## Write the transcript and the pictures in the documentation anew
	$(BIN)/python -m tests.regenerate

clean: ## Remove the index and the environment
	rm -rf $(VENV) var
