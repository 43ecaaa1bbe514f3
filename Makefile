# Yiju: two commands are enough, `make chat` and `make test`; the rest is for those who work on it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Extra arguments for every `pip install`, e.g. an index with CPU builds of torch (see the README).
PIP_ARGS ?=
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt $(PIP_ARGS)
SAMPLES := eval/sets/project/articles
COMMA := ,
INPUTS := constraints.txt pyproject.toml models/llama_build.py

.PHONY: help setup chat test lint types docs bench soak train

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

setup: $(VENV)/ready ## everything that `make chat` needs

chat: $(VENV)/ready ## the chat page (with the sample articles, until you index your own)
	@test -e .yiju/CURRENT || $(BIN)/yiju index $(SAMPLES)
	@$(BIN)/yiju chat $(ARGS)

test: $(VENV)/ready-dev ## the test suite, two files of tests at a time
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

lint: $(VENV)/ready-dev ## style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m ui.cli_docs --check
	$(BIN)/python -m eval.metrics_docs --check

types: $(VENV)/ready-dev ## mypy, strict
	$(BIN)/mypy

docs: $(VENV)/ready-dev ## docs/cli.md and docs/metrics.md, from the parser and the metrics themselves
	$(BIN)/python -m ui.cli_docs
	$(BIN)/python -m eval.metrics_docs

soak: $(VENV)/ready-dev ## the full counts: thousands of cases, hundreds of kills, 10,000 questions (hours)
	YIJU_HYPOTHESIS=soak $(BIN)/python -m pytest -q tests

bench: $(VENV)/ready ## timings and comparisons; ARTICLES=FILE.jsonl for the speed of indexing, WRITERS=FOLDER (5 GB) for that of writers, DATA=FOLDER (NEWS=FOLDER) for docs/benchmarks.md, FINDING=LIBRARY QUESTIONS="FILE…" for finding alone (PEERS=1: others too)
	@test -e .yiju/CURRENT || $(BIN)/yiju index $(SAMPLES)
	$(BIN)/python -m eval.ablation eval/sets/project/questions.jsonl --library .yiju --out runs/ablation
	@test -z "$(ARTICLES)" || $(BIN)/python -m eval.bench --articles "$(ARTICLES)"
	@test -z "$(WRITERS)" || $(BIN)/python -m eval.bench_writer --out "$(WRITERS)"
	@test -z "$(DATA)" || $(BIN)/python -m eval.benchmarks --data "$(DATA)" $(if $(NEWS),--news "$(NEWS)") --out docs/benchmarks.md
	@test -z "$(FINDING)$(PEERS)" || $(BIN)/python -m eval.finding --library "$(or $(FINDING),.yiju)" \
	  --questions $(or $(QUESTIONS),eval/sets/project/questions.jsonl) --out runs/finding \
	  --systems product,baselines$(if $(PEERS),$(COMMA)peers)

train: $(VENV)/ready-dev ## the bundled models again, about two and a half hours: DATA=FOLDER NEWS=FOLDER WORK=FOLDER; Ctrl-C and again goes on; on a GPU where there is one
	$(BIN)/python -m models.training all --data "$(DATA)" --news "$(NEWS)" --work "$(WORK)"
	$(BIN)/python -m models.training.catalog
	$(BIN)/python -m eval.ranking --data "$(DATA)" --news "$(NEWS)" --work "$(WORK)/ranking" --limit 600 \
	  --questions eval/sets/paraphrase/questions.jsonl --split dev
	$(BIN)/python -m eval.calibrate --data "$(DATA)" --news-data "$(NEWS)" --work "$(WORK)/calibration"

$(VENV)/ready: $(INPUTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "error: $(PYTHON) is missing or older than Python 3.11: install Python 3.11 or name one, make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "error: $(PYTHON) cannot make virtual environments: install its venv module (Debian, Ubuntu: apt install python3-venv)" >&2; exit 2; }
	@$(PYTHON) -m models.llama_build --check
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m models.llama_build
	@echo "installing packages into $(VENV)"
	@$(PIP) -e .
	@$(BIN)/python -m models.llama_build --prove
	@touch $@

$(VENV)/ready-dev: $(VENV)/ready
	@$(PIP) -e '.[dev,milvus,train]'
	@touch $@
