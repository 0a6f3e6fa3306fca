# Everything is set up by the targets themselves; `make help` lists them.
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SAMPLES := tests/data/samples
SOURCES ?= $(SAMPLES)
# The samples have a workspace of their own: nobody's first dataset holds them.
WORKSPACE ?= $(if $(filter $(SAMPLES),$(SOURCES)),./workspace-samples,./workspace)
ARGS ?=
CODE := olmocr_core service tasks flows deployments tests scripts

.PHONY: serve server server-team server-stop deploy worker-cpu worker-gpu
.PHONY: env help setup run test test-slow test-containers test-sglang test-strangers test-clients test-openapi test-n8n bench-service integration soak fuzz check format lint types imports bench bench-peer bench-scale bench-parity bench-parity-math bench-tools bench-scans setup-bench compare docs release release-check lock doctor clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	@VENV=$(VENV) scripts/setup.sh && touch $@

setup: $(READY) ## make the virtual environment

run: $(READY) ## turn SOURCES (default: the samples, into ./workspace-samples) into a dataset in WORKSPACE
	@$(BIN)/olmocr-flows run $(SOURCES) --workspace "$(WORKSPACE)" $(ARGS)

test: $(READY) ## run the tests, all but the slow ones (10 minutes on two cores)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not slow" $(ARGS)

test-slow: $(READY) ## the slow ones: kills at every step, soaks, whole nights (7 minutes)
	@$(BIN)/python -m pytest -n 2 --dist loadgroup -m slow $(ARGS)

SGLANG_VENV ?= .venv-sglang
test-sglang: $(READY) ## run the tests against the real SGLang, on the CPU (2.5 GB the first time)
	@scripts/sglang_cpu/test.sh $(SGLANG_VENV) $(BIN)/python $(ARGS)

LITELLM_PYTHON ?= .venv-litellm/bin/python
LLAMA_PYTHON ?= .venv-llama/bin/python
VLLM_PYTHON ?= .venv-vllm/bin/python
test-strangers: $(READY) ## run the tests against real servers of others, where they are installed (CONTRIBUTING.md)
	@LITELLM_PYTHON=$(abspath $(LITELLM_PYTHON)) LLAMA_PYTHON=$(abspath $(LLAMA_PYTHON)) VLLM_PYTHON=$(abspath $(VLLM_PYTHON)) $(BIN)/python -m pytest tests/strangers $(ARGS)

bench-service: $(READY) ## the HTTP service: latency, 200 clients, a large document beside small ones, hostile files, 20 kills (ARGS="--phases load")
	@$(BIN)/python -m scripts.service_load $(ARGS)

OPENAPI_VENV ?= .venv-schemathesis
test-openapi: $(READY) ## schemathesis against the running service and its description (a minute; 80 MB the first time)
	@scripts/test_openapi.sh $(OPENAPI_VENV) $(ARGS)

test-containers: $(READY) ## build the images from a clean clone and run them: service, compose, a night, Helm (as root, or with Docker; 15 minutes)
	@VENV=$(VENV) scripts/containers/run.sh $(ARGS)

env: ## write infra/.env for compose, with random secrets
	@python3 -m infra.make_env

N8N_HOME ?= .venv-n8n
test-n8n: $(READY) ## run the workflows of infra/n8n in a real n8n against a real service (2.8 GB and ten minutes the first time)
	@scripts/setup_n8n.sh $(N8N_HOME)
	@N8N_HOME=$(abspath $(N8N_HOME)) $(BIN)/python -m pytest tests/strangers/test_n8n.py $(ARGS)

CLIENTS_VENV ?= .venv-clients
test-clients: $(READY) ## clients of docling, Mistral, LangChain and Open WebUI against a running service (1.2 GB the first time)
	@scripts/clients/test.sh $(CLIENTS_VENV) $(BIN)/python $(ARGS)

integration: $(READY) ## nights on real servers, workers and an S3 API, while they are killed in turn (20 minutes)
	@VENV=$(VENV) scripts/run_integration_test.sh $(ARGS)

MINUTES ?= 45
soak: $(READY) ## everything disturbed at once for MINUTES, then every invariant is checked (SEED)
	@$(BIN)/python -m scripts.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(ARGS)

FUZZ_MINUTES := $(if $(filter command line,$(origin MINUTES)),$(MINUTES),20)
fuzz: $(READY) ## the parsers that this project wrote, MINUTES in all or on one TARGET; guided by coverage where atheris is installed
	@$(BIN)/python -m scripts.fuzz --minutes $(FUZZ_MINUTES) $(if $(TARGET),--target $(TARGET)) $(if $(SEED),--seed $(SEED)) $(ARGS)

check: format lint types imports test ## format, lint, types, import contracts, tests

