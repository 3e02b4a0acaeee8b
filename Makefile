# qbank. `make` alone lists what there is to make.

SHELL := /bin/bash
.DEFAULT_GOAL := help
GO ?= go
LINT := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
ARGS ?=

.PHONY: help run demo test bench bench-start bench-authoring lint fuzz build tools clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  \1\t\2/' | expand -t 16

run: build ## start everything on embedded defaults and print where to go (ARGS="--listen :9000")
	exec bin/qbank serve $(ARGS)

demo: build ## import questions, let 500 simulated students answer them, show what the answers say
	bin/qbank demo $(ARGS)

test: tools ## run every test, against a PostgreSQL of the tests' own
	$(GO) vet ./...
	$(GO) test -timeout 15m ./...

bench: build tools-bench ## measure ratios against named baselines; prints a table, writes bench.json
	bin/qbank bench $(ARGS)

bench-start: build ## measure how long a start takes on 100,000 questions and 1,000,000 answers
	bin/qbank bench --only start_seconds $(ARGS)

bench-authoring: build tools-bench ## measure the authors' work on 100,000 questions; takes long
	bin/qbank bench --authoring $(ARGS)

lint: ## run the linters
	$(GO) run $(LINT) run ./...

fuzz: ## run each fuzz test for a while (FUZZTIME=30s)
	@for p in $$($(GO) list ./...); do for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
		echo "$$p $$f"; $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime $${FUZZTIME:-30s} $$p || exit 1; done; done

build: tools ## build bin/qbank
	$(GO) build -o bin/qbank ./cmd/qbank

# What a fresh Debian lacks: PostgreSQL to run privately, Go, Node for the GraphQL audit, and curl for the guides.
tools:
	@scripts/install go postgresql node curl

.PHONY: tools-bench
tools-bench:
	@scripts/install wrk

clean: ## remove what was built (data stays)
	rm -rf bin bench.json demo.json
