# What people and scripts rely on. Each target sets up what it needs; run any of them first.

ARGS ?=
PYTHON := .venv/bin/python

.PHONY: help setup demo test check bench chaos crashes simulate services lock mutants
.DEFAULT_GOAL := help

help: ## Show these targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: ## Make .venv with the locked dependencies
	@scripts/setup.sh

demo: setup ## Show the main job: requests in, decisions out, no server needed
	@.venv/bin/cpas-onem demo $(ARGS)

test: setup ## Run all tests against a real RabbitMQ and PostgreSQL, found or started
	@$(PYTHON) scripts/services.py run -- $(PYTHON) -m pytest $(ARGS)

check: setup ## Style, types, the directions between the rooms, and the tests that each promise names
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@$(PYTHON) scripts/proofs.py --check

bench: setup ## Measure the pipeline beside a bare relay, and the calculation
	@$(PYTHON) scripts/services.py run -- .venv/bin/cpas-onem bench pipeline $(ARGS)
	@.venv/bin/cpas-onem bench calculate

chaos: setup ## Break the running system on private servers and prove that nothing is lost (ARGS="--messages N --kills K")
	@$(PYTHON) -m tests.faults.chaos $(ARGS)

crashes: setup ## Die at each crash point and lose nothing (ARGS="--times 20")
	@$(PYTHON) -m tests.faults.crashes $(ARGS)

simulate: setup ## Simulate the core with seeded faults (ARGS="--seeds 10000")
	@$(PYTHON) -m tests.faults.simulate $(ARGS)

services: setup ## Find or start RabbitMQ and PostgreSQL, and say where they are
	@$(PYTHON) scripts/services.py start

mutants: setup ## Change the calculation in small ways and see that its tests notice (an hour)
	@$(PYTHON) scripts/mutants.py $(ARGS)

lock: ## Write the lock files anew (needs uv)
	@scripts/lock.sh
