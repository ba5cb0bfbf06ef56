#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Measures how fast a release build copies conversations from a Redis of its own to a PostgreSQL of its own, beside reading
# and writing the same alone. BINARY is what is measured; arguments go to Benchmarks/transfer/bench.py (--help).
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/python.sh --interop
exec "$TURNLEDGER_REDIS_PYTHON" Benchmarks/transfer/bench.py --binary "${BINARY:-.build/release/turnledger}" "$@"
