# make demo   a ready example, served on this machine; PORT=7861 for another port
# make test   the test suite; PYTEST_FLAGS="-x" for options of pytest
# make lint   what CI checks before the tests
# make docs   the documentation as a site in site/; a warning is an error
PYTHON ?= python3
VENV ?= .venv
PORT ?= 7860
PYTEST_FLAGS ?=
BIN := $(VENV)/bin
# One more worker than processors: tests wait for processes, servers and pages.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)

# uv leaves compiling to the first start, which must then be allowed to keep what it compiled.
export PYTHONDONTWRITEBYTECODE :=

TEST := .[test,postgres]
DEV := .[dev,postgres,local,cluster,adapters,quantized]

# $(call install,REQUIREMENT): by uv, which takes seconds, or by pip where uv cannot be had or does not succeed.
define install
@log=$(VENV)/install.log; pip="$(BIN)/python -m pip install --disable-pip-version-check --quiet"; \
export UV_FIND_LINKS="$${UV_FIND_LINKS:-$$(echo $$PIP_FIND_LINKS | tr ' ' ,)}"; \
{ $$pip uv && $(BIN)/uv pip install --quiet --python $(BIN)/python -e '$(1)'; } >$$log 2>&1 || { \
  echo "evenhand: uv could not install it (why: $$log); pip tries again and takes a few minutes …"; \
  $$pip -e '$(1)' >>$$log 2>&1; \
} || { cat $$log; exit 1; }
endef

.PHONY: demo test lint docs
demo: $(VENV)/.base
	@$(BIN)/evenhand demo --port $(PORT)

test: $(VENV)/.test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -p tests.branches --branches-judge -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST_FLAGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(VENV)/.docs
	$(BIN)/mkdocs build --strict

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "evenhand: expected Python 3.11 or newer as '$(PYTHON)', found none; install it or run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "evenhand: expected Python 3.11 or newer, got $$($(PYTHON) --version 2>&1); run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "evenhand: could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.base: pyproject.toml | $(BIN)/python
	@echo "evenhand: installing into $(VENV) (once, less than a minute) …"
	$(call install,.)
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	@echo "evenhand: installing the test tools into $(VENV) …"
	$(call install,$(TEST))
	@touch $@ $(VENV)/.base

$(VENV)/.docs: pyproject.toml | $(BIN)/python
	@echo "evenhand: installing MkDocs into $(VENV) …"
	$(call install,.[docs])
	@touch $@ $(VENV)/.base

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "evenhand: installing the developer tools into $(VENV) …"
	$(call install,$(DEV))
	@touch $@ $(VENV)/.test $(VENV)/.docs $(VENV)/.base
