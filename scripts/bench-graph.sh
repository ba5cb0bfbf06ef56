#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Measures turns of the agent's graph in memory, on SQLite and on a PostgreSQL of its own, beside Python's LangGraph, and
# what a turn costs as a thread grows. BINARY is what is measured; TURNS how many turns a row has.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/python.sh --interop
binary=${BINARY:-.build/release/turnledger}
turns=${TURNS:-320}

services=$(mktemp -d)
trap 'scripts/postgres.sh stop "$services"' EXIT
variables=$(scripts/postgres.sh start "$services")
eval "$variables"
store=$TURNLEDGER_TEST_POSTGRES

echo "==> turns at 1 and 32 at once"
for concurrency in 1 32; do
    "$binary" bench graph --turns "$turns" --concurrency "$concurrency"
    "$binary" bench graph --turns "$turns" --concurrency "$concurrency" --store "$store"
done

echo "==> the same graph in Python, 32 at once: in memory, its saver, its saver without the lock"
"$TURNLEDGER_INTEROP_PYTHON" Benchmarks/graph/turns.py --memory --turns "$turns"
"$TURNLEDGER_INTEROP_PYTHON" Benchmarks/graph/turns.py "$store" python_bench --turns "$turns"
"$TURNLEDGER_INTEROP_PYTHON" Benchmarks/graph/turns.py "$store" python_bench --turns "$turns" --unlocked

echo "==> what a turn costs as its thread grows, one at a time"
for messages in plain delta; do
    for history in superstep turn; do
        for length in 0 10 100 1000; do
            "$binary" bench graph --store "$store" --turns "${FLAT_TURNS:-50}" --concurrency 1 --length "$length" \
                --messages "$messages" --history "$history"
        done
    done
done
