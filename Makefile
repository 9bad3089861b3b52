# make demo   a ready example, served on this machine; PORT=7861 for another port
# make test   the test suite
# make lint   what CI checks before the tests
PYTHON ?= python3
VENV ?= .venv
PORT ?= 7860
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --quiet

.PHONY: demo test lint
demo: $(VENV)/.base
	@$(BIN)/evenhand demo --port $(PORT)

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not chromium" && $(BIN)/python -m pytest -n 2 --dist load -m chromium

lint: $(VENV)/.dev
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "evenhand: expected Python 3.11 or newer as '$(PYTHON)', found none; install it or run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "evenhand: expected Python 3.11 or newer, got $$($(PYTHON) --version 2>&1); run: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "evenhand: could not make a virtual environment; on Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.base: pyproject.toml | $(BIN)/python
	@echo "evenhand: installing into $(VENV) (once, about a minute) …"
	@$(PIP) -e . >$(VENV)/install.log 2>&1 || { cat $(VENV)/install.log; exit 1; }
	@touch $@

$(VENV)/.test: pyproject.toml | $(BIN)/python
	@echo "evenhand: installing the test tools into $(VENV) …"
	@$(PIP) -e '.[test,postgres]' >$(VENV)/install.log 2>&1 || { cat $(VENV)/install.log; exit 1; }
	@touch $@ $(VENV)/.base

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	@echo "evenhand: installing the developer tools into $(VENV) …"
	@$(PIP) -e '.[dev,postgres,local,cluster,adapters,quantized]' >$(VENV)/install.log 2>&1 || { cat $(VENV)/install.log; exit 1; }
	@touch $@ $(VENV)/.test $(VENV)/.base
