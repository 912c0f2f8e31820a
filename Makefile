# make run     sets everything up and walks one visit: server, station and kiosk on embedded defaults
# make test    sets up what the tests need and runs them all
# make bench   prints the figures of this machine; make bench-photo those of the photo engine, on photographs if there are;
#              make bench-guidance those of guidance, on faults rendered onto them
# make faults  pulls, hangs and fills every device and prints what happens; make soak does so at random for 300 visits
PYTHON ?= python3
BIN := .venv/bin
# The kiosk, the server and the tests start many processes; without byte code each of them compiles every module again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test check bench bench-photo bench-guidance faults soak fuzz format lock clean

run: .venv/run
	$(BIN)/zhengguan demo $(ARGS)

# Without --max-worker-restart 0 pytest-xdist waits for ever after it has replaced a worker that crashed.
test: .venv/test check
	$(BIN)/python -m pytest -n 2 --max-worker-restart 0 --dist loadfile --no-loadscope-reorder --durations=25 $(ARGS)

check: .venv/test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/test
	$(BIN)/python -m tests.bench

# Photographs are in ../shared/photos or in ZHENGGUAN_PHOTOS; a benchmark without its photographs prints a message.
bench-photo: .venv/test
	@for benchmark in matte foreground crop photo retouch beauty_filter; do \
		echo; echo "== $$benchmark"; \
		$(BIN)/python -m tests.bench.$$benchmark 2>/dev/null || \
			echo "   did not run to its end; for the error: $(BIN)/python -m tests.bench.$$benchmark"; \
	done

# Some 1600 rendered pictures, 10000 frames: half an hour on two cores. ARGS="--every 4" renders a quarter of them.
bench-guidance: .venv/test
	@for benchmark in "guidance_table $(ARGS)" guidance_stream coach "guidance --soak 10000"; do \
		echo; echo "== $$benchmark"; \
		$(BIN)/python -m tests.bench.$$benchmark 2>/dev/null || \
			echo "   did not run to its end; for the error: $(BIN)/python -m tests.bench.$$benchmark"; \
	done

# Device by device, fault by fault: what the person sees, how long until all is well again, what was kept. Some minutes.
faults: .venv/test
	@$(BIN)/python -m tests.bench.faults $(ARGS) 2>/dev/null || \
		echo "   did not run to its end: $(BIN)/python -m tests.bench.faults for the error"

# Random faults over simulated visits: nothing lost, nothing under another's name, memory level. A quarter of an hour.
soak: .venv/test
	@$(BIN)/python -m tests.bench.soak --visits 300 --faults 1000 $(ARGS) 2>/dev/null || \
		echo "   did not run to its end: $(BIN)/python -m tests.bench.soak for the error"

# Damaged bytes for every parser of bytes from outside, and generated requests for the station API: ten minutes.
# ARGS="--seconds 3600", or the names of parsers.
fuzz: .venv/test
	$(BIN)/python -m tests.fuzz $(ARGS)

format: .venv/test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# One environment serves both; the stamp files say what it holds. System packages are installed all together.
LISTS := run
.venv/test: LISTS := run test

.venv/run: pyproject.toml config/deploy/run.txt config/deploy/python/run.txt
	@PYTHON=$(PYTHON) config/deploy/install.sh $(LISTS)
	@PYTHON=$(PYTHON) config/deploy/python/install.sh run
	@touch $@

.venv/test: .venv/run config/deploy/test.txt config/deploy/python/test.txt
	@PYTHON=$(PYTHON) config/deploy/install.sh $(LISTS)
	@PYTHON=$(PYTHON) config/deploy/python/install.sh test
	@touch $@

# Compiles the lock files again after a change of pyproject.toml; ARGS=--upgrade takes today's versions.
lock:
	@config/deploy/python/lock.sh $(ARGS)

clean:
	rm -rf .venv .venv-lock build *.egg-info
