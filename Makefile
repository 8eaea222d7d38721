# make demo   set-up, then the main job on a synthetic patient (or on your scan: make demo CT=path)
# make test   set-up, then all checks and tests

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CT ?=
# one thread pool per core is enough; more only fight each other
export OMP_NUM_THREADS ?= $(shell nproc 2>/dev/null || echo 2)

.PHONY: help demo test lint bench evaluate cmake-lists translations clean

help:
	@echo "make demo [CT=path]  install into $(VENV), analyse two scans of a synthetic patient (or your CT) and show the tumour burden"
	@echo "make test            install into $(VENV), then check style and types and run all tests"
	@echo "make bench CT=path   time the inference engine beside MONAI's and nnU-Net's on one scan"
	@echo "make evaluate        measure the bundled model (writes the tables of docs/model-card.md; goes on where it was stopped;"
	@echo "                     EVALUATE='--scans 10 --per-condition 3' for more cases)"
	@echo "make cmake-lists     enter new files into the CMakeLists.txt, so that Slicer installs them"
	@echo "make translations    enter new texts into the .ts files and compile the .qm files"
	@echo "make clean           remove $(VENV) and results"

$(VENV)/.demo: pyproject.toml constraints.txt
	@echo "== Setting up $(VENV) for the demo (torch, SimpleITK, ...; about 1.5 GB, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.test: pyproject.toml constraints.txt
	@echo "== Setting up $(VENV) for the tests (also MONAI and Slicer's MRML; about 2.5 GB, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[test,scene,training]"
	@touch $@ $(VENV)/.demo

$(VENV)/.bench: $(VENV)/.test
	@echo "== Adding nnU-Net for the comparison"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	@touch $@

demo: $(VENV)/.demo
	$(BIN)/duonco-unity demo --out out/demo $(if $(CT),--ct "$(CT)")

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest

bench: $(VENV)/.bench
	@test -n "$(CT)" || (echo "Name the scan: make bench CT=scan.nii.gz"; exit 2)
	$(BIN)/python Testing/benchmarks/bench_inference.py $(CT)

evaluate: $(VENV)/.test
	$(BIN)/python -m DuOncoUnityLib.training.evaluate $(EVALUATE)

cmake-lists:
	$(PYTHON) scripts/update_cmake_lists.py

translations: $(VENV)/.test
	$(BIN)/python scripts/update_translations.py

clean:
	rm -rf $(VENV) out build dist *.egg-info
