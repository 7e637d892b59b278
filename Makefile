# Everything a person does here. Works with GNU make from 3.81 (the one macOS ships).
#
#   make demo     set up, start, and show an incident with its message
#   make test     set up, run every check and every test
#   make check    the quick part: format, lint, types, imports, rules about files and docs
#   make bench    measure; the last line is one JSON object
#   make golden   rewrite the expected texts and the generated docs; look at the diff
#   make install  set up .venv only (the others call it)

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help install demo test check lint bench golden clean
.DELETE_ON_ERROR:

# The first Python here that is new enough; name another with `make install PYTHON=...`.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	if $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then echo $$p; break; fi; done)
BIN := .venv/bin
ENVIRONMENT := .venv/.tocsin-installed
WEB := src/tocsin/web/static/vendor/.built
PYTEST_FLAGS ?=

help:
	@sed -n 's/^#   //p' Makefile

install: $(ENVIRONMENT) $(WEB)

$(ENVIRONMENT): pyproject.toml constraints.txt tools/make_venv.py
	@if [ -z "$(PYTHON)" ]; then \
		echo "Tocsin needs Python 3.11 or newer, and found none among python3, python3.13, python3.12, python3.11." >&2; \
		echo "Install one, or name it: make install PYTHON=/path/to/python" >&2; exit 1; fi
	@$(PYTHON) tools/make_venv.py
	@touch $@

$(WEB): $(ENVIRONMENT) package.json $(wildcard package-lock.json) tools/build_web.py
	@$(BIN)/python tools/build_web.py
	@touch $@

demo: install
	@$(BIN)/tocsin demo

lint: install
	@$(BIN)/ruff format --check --quiet . || { $(BIN)/ruff format --check . ; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/pyright --warnings > .venv/pyright.log || { cat .venv/pyright.log; exit 1; }
	@$(BIN)/lint-imports > .venv/imports.log || { cat .venv/imports.log; exit 1; }
	@echo "lint: format, rules, types and imports are in order"

check: lint
	@$(BIN)/pytest tests/tidy tests/docs

# pytest comes last, so that its summary is the last thing on the screen.
test: lint
	@$(BIN)/pytest $(PYTEST_FLAGS)

bench: install
	@$(BIN)/tocsin bench --json

golden: install
	@TOCSIN_GOLDEN=rewrite $(BIN)/pytest $$(grep -rl --include='*.py' TOCSIN_GOLDEN tests) || true
	@$(BIN)/python tools/write_docs.py
	@git status --short -- tests docs

clean:
	rm -rf .venv src/tocsin/web/static/vendor node_modules
