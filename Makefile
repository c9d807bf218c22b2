# One command for each thing a person does here. `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup check test test-dynamodb demo bench package config lock clean

PYTHON ?=
STAGE ?= qa
ARGS ?=
RUN := .venv/bin/python -m
SOURCES := $(wildcard app.py chalicelib drs_emulator local benchmarks scripts tests)
SHELL_SCRIPTS := $(wildcard scripts/*.sh) .ci/run

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

setup: ## make .venv from the locked requirements and fetch the Lambda layer's wheels (a no-op when done)
	@PYTHON="$(PYTHON)" scripts/setup.sh

check: setup ## format, lint, types, import contracts, dead code, shell scripts, generated configuration
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy $(SOURCES)
	.venv/bin/lint-imports
	$(RUN) scripts.dead_code
	.venv/bin/shellcheck -x $(SHELL_SCRIPTS)
	$(RUN) scripts.chalice_config --check
	$(RUN) scripts.api_table --check

test: setup ## the whole test suite, in parallel and in random order (ARGS="tests/unit -n0" for a part)
	$(RUN) pytest $(ARGS)

test-dynamodb: setup ## integration and workflow tests on Amazon's own DynamoDB engine (needs Java, npm, Linux)
	scripts/test_dynamodb.sh $(ARGS)

demo: setup ## a drill on the local cloud, watched live (ARGS="--exit", "--scenario crash", "--help")
	@$(RUN) local.demo $(ARGS)

bench: setup ## measure against the targets; writes build/bench.json
	$(RUN) benchmarks $(ARGS)

package: setup ## package the application for STAGE (qa) into build/package/STAGE, without network
	scripts/package.sh $(STAGE) build/package/$(STAGE)

config: setup ## write .chalice/config.json, the policies and the table of docs/api.md again from their sources
	$(RUN) scripts.chalice_config
	$(RUN) scripts.api_table

lock: setup ## lock the requirements again; UPGRADE="--upgrade" also moves to the newest versions
	UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile requirements.in -o requirements.txt \
	    --generate-hashes --universal --python-version 3.11 --no-annotate --quiet $(UPGRADE)
	UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile requirements-dev.in -o requirements-dev.txt \
	    --generate-hashes --universal --python-version 3.11 --no-annotate --quiet $(UPGRADE)

clean: ## remove everything that was built, the virtual environment included
	rm -rf build dist .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .chalice/deployments
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
