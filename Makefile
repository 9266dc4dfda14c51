# Two commands are all a newcomer needs: `make demo` and `make test`. Bare `make` lists every target.
.DEFAULT_GOAL := help
SHELL := /bin/bash
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PYTHON ?= $(shell command -v python3.11 || command -v python3)
SOURCES := pipeline review_ui samples training tests
PIP := $(BIN)/pip --disable-pip-version-check install -qq --no-deps

# What the programs need at run time, and what only the browser tests need.
DEBIAN := tesseract-ocr tesseract-ocr-jpn poppler-utils libgl1 libglib2.0-0
DEBIAN_TEST := chromium fonts-ipaexfont-gothic

.PHONY: help install programs
help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: programs .venv/.installed ## Debian packages and the environment in .venv, whatever is missing

programs:
	@tools/debian-packages $(DEBIAN)

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
