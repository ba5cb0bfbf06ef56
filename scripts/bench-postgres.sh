#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Compares the PostgreSQL store with pgbench and with LangGraph's saver, on servers of its own. Flags are those of
# Benchmarks/postgres/bench.py; BINARY is what is measured.
set -euo pipefail
cd "$(dirname "$0")/.."
flags=("$@")
set -- # What is sourced would take them.
source scripts/python.sh --interop
exec "$TURNLEDGER_INTEROP_PYTHON" Benchmarks/postgres/bench.py --saver-python "$TURNLEDGER_INTEROP_PYTHON" \
    --binary "${BINARY:-.build/release/turnledger}" "${flags[@]}"
