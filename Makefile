# The contact center on one machine. `make` alone prints this help; Python 3.11–3.14 is all it needs.
VENV := .venv/bin
CONTACT_CENTER := $(VENV)/contact-center
PYTEST := $(VENV)/python -m pytest
SOURCES := $(wildcard libs/*/src services/*/src deploy/*/src)

.DEFAULT_GOAL := help
.PHONY: help setup proto proto-check k8s sizing images sbom observability check test test-full demo up down status bench bench-desk bench-router load chaos record-log mutants clean

help: ## this help
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv with every package, pinned by constraints.txt (the others do it by themselves)
	@deploy/local/setup.sh

demo: setup ## bring in calls, chats and mails and show who gets them (DEMO_SECONDS=60)
	@$(CONTACT_CENTER) demo

up: setup ## start Kafka, Postgres and every service, print the addresses, leave them running
	@$(CONTACT_CENTER) up --background

down: setup ## stop what `make up` started, nothing else
	@$(CONTACT_CENTER) down

status: setup ## show what runs
	@$(CONTACT_CENTER) status || true

check: setup proto-check ## lint, types, import rules, contract rules
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy $(SOURCES)
	$(VENV)/lint-imports

test: setup ## every test but those marked full (WORKERS=3)
	$(PYTEST) -n $(or $(WORKERS),3) -m "not full" --ignore tests/e2e --ignore tests/chaos
	$(PYTEST) -m "not full" tests/e2e
	$(PYTEST) -m "not full" tests/chaos

test-full: setup ## every test
	$(PYTEST) -n $(or $(WORKERS),3) --ignore tests/e2e --ignore tests/chaos
	$(PYTEST) tests/e2e
	$(PYTEST) tests/chaos

chaos: setup ## break things under load, heal, and check what must hold (CHAOS_SECONDS=60, CHAOS_SEED)
	@$(VENV)/python -m tests.chaos

bench: setup ## print the figures and write them to build/bench/
	$(VENV)/python -m tests.bench

bench-router: setup ## print the router's figures (ONLY=engine,latency for some, SMALL=1 for little)
	$(VENV)/python -m tests.bench.router $(if $(ONLY),--only $(ONLY)) $(if $(SMALL),--small)

bench-desk: setup ## print how many agents one desk holds, and how fast offers reach them (STREAMS="1000 5000")
	$(VENV)/python -m tests.bench.desk $(STREAMS)

record-log: setup ## record anew what later versions must reproduce (after a meant change of the engine)
	$(VENV)/python -m services.router.tests.record_log

mutants: setup ## take the router's rules away one by one, list what no test notices (MODULES, SECONDS=600, AGAIN=1)
	$(VENV)/python -m services.router.tests.proof.mutate $(MODULES) --seconds $(or $(SECONDS),600) $(if $(AGAIN),--again)

load: setup ## bring a real day's calls into `make up` as chats (LOAD_DAY, LOAD_SPEED, LOAD_FACTOR)
	$(VENV)/python -m tests.load

observability: setup ## write dashboards, alert rules and their tables from deploy/observability/*.py
	$(VENV)/python -m deploy.observability

proto: setup ## generate proto/gen and docs/topics from the contracts and the register of topics
	$(VENV)/python proto/generate.py
	$(VENV)/python proto/catalogue.py
	$(VENV)/python proto/roles.py

k8s: setup ## write what deploy/k8s says about Kafka, from the register of topics
	$(VENV)/python deploy/k8s/kafka_resources.py

sizing: setup ## print how many replicas a load needs, by the figures of make bench (CONTACTS=5 AGENTS=500 CALLS=40)
	@$(VENV)/python deploy/k8s/sizing.py $(if $(CONTACTS),--contacts $(CONTACTS)) \
	  $(if $(AGENTS),--agents $(AGENTS)) $(if $(CALLS),--calls $(CALLS))

images: ## build the image of every service with docker, podman or buildah (TAG=0.1.0, REGISTRY, BUILDER)
	deploy/k8s/build_images.sh $(or $(TAG),0.1.0)

sbom: ## write what every service is made of to build/sbom/SERVICE.json (CycloneDX)
	deploy/k8s/write_sbom.sh

proto-check: setup
	cd proto && ../$(VENV)/buf lint
	proto/check_breaking.sh
	@$(VENV)/python proto/generate.py build/proto-gen
	@diff -r -x __pycache__ proto/gen build/proto-gen \
	  || { echo "proto/gen is not what the contracts say: run make proto"; exit 1; }

clean: ## remove .venv and caches; the data of `make up` stays (contact-center down --delete-data)
	rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
