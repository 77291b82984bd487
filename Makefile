# make run        starts the embedded service on http://127.0.0.1:8000
# make test       runs the test suite, without the three below
# make chaos      runs the tests that kill workers, PostgreSQL and Redis of a real production: four minutes
# make browser    runs the explorer and the timeline in a real Chromium without a network: a minute (its screenshots are
#                 below pytest's temporary folder)
# make clients    runs real clients against a real server, tools that read the schema, and the examples in docs/api.md and
#                 the evenings: a minute
# make explorer   builds the explorer's page from npm's packages; make run does so once if npm is installed
# make fuzz       sends generated documents to a real server for a minute: FUZZ_SECONDS and FUZZ_SEED are 60 and 1
# make simulate   runs queues of all kinds through a year of virtual time on a real service, with outages, kills and edits,
#                 and through a century by the pure functions: a quarter of an hour; SIMULATE_QUEUES, SIMULATE_YEARS and
#                 SIMULATE_SEED are 400, 1 and 1, and SIMULATE_ONLY=5 runs queue 5 alone
# make newest     runs the quick gates, the wheel and the embedded mode on the newest Python that is here, in .venv-newest:
#                 a minute
# make lint       runs formatter, linter and type checker
# make check      runs the quick gates: schema snapshot, breaking changes of the API (make breaking is these alone),
#                 migrations against models, the order of packages
# make bench      runs every benchmark against its own limit and writes bench/RESULTS.md: 15 minutes; or one of them:
#                 make bench-tick, bench-publish, bench-lateness, bench-read, bench-claim, bench-embedded, bench-growth,
#                 bench-fairness, bench-pruning, bench-texts, bench-points, bench-lists, bench-recurrence
# make migrate    brings the database that DATABASE_URL names up to date
# make reencrypt  encrypts all tokens with the first of PERENNIAL_TOKEN_KEYS
# make schema     writes schema.graphql anew, and what docs/api.md says of each operation; make lock: the pinned requirements
# make baseline   at a release: from then on, a breaking change is one that breaks clients of the present schema.graphql

# The first Python that is 3.11 to 3.14 and can create a virtual environment; and the newest.
SUITABLE := import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
suitable = $(firstword $(foreach name,$(1),$(shell $(name) -c "$(SUITABLE)" >/dev/null 2>&1 && echo $(name))))
PYTHON ?= $(call suitable,python3 python3.14 python3.13 python3.12 python3.11)
PYENV_ROOT ?= $(HOME)/.pyenv
NEWEST ?= $(call suitable,$(foreach minor,14 13 12 11,python3.$(minor) \
	$(lastword $(wildcard $(PYENV_ROOT)/versions/3.$(minor).*/bin/python3.$(minor)))))

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

# pip and npm stay quiet, and a line for every 5 or 25 packages shows how far they are. Their errors pass through, and
# their failure is a failure. The arguments: what follows `pip install`, and how many packages there are.
PIP_INSTALL = { PYTHONUNBUFFERED=1 $(PIP) install --progress-bar off $(1) 2>&1 || echo FAILED; } | { got=0; error=; \
	while IFS= read -r line; do case "$$error$$line" in \
		Collecting*) got=$$((got + 1)); [ $$((got % 5)) != 0 ] || echo "  $$got of $(2)" ;; \
		Installing*) [ "$$got" -lt 5 ] || echo "  Unpacking them" ;; \
		*FAILED) exit 1 ;; \
		*ERROR*) error=ERROR; echo "$$line" >&2 ;; \
	esac; done; }
NPM_CI = { npm ci --loglevel=http 2>&1 || echo FAILED; } | { got=0; \
	while IFS= read -r line; do case "$$line" in \
		"npm http"*.tgz*) got=$$((got + 1)); [ $$((got % 25)) != 0 ] || echo "  $$got of $(1)" ;; \
		"npm error"* | "npm ERR"*) echo "$$line" >&2 ;; \
		*FAILED) exit 1 ;; \
	esac; done; }
