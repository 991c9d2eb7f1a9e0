# Set-up happens by itself: every target that needs the environment depends on it, and does nothing when it is there.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	if command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$p; break; fi; done)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PROTOS := $(shell find protos -name '*.proto')
CODE := services gateway cli tools tests bench samples
N ?= 100000
WORKERS ?= 2
ARGS ?=
BASE ?= origin/main

.PHONY: demo run test chaos lint breaking bench bench-silver bench-gold bench-feeds bench-jobs bench-items setup protos lock clean help

help: ## What can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

demo: setup ## The main job on the sample catalog: import, normalise, score (ARGS=--exit ends after the summary)
	@$(BIN)/assay demo $(ARGS)

run: setup ## Everything on this machine: REST on :8080, gRPC on :50051-50054
	@$(BIN)/assay serve all

# Without bytecode each of the hundreds of processes that the tests start would compile all it imports.
test: export PYTHONDONTWRITEBYTECODE =
test: setup ## All tests (ARGS goes to pytest; WORKERS=0 runs them in one process)
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile $(ARGS)

lint: setup ## ruff, types, contracts, architecture, what is in deploy/
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/buf lint
	$(BIN)/buf format -d --exit-code protos
	$(BIN)/lint-imports
	$(BIN)/yamllint --strict deploy
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec deploy/compose.yaml
	$(BIN)/kubernetes-validate --strict --quiet deploy/kubernetes/*.yaml

chaos: ROUNDS = 50
chaos: setup ## Processes killed and stopped at random under the main job (ROUNDS=50 PRODUCTS=20000 DATABASE=postgresql): what comes out is the same
	@$(BIN)/python -m tests.e2e.chaos --rounds $(ROUNDS) --products $(or $(PRODUCTS),20000) \
		--database $(or $(DATABASE),sqlite) $(ARGS)

breaking: setup ## No published field is broken: the contracts against BASE (default origin/main)
	@rm -rf gen/base && mkdir -p gen/base && git archive $(BASE) protos | tar -x -C gen/base
	@for tree in gen/base/protos protos; do \
		$(BIN)/python -m grpc_tools.protoc -I$$tree -Igen/include --include_imports \
			--descriptor_set_out=gen/base/$$(echo $$tree | tr / -).binpb $$(find $$tree -name '*.proto') || exit 1; done
	$(BIN)/buf breaking gen/base/protos.binpb --against gen/base/gen-base-protos.binpb

bench: setup ## Benchmarks, those of jobs and of the Items API too: tables, and JSON in bench/out (N=1000000 for a million products)
	@$(BIN)/python -m bench --products $(N) $(ARGS)
	@$(BIN)/python -m bench.jobs --products $(N) $(ARGS)
	@$(BIN)/python -m bench.items --products $(N) $(ARGS)

bench-silver: N = 1000000
bench-silver: setup ## Silver alone with a million products: rules only, with reading and writing, with likely duplicates
	@$(BIN)/python -m bench.silver --products $(N) $(ARGS)

bench-gold: N = 1000000
bench-gold: setup ## Gold alone with a million products: rubric only, with reading and writing, pages, summaries
	@$(BIN)/python -m bench.gold --products $(N) $(ARGS)

bench-jobs: N = 1000000
bench-jobs: setup ## Jobs: what durability costs, questions about a job at work, cancelling, one worker and two
	@$(BIN)/python -m bench.jobs --products $(N) $(ARGS)

bench-items: N = 1000000
bench-items: setup ## The batch Items API: adding, ingesting, single changes meanwhile
	@$(BIN)/python -m bench.items --products $(N) $(ARGS)

bench-feeds: setup ## Feeds alone over HTTP: made, kept, unchanged
	@$(BIN)/python -m bench.feeds --products $(N) $(ARGS)

setup: $(READY) gen/.built

$(READY): pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it with PYTHON=..." >&2; exit 1; }
	@echo "setting up $(VENV) (once) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@$(BIN)/python tools/link_sources.py
	@touch $@

gen/.built: $(PROTOS) tools/build_protos.py $(READY)
	@$(BIN)/python tools/build_protos.py

protos: setup ## Builds gen/ from protos/ anew
	@$(BIN)/python tools/build_protos.py

lock: setup ## Writes constraints.txt from what is installed
	@{ echo "# Exact versions of everything that gets installed; \`make lock\` writes it anew."; \
	   $(BIN)/python -m pip freeze --disable-pip-version-check --exclude-editable | grep '==' | LC_ALL=C sort -f; } > constraints.txt.new
	@mv constraints.txt.new constraints.txt

clean: ## Removes what was built (not the data under var/)
	rm -rf $(VENV) gen assay.egg-info bench/out
