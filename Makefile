# Every target does all the set-up that is missing: system packages (Debian), a virtual
# environment, locked dependencies.

VENV := .venv
PIP := $(VENV)/bin/pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
S3 := .venv-s3
AIRFLOW := .venv-airflow
# Bytecode is kept, whatever the environment says: tests start hundreds of Python programs. Empty is as unset.
export PYTHONDONTWRITEBYTECODE :=
# Tests of whole hubs and of pages wait for a third of their time.
WORKERS ?= $(shell expr $$(nproc) \* 3 / 2)
.PHONY: help demo up install check test bench chaos attack lint format screenshots docs schema wheel fresh-machine image locks map

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/hub.stamp ## Run the whole hub with simulated devices; Ctrl-C stops it
	@$(VENV)/bin/iot-hub up --demo

up: $(VENV)/hub.stamp ## Run the whole hub; Ctrl-C stops it
	@$(VENV)/bin/iot-hub up

install: $(VENV)/hub.stamp ## Install the hub, or bring it to the code that is here; start nothing

check: lint ## Check style, and run the tests that start no hub and no browser (a minute)
	$(VENV)/bin/pytest --numprocesses auto --dist worksteal -m "not (hub or browser or slow)"

test: $(VENV)/dev.stamp $(S3)/stamp $(AIRFLOW)/stamp ## Run every test
	@scripts/install-system-packages hub test
	$(VENV)/bin/pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 10

chaos: $(VENV)/dev.stamp $(S3)/stamp ## Break a running hub a thousand times
	@scripts/install-system-packages hub test
	$(VENV)/bin/python -m chaos --faults 1000

attack: $(VENV)/hub.stamp ## Guess 200 people's homes from what a hub publishes
	$(VENV)/bin/python -m attacks

bench: $(VENV)/dev.stamp ## Measure, and write benchmarks/results.md
	@scripts/install-system-packages hub bench
	$(VENV)/bin/python benchmarks/run.py

lint: $(VENV)/dev.stamp ## Check style, types, docstrings, and which way imports run
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-logo --no-cache
	$(VENV)/bin/python scripts/check_docstrings.py

format: $(VENV)/dev.stamp ## Put the code into the project's style
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

docs: $(VENV)/dev.stamp ## Build the documentation as a site, in site/
	$(VENV)/bin/python scripts/write_groups.py
	$(VENV)/bin/python scripts/build_reference.py
	$(VENV)/bin/python scripts/architecture
	$(VENV)/bin/zensical build --strict

schema: $(VENV)/hub.stamp ## Write iot_hub/database/schema.sql from a migrated database
	$(VENV)/bin/python scripts/write_schema.py

screenshots: $(VENV)/dev.stamp ## Take the README's screenshots of a running demo
	@scripts/install-system-packages test
	$(VENV)/bin/python scripts/screenshots.py

map: ## Build the map page from frontend/map (needs npm)
	cd frontend/map && npm ci --ignore-scripts --no-audit --no-fund && npm run build

wheel: $(VENV)/hub.stamp ## Build the wheel into dist/
	scripts/build-wheel dist

fresh-machine: ## Try the README's commands on a new Debian in a folder (root; FLAGS=--help tells more)
	@scripts/fresh-machine $(FLAGS)

image: $(VENV)/dev.stamp ## Try the image and compose.yaml without a container engine (root; FLAGS=--help tells more)
	@$(VENV)/bin/python scripts/image $(FLAGS)

locks: ## Compile the lock files from requirements/*.in (needs uv)
	uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    -o requirements/hub.lock requirements/hub.in requirements/dashboard.in
	for name in build s3 airflow; do uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header -o requirements/$$name.lock requirements/$$name.in; done
	uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    -c requirements/hub.lock -o requirements/dev.lock requirements/hub.in requirements/dashboard.in requirements/dev.in

$(VENV)/bin/python:
	@scripts/install-system-packages hub
	@echo "Making the virtual environment $(VENV) …"
	@$$(scripts/find-python) -m venv $(VENV)

# --no-build-isolation: the package is built with the locked setuptools, not with today's.
$(VENV)/hub.stamp: $(VENV)/bin/python requirements/hub.lock requirements/build.lock pyproject.toml
	@scripts/install-system-packages hub
	@echo "Installing the locked dependencies (about a minute, the first time) …"
	@$(PIP) --require-hashes -r requirements/build.lock -r requirements/hub.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/hub.stamp requirements/dev.lock
	@echo "Installing what tests and benchmarks need …"
	@$(PIP) --require-hashes -r requirements/dev.lock
	@touch $@

# An S3 server for tests, apart: it wants older libraries than the hub.
$(S3)/stamp: $(VENV)/bin/python requirements/s3.lock
	@echo "Installing an S3 server for the tests …"
	@test -x $(S3)/bin/python || $$(scripts/find-python) -m venv $(S3)
	@$(S3)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/s3.lock
	@touch $@

# Airflow, apart too: the DAGs know nothing of the hub's environment.
$(AIRFLOW)/stamp: $(VENV)/bin/python requirements/airflow.lock
	@echo "Installing Airflow for the tests …"
	@test -x $(AIRFLOW)/bin/python || $$(scripts/find-python) -m venv $(AIRFLOW)
	@$(AIRFLOW)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/airflow.lock
	@touch $@
