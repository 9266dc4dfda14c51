# Two commands are all a newcomer needs: `make demo` and `make test`. Bare `make` lists every target.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

BIN := .venv/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3)
SOURCES := $(wildcard pipeline review_ui form_templates samples training tests)
PIP := $(BIN)/pip --disable-pip-version-check install -qq --no-deps
PHASE := tools/phase

# What the program needs at run time, and what only the tests need: a browser and a database server.
DEBIAN := tesseract-ocr tesseract-ocr-jpn poppler-utils libgl1 libglib2.0-0
DEBIAN_TEST := chromium fonts-ipaexfont-gothic libatomic1 postgresql strace
# What a machine needs besides that is installed from the kit of `make bundle`.
DEBIAN_KIT := python3-venv logrotate openssl
DEBIAN_OPTIONAL := samba cifs-utils postgresql

.PHONY: help install programs test-programs demo test lint types contract house unit fmt samples train lock wheel clean \
	bench-accuracy bench-align bench-speed bench-serials bench-proposals bench-papers accept accept-other-hand accept-drop accept-kill accept-renamed accept-report accept-year accept-year-drawn mutate
.PHONY: bundle bench-queue accept-workers
.PHONY: trust-signin trust-audit trust-fuzz trust-tls

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# ── Two commands for newcomers

demo: install ## draw a stack of filled forms and take it all the way to a workbook
	@$(BIN)/python -m samples.demo $(ARGS)

test: install test-programs lint types contract house unit ## everything that CI checks; -k goes on after a failure

# ── Installing

install: programs .venv/.installed ## Debian packages and the environment in .venv, whatever is missing

programs:
	@tools/debian-packages $(DEBIAN)

test-programs:
	@tools/debian-packages $(DEBIAN_TEST)

.venv/.created:
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || tools/debian-packages python3-venv
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/.requirements: requirements-dev.txt | .venv/.created
	@echo "Installing Python packages into .venv" >&2
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

.venv/.installed: pyproject.toml .venv/.requirements
	@$(PIP) --no-build-isolation -e .
	@touch $@

lock: install ## pin the newest versions that fit pyproject.toml and requirements-dev.in
	@tools/lock

# ── The parts of `make test`

lint: install ## formatting and lint
	@$(PHASE) "format" $(BIN)/ruff format --check --quiet $(SOURCES)
	@$(PHASE) "lint" $(BIN)/ruff check --quiet $(SOURCES)

types: install ## mypy, strict, on source and tests
	@$(PHASE) "types" $(BIN)/mypy --no-error-summary $(SOURCES)

contract: install ## who may import whom
	@$(PHASE) "import contract" $(BIN)/lint-imports --no-logo

house: install ## sizes of functions and files, and what never belongs in the repository
	@$(PHASE) "house rules" $(BIN)/pytest -q tests/house

unit: install test-programs ## the whole test suite; ARGS="-k word" for a part of it
	@$(PHASE) "tests" timeout --kill-after=30 1800 $(BIN)/pytest -q -n 2 --dist loadfile --no-loadscope-reorder --durations=10 --ignore=tests/house $(ARGS) tests

fmt: install ## put every file into shape
	@$(BIN)/ruff check --quiet --fix-only $(SOURCES)
	@$(BIN)/ruff format --quiet $(SOURCES)

# ── Faults (docs/trust.md)

.PHONY: faults faults-around faults-writing faults-rescans faults-files faults-large faults-restore trust-ledger trust-same trust-together trust-saves trust-versions

faults: install test-programs ## every disk call of the job killed, out of space or broken, and power cuts; ARGS="--part 1/4" for a piece
	@$(BIN)/python -m tests.faults $(ARGS)

faults-around: install ## Tesseract missing, hanging, lying; folders that vanish; clocks that jump; ARGS="--part 1/4" for a piece
	@$(BIN)/python -m tests.faults.around $(ARGS)

faults-writing: install ## every command in a closed folder, below a file and on a full disk: a sentence each
	@$(BIN)/pytest -q tests/faults/test_around.py -k "command or said" $(ARGS)

faults-rescans: install ## the same sheet scanned again without a serial: how often it is proposed; ARGS="--sheets 60 --seed 9"
	@$(BIN)/python -m tests.faults.rescans $(ARGS)

faults-files: install ## odd files and 10,000 mutants of them: one verdict each; ARGS="--part 1/4" for a piece
	@$(BIN)/python -m tests.faults.files $(ARGS)

faults-large: install ## 200 A3 pages in one PDF: the largest memory of all processes together
	@$(BIN)/python -m tests.faults.large $(ARGS)

faults-restore: install ## backup and restore of 10,000 forms, timed; ARGS="--forms N --size BYTES"
	@$(BIN)/python -m tests.faults.restore $(ARGS)

trust-ledger: install ## every kind of loss is found by `store verify`; ingest ended at every step comes out the same
	@$(BIN)/pytest -q tests/store/test_ledger.py tests/store/test_resume.py tests/store/test_removal.py $(ARGS)

trust-same: install ## the same bytes, and the same sheet scanned again
	@$(BIN)/pytest -q tests/run/test_accept.py tests/review/test_rescans.py $(ARGS)

