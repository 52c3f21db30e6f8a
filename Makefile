# `make help` lists what there is. Another interpreter: make PYTHON=python3.12 test

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
TEST_PROCESSES ?= 2
export NO_MKDOCS_2_WARNING := 1

.PHONY: help demo test test-all check docs reproductions clean
.DEFAULT_GOAL := help

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: $(VENV)/.core ## learn the real digits task after task, with and without replay: a table and a picture (core only)
	OMP_NUM_THREADS=1 $(BIN)/python examples/demo.py

test: check docs ## all that must hold before a commit: check, docs, tests
	$(BIN)/python -m pytest -n $(TEST_PROCESSES)

test-all: check docs ## the same, with every fitting stream x agent x replay instead of a pairwise cover
	$(BIN)/python -m pytest -n $(TEST_PROCESSES) --full-cube

check: $(VENV)/.dev ## style, spelling, types: seconds
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy

docs: $(VENV)/.dev ## the documentation, in site/, warnings as errors
	$(BIN)/mkdocs build --quiet --strict

reproductions: $(VENV)/.core ## write the README's table of papers from reproductions/
	$(BIN)/python -m recollect.experiments.readme README.md reproductions

clean: ## remove what the targets made, the virtual environment too
	rm -rf $(VENV) site demo build dist .pytest_cache .mypy_cache .ruff_cache

# Stamps: an installation is repeated only when what it installs has changed. Torch goes first, so that a small
# build of it (found by pip's own configuration) is not replaced by a dependency's larger one.
$(VENV)/.core: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Recollect needs Python 3.11 or newer, and $(PYTHON) is older: make PYTHON=<a newer one>"; exit 1; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(PIP) torch==2.13.0
	$(PIP) --editable .
	@touch $@

# The tests look at pages in a real browser and listen to espeak-ng: Debian's, as no package index has them.
$(VENV)/.dev: $(VENV)/.core
	$(PIP) --editable '.[dev]'
	@command -v chromium >/dev/null && command -v espeak-ng >/dev/null || \
		{ as_root=$$([ "$$(id -u)" -eq 0 ] || echo sudo); $$as_root apt-get update --quiet && \
		$$as_root apt-get install --yes --quiet --no-install-recommends chromium espeak-ng; }
	@touch $@