format: $(READY) ## is everything formatted?
	@$(BIN)/ruff format --check .

lint: $(READY) ## ruff
	@$(BIN)/ruff check .

types: $(READY) ## mypy, strict
	@$(BIN)/mypy

imports: $(READY) ## flows -> tasks -> olmocr_core, and no Prefect in the core
	@$(BIN)/lint-imports

bench: $(READY) ## pages per second: whole flow, rendering alone, cpu engine by route
	@$(BIN)/python -m scripts.benchmark_throughput $(ARGS)

bench-peer: $(READY) ## head to head with the package olmocr against a simulated model server (320 MB the first time)
	@$(BIN)/python -m scripts.benchmark_peer $(ARGS)

bench-scale: $(READY) ## a night of 100,000 pages with real servers: what Prefect and each process cost (ARGS="--team" on Postgres)
	@$(BIN)/python -m scripts.benchmark_scale $(ARGS)

bench-parity: $(READY) ## every verdict of ours beside the published scorer's: DATA and CANDIDATES (20 MB the first time)
	@$(BIN)/python -m scripts.bench_parity $(DATA) $(CANDIDATES) $(ARGS)

bench-parity-math: $(READY) setup-bench ## the same for equations, drawn by both (220 MB the first time; half an hour)
	@$(BIN)/python -m scripts.bench_parity_math $(if $(DATA),--data $(DATA)) $(ARGS)

bench-tools: $(READY) setup-bench ## ours beside every other tool on the benchmark DATA, as the table of docs/quality.md (1.5 GB the first time)
	@$(BIN)/python -m scripts.bench_table $(or $(DATA),../shared/corpus/dev) $(ARGS)

bench-scans: $(READY) ## words read from made scans of known text, by kind of damage (ARGS="--save FILE", then "--against FILE")
	@$(BIN)/python -m scripts.benchmark_scans $(ARGS)

setup-bench: ## Chromium, KaTeX and axe-core: what draws a benchmark's equations, and judges the service's page
	@scripts/setup_bench.sh

compare: $(READY) ## ours beside pdftotext, markitdown and tesseract on documents with expectations
	@$(BIN)/python -m scripts.compare_tools $(ARGS)

HOST ?= 127.0.0.1
PORT ?= 4200
server: $(READY) ## the Prefect server of one machine, in the foreground (HOST, PORT; SQLite)
	@$(BIN)/olmocr-flows server serve --host $(HOST) --port $(PORT) $(ARGS)

server-team: $(READY) ## a team's server: Postgres, Redis, several API processes (HOST, PORT)
	@$(BIN)/python -m infra.team.prefect_team --host $(HOST) --port $(PORT) $(ARGS)

server-stop: $(READY) ## stop the server that this machine runs, whichever it is
	@$(BIN)/olmocr-flows server stop

deploy: $(READY) ## pools, queues, deployments and automations on the server (SITE_*: docs/operations.md)
	@$(BIN)/olmocr-flows deploy $(ARGS)

worker-cpu: $(READY) ## a worker for flows, rendering and publishing
	@$(BIN)/olmocr-flows worker cpu $(ARGS)

worker-gpu: $(READY) ## a worker for the shards that GPUs read
	@$(BIN)/olmocr-flows worker gpu $(ARGS)

SERVE_HOST ?= 127.0.0.1
SERVE_PORT ?= 8000
serve: $(READY) ## documents over HTTP, in the foreground (SERVE_HOST, SERVE_PORT; docs/service.md)
	@$(BIN)/olmocr-serve --host $(SERVE_HOST) --port $(SERVE_PORT) $(ARGS)

docs: $(READY) ## the documentation as HTML in docs/_build
	@$(BIN)/sphinx-build -q -W -b html docs docs/_build/html

release-check: $(READY) ## build, install the wheel in an empty environment, try its commands (needs a network; ten minutes)
	@$(BIN)/python -m scripts.release

release: $(READY) ## the same for a new VERSION, which is set first (RELEASE_PROCESS.md)
	@$(BIN)/python -m scripts.release $(or $(VERSION),$(error VERSION=X.Y.Z is missing))

doctor: $(READY) ## what is installed, what is missing
	@$(BIN)/olmocr-flows doctor

lock: ## resolve the dependencies anew, and those of the images with them (needs uv)
	@$(RESOLVE) --extra docs --extra dev --upgrade -o requirements.lock pyproject.toml
	@$(RESOLVE) --extra server --override infra/image/overrides.txt -c requirements.lock \
	  -o infra/image/requirements.lock pyproject.toml infra/image/build.in

RESOLVE := uv pip compile -q --universal --python-version 3.11 --extra service --extra team --generate-hashes \
  --no-emit-index-url --no-annotate --no-header --override overrides.txt

clean: ## remove the virtual environment and caches
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis docs/_build
