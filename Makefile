# Two commands on a bare machine with Python 3.11, make and a package index: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

# Bytecode is kept, also where the environment says otherwise: each process of a test would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/bytecode

.DEFAULT_GOAL := help
.PHONY: help demo test coverage test-all test-long mutants check format docs bench lock clean

help:  ## what there is to run
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# pip brings only uv, by hash; uv brings the rest, by hash; nothing is resolved anew.
$(READY): requirements/dev.txt requirements/uv.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY)  ## the main job: a GIFT file becomes a quiz that is taken; then an exam with draws, hints and a review
	@$(BIN)/quizkit demo

test: $(READY)  ## the test suite, each case once on each database
	@$(BIN)/python -m pytest -n auto $(ARGS)

coverage: $(READY)  ## the same, with branch coverage, which takes half as long again
	@$(BIN)/python -m pytest -n auto --cov --cov-report=term:skip-covered $(ARGS)

check: $(READY)  ## format, lint, types (mypy strict, pyright), import rules, conventions
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/pyright --warnings
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q -p no:randomly tests/repository

format: $(READY)  ## format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: $(READY)  ## build the documentation into site/, without a warning
	@$(BIN)/python -m zensical build --clean --strict

bench: $(READY)  ## quizkit beside its peers and the floor
	@$(BIN)/python benchmarks/imports.py
	@$(BIN)/python benchmarks/readers.py
	@$(BIN)/python benchmarks/verbs.py

UV_COMPILE = uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --python-version 3.11 --custom-compile-command "make lock" $(LOCK_ARGS)
lock:  ## renew requirements/*.txt (hashes, no host)
	@test -x $(BIN)/uv || ($(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet uv)
	@$(BIN)/$(UV_COMPILE) pyproject.toml --all-extras --group dev -o requirements/dev.txt
	@$(BIN)/$(UV_COMPILE) pyproject.toml --all-extras --group test --resolution lowest-direct -o requirements/lowest.txt
	@echo uv | $(BIN)/$(UV_COMPILE) - -c requirements/dev.txt -o requirements/uv.txt

clean:  ## remove what was built
	@rm -rf $(VENV) dist site build .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis

test-all: $(READY)  ## the matrix: all cases on every Python, the lowest versions, PgBouncer; ROWS="lowest pgbouncer" for some of it
	@$(BIN)/python tests/matrix.py $(ROWS)

test-long: $(READY)  ## races and property tests at length (an hour)
	@QUIZKIT_TEST_CASES=all QUIZKIT_TEST_ROUNDS=200 QUIZKIT_TEST_PROFILE=long $(BIN)/python -m pytest -n auto $(ARGS)

mutants: $(READY)  ## remove guards one by one, whose tests must then fail (eight minutes); NAMES="save_state" for some
	@$(BIN)/python tests/mutants.py $(NAMES) $(ARGS)