trust-together: install test-programs ## several people save at once: nobody's work is lost
	@$(BIN)/pytest -q tests/ui/test_together.py $(ARGS)

trust-saves: install ## 5,000 saves and looks from screens of every age, beside a plain model; ARGS="--stories N"
	@$(BIN)/python -m tests.trust.saves $(ARGS)

trust-versions: install ## databases of every version upgraded, backup while others write, restore, purge
	@$(BIN)/pytest -q tests/store/test_golden.py tests/store/test_backup.py tests/store/test_purge.py $(ARGS)

# ── Samples, training, figures

samples: install ## a larger set of filled sheets with their truth; ARGS as `.venv/bin/python -m samples -h` says
	@$(BIN)/python -m samples $(or $(ARGS),out/samples)

train: install ## train our own weights anew (installs PyTorch first; see training/README.md)
	@$(BIN)/pip --disable-pip-version-check install -qq -e '.[train]' --no-build-isolation
	@$(BIN)/python -m training.train $(ARGS)

bench-accuracy: install ## how often a reading is right; SET=folder of sheets with truth
	@$(BIN)/yomitori bench accuracy $(SET) $(ARGS)

bench-align: install ## how exactly sheets are laid straight
	@$(BIN)/yomitori bench align $(SET) $(ARGS)

bench-speed: install ## how long a sheet takes and how much memory
	@$(BIN)/yomitori bench speed $(SET) $(ARGS)

bench-serials: install ## whether 1,000 issued codes survive paper and scanner; ARGS="--count 1000 --level hard"
	@$(BIN)/python -m tests.forms.serials_score $(ARGS)

bench-proposals: install ## how a corrected proposal reads against the form drawn by hand; ARGS="--count 20"
	@$(BIN)/python -m tests.forms.propose_reading $(ARGS)

bench-papers: install ## how near a proposal comes on scans of other offices' paper; ARGS="--seeds 3 --edits"
	@$(BIN)/python -m tests.forms.other_papers $(ARGS)

accept: install ## the main job on 200 drawn sheets, counted from paper to workbook; ARGS="--seed <8 hex digits of the commit>"
	@$(BIN)/python -m tests.acceptance.office $(ARGS)

accept-other-hand: install ## sheets drawn by a generator that shares nothing with `samples`; ARGS="--sheets 150 --mnist FOLDER"
	@$(BIN)/python -m tests.acceptance.other_hand $(ARGS)

accept-drop: install test-programs ## 2,000 files dropped on a batch at once: memory flat, progress true
	@$(BIN)/python -m tests.acceptance.dropped $(ARGS)

accept-kill: install ## ingest killed at 20 random moments and resumed, against an undisturbed run
	@$(BIN)/python -m tests.acceptance.killed $(ARGS)

mutate: install ## readers and thresholds broken on purpose: every break must be caught
	@$(BIN)/python -m tests.acceptance.mutate $(ARGS)

accept-renamed: install ## the tests of the code with every form and field under another name
	@$(BIN)/python -m tests.acceptance.renamed $(ARGS)

accept-workers: install test-programs ## three workers on PostgreSQL, one killed, the server stopped at once, against a quiet run
	@$(BIN)/python -m tests.acceptance.crew kill $(ARGS)

bench-queue: install test-programs ## what a page costs through PostgreSQL and its queue, against the local pool
	@$(BIN)/python -m tests.acceptance.crew cost $(ARGS)

trust-signin: install ## how many guesses at a password a day holds, and whether an unknown name takes as long; ARGS="--samples N"
	@$(BIN)/python -m tests.trust.guessing $(ARGS)

trust-audit: install ## 10,000 times tampering with the audit log; ARGS="--times N --seed N"
	@$(BIN)/python -m tests.trust.tamper $(ARGS)

trust-fuzz: install ## 20,000 generated requests as each role; ARGS="--cases N --seed N"
	@$(BIN)/python -m tests.trust.fuzz $(ARGS)

trust-tls: install ## the proxies of docs/tls.md really run, with a CA of our own; ARGS="--nginx PROGRAM --caddy PROGRAM"
	@$(BIN)/python -m tests.trust.proxies $(ARGS)

accept-report: install ## the city's published figures of R5, from drawn sheets to the report
	@$(BIN)/python -m tests.acceptance.published $(ARGS)

accept-year: install ## a simulated year of 9,900 sheets, every serial accounted for; ARGS="--surveys 1140 --paths 36" for a smaller one
	@$(BIN)/python -m tests.acceptance.year $(ARGS)

accept-year-drawn: install ## the same on some 150 sheets that are really filled in, scanned and read
	@$(BIN)/python -m tests.acceptance.year --drawn --out out/year-drawn $(ARGS)

# ── Parcels

wheel: install ## a wheel in dist/
	@$(BIN)/hatchling build -t wheel

bundle: install ## dist/yomitori-VERSION.tar: all that installs it on a Debian 12 machine without network
	@tools/bundle $(BIN)/python "$(DEBIAN) $(DEBIAN_KIT)" "$(DEBIAN_OPTIONAL)"

clean: ## remove the environment, caches and everything that was made
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build demo out
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
