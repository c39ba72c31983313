# The verbs of trustmeter. `make` alone lists them. CI calls the same ones.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3 python; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2])' 2>/dev/null && { echo $$p; break; }; done)
VENV   := .venv
BIN    := $(VENV)/bin
PY     := $(BIN)/python
JOBS   ?= auto
PILOTS := $(basename $(notdir $(wildcard notebooks/pilots/*.yaml)))

.PHONY: help setup fix check lint test demo notebooks docs screenshots toolbox bench proof simulate attack reference browser wheel clean
.DEFAULT_GOAL := help

help:  ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /	/' | sort | awk -F'\t' '{printf "  make %-11s %s\n", $$1, $$2}'

$(VENV)/.created:
	@test -n "$(PYTHON)" || { echo "trustmeter needs Python 3.11 or newer. On Debian or Ubuntu: apt install python3 python3-venv; on macOS: brew install python@3.12."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "The environment could not be made. On Debian or Ubuntu: apt install python3-venv."; rm -rf $(VENV); exit 1; }
	@touch $@

$(VENV)/.runs: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing trustmeter and what it needs (once) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[notebooks]"
	@touch $@

$(VENV)/.tests: $(VENV)/.created pyproject.toml constraints.txt
	@echo "Installing trustmeter and its test tools (once) ..."
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	@touch $@ $(VENV)/.runs

setup: $(VENV)/.tests  ## environment with all tools, and the commit hooks
	@git rev-parse --git-dir >/dev/null 2>&1 && $(BIN)/pre-commit install || true

demo: $(VENV)/.runs  ## run a whole pilot on simulated answers and write its report
	@$(BIN)/trustmeter demo

test: $(VENV)/.tests  ## run all tests
	@$(PY) -m pytest -n $(JOBS) -q $(ARGS)

lint: $(VENV)/.tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports --no-cache

check: lint  ## format, lint, types, import contracts, then all tests with coverage
	@$(PY) -m pytest -n $(JOBS) -q --cov --cov-report=term:skip-covered $(ARGS)

fix: $(VENV)/.tests  ## format, sort imports, mend what can be mended safely
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

notebooks: $(VENV)/.runs  ## run the tour and the evaluation of every pilot; results in build/
	@$(PY) tools/run_notebooks.py

docs: $(VENV)/.tests  ## build the documentation site into build/site
	@$(PY) -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[docs]"
	@$(PY) tools/make_docs.py && $(BIN)/mkdocs build --strict && echo "Documentation: build/site/index.html"

screenshots: $(VENV)/.tests  ## make the pictures of the how-tos again (needs Chromium, node, npm, LibreOffice Calc, poppler)
	@$(PY) tools/make_screenshots.py $(ARGS)

toolbox: $(VENV)/.runs  ## build the toolbox, cards of practices as pages, into build/toolbox
	@$(BIN)/trustmeter toolbox build

bench: $(VENV)/.tests  ## time against the Python peers, and against R where it is installed
	@for script in benchmarks/bench_*.py; do $(PY) $$script || exit 1; done

proof: $(VENV)/.tests  ## run the tests and write the table of agreement with the reference into docs/
	@rm -rf build/proof && TRUSTMETER_PROOF=$(CURDIR)/build/proof $(PY) -m pytest -n $(JOBS) -q $(ARGS) && \
		TRUSTMETER_PROOF=$(CURDIR)/build/proof $(PY) tools/make_proof.py

simulate: $(VENV)/.tests  ## run the simulation studies (long) and write their report into docs/
	@for script in benchmarks/simulation/sim_*.py; do $(PY) $$script || exit 1; done

attack: $(VENV)/.tests  ## attack the outputs of made-up pilots as an outsider would, and write what was found into docs/
	@$(PY) benchmarks/attack.py

reference:  ## make the reference values again with R (see tests/reference/README.md)
	@for script in tests/reference/make/*.R; do echo $$script; Rscript --vanilla $$script || exit 1; done
	@echo "The scripts in Python (tests/reference/make/*.py) name in their heads the packages that they need."

browser:  ## fetch what the tests in a browser need (node and Chromium must be there)
	@cd tests/accessibility && npm install --silent --no-audit --no-fund --no-package-lock
	@cd tests/exchange/forms/web_forms && npm install --silent --no-audit --no-fund --no-package-lock

wheel: $(VENV)/.tests  ## build the wheel and the source archive into dist/
	@$(PY) -m build

clean:  ## remove what was made
	@rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