# How many packages a file of pip's, or of npm's, pins.
pinned = $(shell grep -c '==' $(1))
locked = $(shell grep -c '^ *"node_modules/.*": {' $(1))

BENCH := PYTHONPATH=tests $(BIN)/python -m bench

QUICK := tests/api/graphql/test_schema.py tests/api/graphql/test_schema_changes.py \
	tests/api/graphql/test_descriptions.py tests/db/test_migrations.py tests/test_layout.py

# The page that npm builds from explorer/.
EXPLORER := src/perennial/api/explorer/built/index.html

# The files that npm writes last when it installs the clients of the tests, and the tools that read a schema, which want
# other versions of some packages than the clients do.
CLIENTS := tests/clients/node_modules/.package-lock.json
TOOLS := tests/clients/tools/node_modules/.package-lock.json

.PHONY: run explorer set-up test chaos fuzz simulate browser clients newest on-newest lint check breaking bench migrate reencrypt schema baseline \
	lock clean

run: $(VENV)/.installed
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory explorer || \
		echo "The explorer could not be built: /graphql is as it was built last, or loads GraphiQL from a CDN." >&2; \
	elif ! test -f $(EXPLORER); then echo "There is no npm to build the explorer with: /graphql loads GraphiQL from a CDN."; fi
	@echo "Starting Perennial."
	@exec $(BIN)/python server.py

explorer: $(EXPLORER)
	@:

# What the gates need that nothing in $(VENV) is needed for: the explorer, the clients, and the newest Python's packages.
set-up: $(EXPLORER) $(CLIENTS) $(TOOLS) .venv-codegen/.installed
	@newest=$(NEWEST); if [ "$$($(PYTHON) -V)" != "$$($$newest -V)" ]; then \
		$(MAKE) --no-print-directory VENV=.venv-newest PYTHON=$$newest .venv-newest/.installed-dev; fi

# It starts a hundred processes: what Python compiles for one of them is kept for the next, whatever the shell says.
test: $(VENV)/.installed-dev
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist worksteal \
		--ignore=tests/chaos --ignore=tests/browser --ignore=tests/clients

# Most of these tests are idle most of the time, so four processes fit on two cores.
chaos: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -n 4 --dist worksteal tests/chaos

# These tests wait half a minute for a queue to fall due.
browser: $(VENV)/.installed-browser
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory explorer; fi
	@$(BIN)/python -m pytest -n 2 --dist worksteal tests/browser

fuzz: $(VENV)/.installed-dev .venv-fuzz/.installed
	@PYTHONPATH=tests $(BIN)/python -m fuzz

simulate: $(VENV)/.installed-dev
	@PYTHONPATH=tests $(BIN)/python -m simulation

# The evenings wait most of the time, so the rest runs beside them: a file is one process's.
clients: $(VENV)/.installed-dev .venv-codegen/.installed
	@if command -v npm >/dev/null; then $(MAKE) --no-print-directory $(CLIENTS) $(TOOLS); fi
	@$(BIN)/python -m pytest -n 2 --dist loadfile tests/clients

lint: $(VENV)/.installed-dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: breaking
	$(BIN)/python -m pytest $(QUICK)

# A breaking change passes only if CHANGELOG.md names it (`Post.status`) under [Unreleased], Breaking.
breaking: $(VENV)/.installed-dev
	@PYTHONPATH=tests $(BIN)/python -m support.schema_changes

# These have to do with Python: its asyncio and subprocesses, what the libraries bring for it, and what is generated.
newest: $(VENV)/.installed
	@newest=$(NEWEST); if [ "$$($(BIN)/python -V)" = "$$($$newest -V)" ]; then \
		echo "There is no newer Python here than that of $(VENV)."; \
	else $(MAKE) --no-print-directory VENV=.venv-newest PYTHON=$$newest on-newest; fi

