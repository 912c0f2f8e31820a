# make run     sets everything up and walks one visit: server, station and kiosk on embedded defaults
# make test    sets up what the tests need and runs them all
# make bench   prints the figures of this machine
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check bench format clean

run: .venv/run
	$(BIN)/zhengguan-demo $(ARGS)

test: .venv/test check
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

check: .venv/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/test
	$(BIN)/python -m tests.bench

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# One environment serves both; the stamp files say what it holds.
.venv/bin/python:
	PYTHON=$(PYTHON) config/system/install.sh run
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip

.venv/run: .venv/bin/python setup.py
	PYTHON=$(PYTHON) config/system/install.sh run
	@echo "Installing the Python packages (about 1.3 GB on disk, some minutes the first time) ..."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[kiosk,dslr,server]'
	@touch $@

.venv/test: .venv/run config/system/test.txt
	PYTHON=$(PYTHON) config/system/install.sh run test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[kiosk,dslr,server,dev]'
	@touch $@

clean:
	rm -rf .venv build *.egg-info
