# hsync: `make demo` shows the tool at work, `make test` proves it. Each makes the environment it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ENGINE := .build/engine
WORKERS ?= 2

FUZZ ?= 100000
PAIRS ?= 150

LOWEST := .venv-lowest

.PHONY: demo test lowest torture lint fmt bench engine clean

$(READY): constraints.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

# The test engine is built once, where Go is; without Go its tests say so (and fail where CI is set).
engine:
	@if command -v go >/dev/null 2>&1; then cd tests/engine && go build -o ../../$(ENGINE) . ; \
	else echo "go is not installed: the tests against the engine will be skipped (in CI they fail)"; fi

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Coverage is measured where CI is set: it takes a third of the time.
test: lint engine
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(if $(CI),--cov --cov-report=term:skip-covered)

# The tests with the lowest dependencies that pyproject.toml allows, in an environment of its own.
lowest: engine
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check -r constraints-lowest.txt
	$(LOWEST)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(LOWEST)/bin/python -m pytest -n $(WORKERS)

# Damaged texts, files and requests, other ones every time; a failure prints what gives the same input again. Then all
# attacks and faults, and what takes too long for `make test`; the summary counts them by kind. Half an hour on two cores.
torture: $(READY) engine
	HSYNC_FUZZ=$(FUZZ) HSYNC_PAIRS=$(PAIRS) $(BIN)/python -m pytest -n $(WORKERS) tests/property
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "torture or attack" tests

fmt: $(READY)
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

demo: $(READY)
	$(BIN)/python demo/demo.py

bench: $(READY)
	$(BIN)/python -m bench

clean:
	rm -rf $(VENV) $(LOWEST) .build .mypy_cache .ruff_cache .pytest_cache .coverage*
