# Two commands do everything on a fresh machine: make demo, make test.
.DEFAULT_GOAL := help
.PHONY: help setup demo test fast soak check lint bench bench-growth pictures lock clean

help:
	@echo "make demo   set everything up, run the whole pipeline on made-up claims, say where to look"
	@echo "make setup  set up what certs needs, nothing more"
	@echo "make test   set everything up, run all tests but the soak"
	@echo "make fast   lint, types, and tests of rules and edges that start nothing and lay out little: under a minute"
	@echo "make soak   the tests that draw many cases anew; SEED=... draws the same again"
	@echo "make check  lint, types, tests"
	@echo "make bench  benchmarks; writes report/"
	@echo "make pictures  the pictures of the README, of what is made today"
	@echo "make bench-growth  six years of meetings, each step's cost; GROWTH=2000 people a year: 3 GB, 5 minutes"
	@echo "make clean  remove .venv, var (all private data!), output and reports"
	@echo "make lock   renew requirements.lock from pyproject.toml"

setup:
	@.ci/setup run

demo:
	@.ci/setup run
	@.venv/bin/python tests/demo/demo.py

# Each core takes half the tests, in order, so that what a file of tests starts is started once.
PYTEST = .venv/bin/python -m pytest -n auto --dist worksteal

test:
	@.ci/setup test
	@$(PYTEST)

fast: lint
	@$(PYTEST) -m "not starts and not paper and not soak" tests/rules tests/edges tests/promises/test_story.py

soak: SEED := $(or $(SEED),$(shell date +%s))
soak:
	@.ci/setup test
	@echo "SEED=$(SEED)"
	@SEED=$(SEED) $(PYTEST) -m "soak or hypothesis" --hypothesis-profile=soak --hypothesis-seed=$(SEED)

lint:
	@.ci/setup test
	@.venv/bin/ruff format --quiet --check .
	@.venv/bin/ruff check --quiet .
	@.venv/bin/mypy --no-error-summary
	@said=$$(.venv/bin/deptry . 2>&1) || { echo "$$said"; exit 1; }

check: lint test

bench:
	@.ci/setup bench
	.venv/bin/python -m tests.bench

pictures:
	@.ci/setup test
	@.venv/bin/python tests/demo/pictures.py

# 60,000 people a year, the default, make 600,000 certificates: 60 GB of disk and some hours.
bench-growth:
	@.ci/setup bench
	.venv/bin/python -m tests.bench.growth $(GROWTH)

# --no-emit-index-url: the lock names packages and hashes, not where they came from.
lock:
	@.ci/setup run
	.venv/bin/python -m venv .venv/locker
	.venv/locker/bin/pip install --quiet uv
	.venv/locker/bin/uv pip compile --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
		--all-extras -o requirements.lock pyproject.toml

clean:
	rm -rf .venv var output report proof
