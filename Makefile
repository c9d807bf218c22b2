# One command for each thing a person does here. `make help` lists them.
ifeq ($(shell command -v bash 2>/dev/null),)
$(error bash is needed and is not on the PATH. Install it first (Debian: apt-get install bash; Alpine: apk add bash))
endif
SHELL := bash
# The suite and the demonstration start many processes, which compile every module again where this forbids to keep them.
unexport PYTHONDONTWRITEBYTECODE
.DEFAULT_GOAL := help
.PHONY: help setup packages-demo packages-dev check test test-slow test-dynamodb demo picture bench package emulator-wheel config lock clean dashboard dashboard-build screenshots

PYTHON ?=
STAGE ?= qa
ARGS ?=
RUN := .venv/bin/python -m
SOURCES := $(wildcard app.py chalicelib drs_emulator drs_plans local benchmarks scripts tests)
SHELL_SCRIPTS := $(wildcard scripts/*.sh) .ci/run

help: ## list these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

setup: ## make .venv with every locked package and fetch the Lambda layer's wheels (a no-op when done)
	@PYTHON="$(PYTHON)" scripts/setup.sh all

packages-demo packages-dev: packages-%: # the packages of one lock, without the wheels
	@PYTHON="$(PYTHON)" scripts/setup.sh $*

check: packages-dev ## format, lint, types, import contracts, dead code, shell scripts, generated configuration, state machines
	$(RUN) ruff format --check .
	$(RUN) ruff check .
	$(RUN) mypy $(SOURCES)
	.venv/bin/lint-imports
	$(RUN) scripts.dead_code
	.venv/bin/shellcheck -x $(SHELL_SCRIPTS)
	$(RUN) scripts.chalice_config --check
	$(RUN) scripts.api_table --check
	$(RUN) scripts.state_machines
	scripts/dashboard.sh check

dashboard: packages-demo ## a local cloud and the dashboard's development server, with reload (needs Node)
	@scripts/dashboard.sh develop

dashboard-build: packages-demo ## build the dashboard into dashboard/dist (needs Node)
	@scripts/dashboard.sh build

screenshots: setup ## pictures of every page of the dashboard, of a real run, into build/screenshots and docs/pictures (needs Chromium)
	@$(RUN) scripts.dashboard_pictures build/screenshots docs/pictures

test: setup ## the test suite, in parallel and in random order (ARGS="tests/unit -n0" for a part)
	$(RUN) pytest $(ARGS)

test-slow: setup ## the tests that take longest: more pages in Chromium, demonstrations, whole deployments
	$(RUN) pytest --slow $(ARGS)

test-dynamodb: setup ## integration and workflow tests on Amazon's own DynamoDB engine (ARGS=--short for a few; needs Java, npm, Linux)
	scripts/test_dynamodb.sh $(ARGS)

demo: packages-demo ## a drill on the local cloud, watched live (ARGS="--exit", "--scenario crash", "--help")
	@scripts/dashboard.sh for-demo $(ARGS)
	@$(RUN) local.demo $(ARGS)

picture: packages-demo ## draw the README's picture again, from a run of the demonstration
	$(RUN) scripts.demo_picture docs/pictures/demo.svg

bench: setup ## measure against the targets; writes build/bench.json
	$(RUN) benchmarks $(ARGS)

package: setup ## package the application for STAGE (qa) into build/package/STAGE, without network
	scripts/package.sh $(STAGE) build/package/$(STAGE)

emulator-wheel: packages-demo ## build the wheel of the DRS emulator, drs-emulator, into build/emulator, without network
	$(RUN) scripts.emulator_wheel build/emulator

config: packages-dev ## write .chalice/config.json, the policies and the table of docs/api.md again from their sources
	$(RUN) scripts.chalice_config
	$(RUN) scripts.api_table

lock: packages-dev ## lock the requirements again; UPGRADE="--upgrade" also moves to the newest versions
	@for name in requirements requirements-demo requirements-dev; do \
	    UV_CUSTOM_COMPILE_COMMAND="make lock" .venv/bin/uv pip compile "$$name.in" -o "$$name.txt" \
	        --generate-hashes --universal --python-version 3.11 --no-annotate --quiet $(UPGRADE) || exit; \
	done

clean: ## remove everything that was built, the virtual environment included
	rm -rf build dist dashboard/dist dashboard/node_modules dashboard/src/api/generated .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .chalice/deployments
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
