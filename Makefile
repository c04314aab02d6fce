# Each target does its own set-up; on a fresh Debian machine with Go and Python nothing else is needed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.requirements
# Without a folder of wheels of this machine's own: their hashes would be nobody else's.
COMPILE := env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL .lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe \
	--strip-extras --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host

# Where it is set, each of the tests' processes would compile the program and the tests again: a fifth of the unit tests' work.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo shell down test toolchain images lint unit database endurance endurance-switch cluster bench-sync bench-switch preview-comment docs lock format

help: ## What there is to do
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

$(READY): requirements.txt requirements-dev.txt pyproject.toml
	@echo "installing Python packages into $(VENV)"
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || (apt-get -qq update && apt-get -qq install -y python3-venv)
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@PYTHONWARNINGS='ignore:Editable installation' $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@rm -rf .mypy_cache # it goes on missing a package that has no types and was not there before
	@touch $@

demo: $(READY) ## A throw-away cluster, the shop on it, a release and a switch (VERBOSE=yes: with all that Pulumi prints)
	@$(BIN)/python -m sandbox.demo

shell: ## A shell in which kubectl, pulumi and cadrart work on the demo's cluster
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(PYTHON) -m sandbox exec -- bash

down: ## Removes the demo's cluster and everything of it
	@$(PYTHON) -m sandbox.demo down
	@rm -f Pulumi.demo.yaml

test: $(READY) ## Lint, unit tests, database tests on MySQL and MariaDB, cluster tests with traffic
	@$(MAKE) --no-print-directory --jobs=3 lint toolchain images
	@$(BIN)/python -m pytest --dist=loadscope --no-loadscope-reorder --numprocesses=3 # two with a shop on the cluster, and one, after them, for the databases and the unit tests

toolchain: ## Builds Pulumi and Kubernetes where they are missing (19 minutes on two cores)
	@$(PYTHON) -m sandbox toolchain

images: ## Builds the shop's stand-in images where they are missing (2 minutes)
	@$(PYTHON) -m sandbox images >/dev/null

unit: $(READY) ## The unit tests alone (seconds)
	@$(BIN)/python -m pytest tests/unit --dist=worksteal --numprocesses=2

database: $(READY) ## The database tests alone
	@$(BIN)/python -m pytest tests/database

endurance: $(READY) ## Sync and restore killed at every phase and under long loads (about an hour)
	@$(BIN)/python -m pytest tests/database -m endurance

endurance-switch: $(READY) ## The switch killed at every step in both directions, under traffic (about two hours)
	@$(BIN)/python -m pytest tests/cluster -m endurance

cluster: $(READY) ## The cluster tests alone
	@$(BIN)/python -m pytest tests/cluster

bench-sync: $(READY) ## The staging sync beside other ways to copy a database, also at the live limits (30 minutes, an idle machine)
	@command -v mydumper >/dev/null || (apt-get -qq update && apt-get -qq install -y mydumper)
	@$(BIN)/python -m benchmarks.sync

bench-switch: $(READY) ## Switches under traffic, beside the former script and Argo Rollouts (18 minutes, an idle machine)
	@$(PYTHON) -m sandbox toolchain
	@$(BIN)/python -m benchmarks.switch

lint: $(READY) ## ruff, mypy --strict, actionlint, zizmor, and the policies and kube-score over the shipped stacks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m sandbox.workflow_lint
	@$(BIN)/python -m pytest -q tests/unit/policy/test_shipped_program.py tests/unit/policy/test_kube_score.py

preview-comment: $(READY) ## What a pull request's comment would say, of STACK=prod
	@summary=$$(mktemp); \
	GITHUB_STEP_SUMMARY=$$summary $(BIN)/python -m cadrart_infra preview --policies --comment --stack $(or $(STACK),prod) >&2; \
	status=$$?; cat $$summary; rm -f $$summary; exit $$status

docs: $(READY) ## Writes the settings' page, schema and part of Pulumi.yaml, the errors' page, and the Roles
	@$(BIN)/python -m cadrart_infra.settings.reference
	@$(BIN)/python -m cadrart_infra.error_reference
	@$(BIN)/python -m cadrart_infra.rights

lock: ## Works out requirements.txt and requirements-dev.txt, with hashes, from the files that end in .in
	@$(PYTHON) -m venv .lock
	@.lock/bin/python -m pip install --quiet --disable-pip-version-check pip-tools==7.6.2
	@for file in requirements requirements-dev; do \
	  $(COMPILE) --output-file $$file.txt $$file.in && \
	  sed -i "1i # Made by \`make lock\` from $$file.in: every package, with the hashes of its files." $$file.txt || exit 1; \
	done
	@rm -rf .lock

format: $(READY) ## Formats the Python files
	@$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format .
