# The whole loop, on a fresh clone with Python 3.11 and make. Everything lands in .venv and the user's cache.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Servers that are killed in the middle of a TLS handshake leave asyncio's transports to the garbage collector,
# which isn't our leak; everywhere else, where nobody is killed, an unclosed transport fails the test.
E2E_OPTIONS := --override-ini addopts="--import-mode=importlib -q --strict-markers" -p no:unraisableexception

.PHONY: demo test check format e2e e2e-argocd bench picture wheel clean

$(READY): pyproject.toml requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

demo: $(READY)  ## three clusters in one process, and the board over them
	@$(BIN)/kubectl-pko_argo demo

test: $(READY)  ## unit, contract and screen tests; needs neither Go nor kubectl
	$(BIN)/python -m pytest -n 4

check: $(READY)  ## format, lint, types, import rules, names
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/test_names.py

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

e2e: $(READY)  ## against real API servers, built once into ~/.cache/pko-argo-e2e (needs Go)
	tests/e2e/go/build.sh
	tests/e2e/argocd/build.sh
	PKO_ARGO_E2E_REQUIRED=1 $(BIN)/python -m pytest $(E2E_OPTIONS) --ignore=tests/e2e/chain tests/e2e

e2e-argocd: $(READY)  ## the whole chain with Argo CD's own controllers (needs Go, git and Debian's redis-server)
	tests/e2e/go/build.sh
	tests/e2e/argocd/controllers/build.sh
	PKO_ARGO_E2E_REQUIRED=1 $(BIN)/python -m pytest $(E2E_OPTIONS) tests/e2e/chain

bench: $(READY)  ## speed and memory, both sides in one run; writes docs/benchmarks.md
	tests/e2e/go/build.sh
	$(BIN)/python -m tests.bench

picture: $(READY)  ## the README's picture, drawn by the program
	$(BIN)/python tests/picture.py

wheel: $(READY)
	$(BIN)/python -m build --wheel

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
