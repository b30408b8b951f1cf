SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
PIP := $(BIN)/python -I -m pip --disable-pip-version-check
PROTOS = $(shell find protos/crewline protos/buf -name '*.proto' | sort)
OUR_PROTOS = $(shell find protos/crewline -name '*.proto' | sort)
SERVICE_PROTOS = $(shell find protos/crewline -name 'service.proto' | sort)
WEB := services/gateway/web
READERS := .local/readers-venv
TEST_GROUPS := rpc system chaos checks unit deploy browser simulation contract bus

export PYTHONPATH := $(CURDIR):$(CURDIR)/protos/gen
# What is compiled once is kept: the tests alone start hundreds of processes.
unexport PYTHONHOME VIRTUAL_ENV PYTHONDONTWRITEBYTECODE

# $(call install,PYTHON,LOCK FILE,OPTIONS): uv does it in a fraction of the time, at pip's index; where
# that is one that it cannot reach, pip does it.
define install
if index=$${PIP_INDEX_URL:-$$($(PIP) config get global.index-url 2>/dev/null)}; then \
  export UV_DEFAULT_INDEX="$$index"; \
fi; \
$(BIN)/uv pip install --quiet --python $(1) --require-hashes $(3) -r $(2) || { \
  echo "uv could not; now pip:"; \
  $(1) -I -m pip --disable-pip-version-check install --quiet --require-hashes -r $(2); \
}
endef

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / { printf "  %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.locked .venv/.linked $(WEB)/node_modules/.locked ## make .venv and fetch the web assets, from the lock files; free when nothing changed

.venv/.locked: requirements-dev.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Crewline needs Python 3.11 or later; name one with: make PYTHON=python3.11" >&2; exit 1; }
	@$(PIP) --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@echo "installing the locked packages into .venv"
	@$(MAKE) --no-print-directory $(WEB)/node_modules/.locked & web=$$!; \
	awk '/^uv==/ { on = 1; print; next } /^[^ ]/ { on = 0 } on' $< > .venv/uv.lock; \
	$(PIP) install --quiet --require-hashes -r .venv/uv.lock; \
	$(call install,$(BIN)/python,$<,--compile-bytecode); \
	wait $$web
	@for mongod in .venv/lib/python3*/site-packages/fiftyone/db/bin/mongod; do \
	  if ! said=$$("$$mongod" --version 2>&1); then \
	    echo "mongod from the wheel does not start: $$said" >&2; \
	    echo "On Debian or Ubuntu: sudo apt install libcurl4 libssl3 liblzma5; then run make setup again" >&2; \
	    exit 1; \
	  fi; \
	done
	@$(BIN)/nats-server --version >/dev/null
	@touch $@

# Pages and the labelling editor are served from here; nothing in it is built or run.
$(WEB)/node_modules/.locked: $(WEB)/package-lock.json
	@command -v npm >/dev/null || { echo "Crewline's pages need npm: on Debian or Ubuntu, sudo apt install npm" >&2; exit 1; }
	@echo "fetching the locked web assets"
	@cd $(WEB) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
	@touch $@

# The crewline command in .venv/bin follows the checkout.
.venv/.linked: pyproject.toml .venv/.locked
	@$(PIP) install --quiet --no-deps --no-index --no-build-isolation --editable .
	@touch $@

# They bound packages that we use in other versions, so they have an environment of their own.
readers: setup $(READERS)/.locked ## what users read exports with (crowd-kit, datasets, Label Studio), for the tests

$(READERS)/.locked: requirements-readers.lock
	@echo "installing the locked readers of exports into $(READERS)"
	@$(PYTHON) -m venv --clear $(READERS)
	@$(call install,$(READERS)/bin/python,$<,)
	@touch $@

run: setup ## start the whole stack here, replay the demo and stay up until Ctrl-C
	@$(BIN)/python -m deploy.local.run $(ARGS)

demo: setup ## start the stack, replay the demo, report and stop
	@$(BIN)/python -m deploy.local.run --demo-only $(ARGS)

bench: setup ## measure the chain beside the raw limits of this machine
	@$(BIN)/python -m tests.bench $(ARGS)

bench-quality: readers ## measure the scorer beside crowd-kit on recorded crowds; CROWDS=directory adds sets
	@$(READERS)/bin/python -m tests.bench.quality $(ARGS)

simulate: setup ## thousands of pay days, stopped and hindered everywhere; ARGS="--seeds 500 --first 1"
	@$(BIN)/python -m tests.simulation $(ARGS)

mutants: setup ## plant seeded defects one by one; each has to be caught by its named test
	@$(BIN)/python -m tests.mutants $(ARGS)

# What some groups want beside .venv is fetched while others run: tests/run_groups.py says which.
test: setup ## everything: the checks, and every group of tests
	@$(BIN)/python -m tests.run_groups $(TEST_GROUPS)

browser: ## a Chromium for the tests of pages: found, or installed where apt-get may
	@command -v "$${CREWLINE_CHROMIUM:-chromium}" >/dev/null && exit 0; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing Debian's chromium"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; \
	else \
	  echo "The tests of pages need Chromium: sudo apt install chromium, or CREWLINE_CHROMIUM=/path/to/it" >&2; exit 1; \
	fi

test-%: setup ## one group of tests, as in test-unit; ARGS="-k word" goes to pytest
	@$(BIN)/python -m tests.run_groups $* -- $(ARGS)

lint: setup ## style, import rules, protos
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@said=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$said"; exit 1; }; echo "$$said" | tail -n 1
	@$(BIN)/buf lint
	@$(BIN)/buf format --diff --exit-code --exclude-path protos/buf --exclude-path protos/google

types: setup ## mypy, strict
	@$(BIN)/mypy

fmt: setup ## rewrite Python and protos in the house format
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format
	@$(BIN)/buf format -w --exclude-path protos/buf --exclude-path protos/google

define generate
	@site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
	protoc="$(BIN)/python -m grpc_tools.protoc -Iprotos -I$$site \
	  --plugin=$(BIN)/protoc-gen-mypy --plugin=$(BIN)/protoc-gen-mypy_grpc"; \
	$$protoc --python_out=$(1) --mypy_out=quiet:$(1) $(PROTOS); \
	$$protoc --grpc_python_out=$(1) --mypy_grpc_out=quiet:$(1) $(SERVICE_PROTOS); \
	$$protoc --include_source_info --descriptor_set_out=$(1)/crewline/contracts.binpb $(OUR_PROTOS)
endef

protos: setup ## check the protos; write protos/gen and the SDK's surface anew
	@$(BIN)/buf format -w --exclude-path protos/buf --exclude-path protos/google
	@$(BIN)/buf lint
	@rm -rf protos/gen && mkdir -p protos/gen
	$(call generate,protos/gen)
	@$(BIN)/python -m services.sdk.generator

protos-check: setup ## fail when protos/gen or the SDK's surface is not what the protos say
	@rm -rf .local/protos && mkdir -p .local/protos
	$(call generate,.local/protos)
	@diff -r -x __pycache__ protos/gen .local/protos \
	  || { echo "protos/gen is stale: run make protos" >&2; exit 1; }
	@$(BIN)/python -m services.sdk.generator --check

lock: setup ## resolve the dependencies again and write the three lock files
	@compile() { $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --upgrade --custom-compile-command "make lock" "$$@"; }; \
	compile --output-file requirements.lock pyproject.toml; \
	compile --output-file requirements-dev.lock --group dev --group servers --constraint requirements.lock pyproject.toml; \
	compile --output-file requirements-readers.lock --group readers

clean: ## remove everything that was made here but .venv: data, logs, caches
	@rm -rf .local build dist *.egg-info services/sdk/build services/sdk/*.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

.PHONY: help setup readers browser run demo bench bench-quality simulate mutants test lint types fmt protos protos-check lock clean
