# Everything runs from .venv, which is made once, and again when the dependencies change.

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.complete

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup demo test check lint bench constraints clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv with everything in it

demo: $(STAMP) ## the whole thing on an embedded broker, until every seed article is delivered
	$(BIN)/copytaster demo --once

test: $(STAMP) ## all tests; those that need Apache Kafka (Java, Maven) come last
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: $(STAMP) ## style, types and layers
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test ## what CI runs: lint, then all tests, schema drift among them

bench: $(STAMP) ## every benchmark, one after the other
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --group bench
	@set -e; for benchmark in ner enrich throughput latency start peers memory; do echo "== $$benchmark"; $(BIN)/python -m benchmarks.$$benchmark; done

constraints: ## pin the newest set that fits pyproject.toml
	rm -rf .venv
	$(MAKE) CONSTRAINTS=/dev/null setup
	{ head -n 1 constraints.txt; $(BIN)/python -m pip freeze --all --exclude-editable --exclude setuptools; } > .venv/constraints.txt
	mv .venv/constraints.txt constraints.txt
	touch $(STAMP)

clean: ## remove what was built; .cache keeps the jars of Apache Kafka
	rm -rf .venv build dist .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

CONSTRAINTS ?= constraints.txt

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "error: Python 3.11 or newer is needed: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
		{ rm -rf .venv; echo "error: python3 -m venv failed: on Debian, apt-get install python3-venv" >&2; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint $(CONSTRAINTS) --editable '.[all]' --group dev
	@touch $@
