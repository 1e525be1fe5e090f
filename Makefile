# Everything happens in .venv, made with the standard library's venv and pip.
# Steps that take time leave a stamp there: they are repeated when pyproject.toml changes.

PYTHON ?= python3
PYTEST_ARGS ?=
BENCH_ARGS ?=
TORTURE_ARGS ?=
SIZE ?= 1
FILES ?=
STATESET ?=
PEERS ?=
WORKLOAD ?= W1

VENV := .venv
PEERS_VENV := .venv-peers
STATESET_VENV := .venv-stateset
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:  # the steps share one environment
.PHONY: help demo backoffice test coverage torture lint typecheck docs check format clean
.PHONY: bench bench-import bench-storage bench-backoffice bench-scenarios known-answers profile

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

demo: $(VENV)/.package  ## install the package and place an order
	$(BIN)/python examples/place_order.py

backoffice: $(VENV)/.web  ## serve the back office on this machine, with a shop to try it on
	PYTHONPATH=examples $(BIN)/python -m backoffice $(if $(PORT),--port $(PORT)) \
	    $(if $(NEW_PASSWORD),--password $(NEW_PASSWORD)) $(if $(ADD),--add $(ADD)) $(if $(ROLE),--role $(ROLE))

bench-backoffice: $(VENV)/.web $(VENV)/.group-web-tests  ## measure its pages with 100,000 contacts
	PYTHONPATH=examples $(BIN)/python benchmarks/backoffice_load.py

test: $(VENV)/.group-tests  ## run all tests
	$(BIN)/python -m pytest -n auto $(PYTEST_ARGS)

# Watching each line takes two thirds more of processor time, so it is not what every run does.
coverage: $(VENV)/.group-tests  ## run all tests, and tell which lines none of them runs
	$(BIN)/python -m pytest -n auto --cov --cov-report=term-missing:skip-covered $(PYTEST_ARGS)

torture: $(VENV)/.group-tests  ## kill, starve and cut off those who place orders, by the thousand; takes about half an hour
	$(BIN)/python -m tests.torture $(TORTURE_ARGS)

lint: $(VENV)/.group-lint  ## check style, formatting and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

typecheck: $(VENV)/.group-tests $(VENV)/.group-typing  ## check types
	$(BIN)/mypy

docs: $(VENV)/.group-docs  ## build the documentation in docs/_build/html; a warning is an error
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs docs/_build/html

check: lint typecheck docs test  ## all of these checks

format: $(VENV)/.group-lint  ## let Ruff repair what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.group-tests $(if $(PEERS),$(PEERS_VENV)/.made)  ## measure pricing and the desk; with PEERS=1 also other libraries
	$(BIN)/python -m benchmarks $(if $(PEERS),--peers $(PEERS_VENV)/bin/python) $(BENCH_ARGS)
	$(BIN)/python -m benchmarks.desk

bench-import: $(VENV)/.package  ## measure the import of a catalogue, or tell of FILES what is read
	$(BIN)/python -m benchmarks.catalogue $(FILES)

bench-storage: $(VENV)/.group-tests $(if $(STATESET),$(STATESET_VENV)/.made)  ## measure storage of SIZE million orders; STATESET=1 adds another library
	$(BIN)/python -m benchmarks.storage $(SIZE) $(if $(STATESET),--stateset $(STATESET_VENV)/bin/python) $(BENCH_ARGS)

bench-scenarios: $(VENV)/.group-tests  ## price a million carts under four scenarios, in columns, by price and by hand
	$(BIN)/python -m benchmarks.scenarios $(BENCH_ARGS)

known-answers: $(VENV)/.group-tests  ## recount three answers about a year of real orders: make known-answers FILES=…
	$(BIN)/python -m benchmarks.known_answers $(FILES)

profile: $(VENV)/.package  ## show where the time of pricing goes: make profile WORKLOAD=W2
	$(BIN)/python -m benchmarks.profile $(WORKLOAD)

clean:  ## remove the environment and everything that was generated
	rm -rf $(VENV) $(PEERS_VENV) $(STATESET_VENV) build dist docs/_build docs/rule-tests.md test-output
	rm -rf .coverage* .hypothesis
	rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- Setting up -------------------------------------------------------------------------------

$(VENV)/.made:
	@command -v $(PYTHON) >/dev/null || { \
	    echo "cartcore needs Python 3.11 or later, and '$(PYTHON)' was not found." >&2; \
	    echo "Install it, or name it: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "cartcore needs Python 3.11 or later; '$(PYTHON)' is $$($(PYTHON) -V 2>&1)." >&2; \
	    echo "Name another one: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "'$(PYTHON)' cannot make virtual environments: it lacks venv or ensurepip." >&2; \
	    echo "On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.package: pyproject.toml $(VENV)/.made
	$(PIP) install --editable '.[postgres]'
	@touch $@

$(VENV)/.web: pyproject.toml $(VENV)/.package
	$(PIP) install --editable '.[web]'
	@touch $@

# Dependency groups need pip 25.1; an environment starts with the pip that came with Python.
$(VENV)/.pip: $(VENV)/.made
	$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

$(VENV)/.group-%: pyproject.toml $(VENV)/.pip $(VENV)/.package
	$(PIP) install --group $*
	@touch $@
.SECONDARY:

# The libraries that cartcore is compared with need Django: an environment of their own.
$(PEERS_VENV)/.made: pyproject.toml
	$(PYTHON) -m venv --clear $(PEERS_VENV)
	$(PEERS_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --upgrade 'pip>=25.1'
	$(PEERS_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --group peers
	@touch $@

$(STATESET_VENV)/.made: pyproject.toml
	$(PYTHON) -m venv --clear $(STATESET_VENV)
	$(STATESET_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --upgrade 'pip>=25.1'
	$(STATESET_VENV)/bin/python -m pip --disable-pip-version-check --quiet install --group stateset
	@touch $@