on-newest: $(VENV)/.installed-dev
	@echo "On $$($(BIN)/python -V):"
	@$(BIN)/python -m pytest -n 2 --dist worksteal -p no:cacheprovider $(QUICK) tests/embedded tests/process/test_wheel.py \
		tests/queues/test_recurrence.py tests/queues/test_recurrence_laws.py tests/queues/calendar \
		tests/worker/test_worker_ends.py

bench: $(VENV)/.installed-dev
	@$(BENCH)

bench-%: $(VENV)/.installed-dev
	@$(BENCH).$*

migrate: $(VENV)/.installed
	@$(BIN)/python -m perennial.migrate

reencrypt: $(VENV)/.installed
	@$(BIN)/python -m perennial.reencrypt

schema: $(VENV)/.installed
	$(BIN)/python -m perennial.api.graphql.schema
	@PYTHONPATH=tests $(BIN)/python -m support.pages.reference

baseline: schema
	cp schema.graphql docs/schema-baseline.graphql

# Pins versions and hashes, for every supported Python at once.
lock: $(VENV)/.installed-dev
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group build pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group build --group dev -c requirements.txt pyproject.toml -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group browser -c requirements-dev.txt -o requirements-browser.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group fuzz -c requirements-dev.txt -o requirements-fuzz.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group codegen -o requirements-codegen.txt

clean:
	rm -rf .venv .venv-newest .venv-fuzz .venv-codegen

$(VENV)/.installed: requirements.txt pyproject.toml
	@$(if $(PYTHON),,echo "Perennial needs Python 3.11 to 3.14 with its venv module; name one: make PYTHON=/path/to/python" >&2; exit 1)
	@echo "Creating the environment $(VENV) with $(PYTHON)."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing $(call pinned,requirements.txt) pinned packages; once, it takes about half a minute."
	@$(call PIP_INSTALL,--require-hashes -r requirements.txt,$(call pinned,requirements.txt))
	@echo "Installing Perennial itself."
	@$(PIP) -qq install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	@echo "Installing what the tests need."
	@$(call PIP_INSTALL,--require-hashes -r requirements-dev.txt,$(call pinned,requirements-dev.txt))
	@touch $@

$(VENV)/.installed-browser: $(VENV)/.installed-dev requirements-browser.txt
	@echo "Installing what drives a browser."
	@$(PIP) -qq install --require-hashes -r requirements-browser.txt
	@touch $@

$(EXPLORER): explorer/node_modules/.package-lock.json $(wildcard explorer/*.* explorer/src/*.* explorer/src/tabs/*)
	@echo "Building the explorer."
	@cd explorer && npm run --silent build

explorer/node_modules/.package-lock.json: explorer/package-lock.json explorer/.npmrc
	@echo "Installing $(call locked,$<) npm packages for the explorer; once, it takes about half a minute."
	@cd explorer && $(call NPM_CI,$(call locked,$<))
	@touch $@

.venv-fuzz/.installed: $(VENV)/.installed requirements-fuzz.txt
	@echo "Setting up .venv-fuzz."
	@test -x .venv-fuzz/bin/python || $(BIN)/python -m venv .venv-fuzz
	@.venv-fuzz/bin/python -m pip -qq --disable-pip-version-check install --require-hashes -r requirements-fuzz.txt
	@touch $@

.venv-codegen/.installed: requirements-codegen.txt
	@echo "Setting up .venv-codegen."
	@test -x .venv-codegen/bin/python || $(PYTHON) -m venv .venv-codegen
	@.venv-codegen/bin/python -m pip -qq --disable-pip-version-check install --require-hashes -r requirements-codegen.txt
	@touch $@

$(CLIENTS) $(TOOLS): %/node_modules/.package-lock.json: %/package.json %/package-lock.json
	@echo "Installing $(call locked,$*/package-lock.json) npm packages for the tests; once, it takes about half a minute."
	@cd $* && $(call NPM_CI,$(call locked,$*/package-lock.json))
	@touch $@
