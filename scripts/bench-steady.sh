#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Measures the same chats of a release build on a Redis and on a PostgreSQL of its own, in turn. BINARY is what is measured;
# arguments go to Benchmarks/chat/bench.py (--help).
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/python.sh --interop
exec "$TURNLEDGER_REDIS_PYTHON" Benchmarks/chat/bench.py --binary "${BINARY:-.build/release/turnledger}" \
    --python "$TURNLEDGER_REDIS_PYTHON" --only steady --stores Redis,PostgreSQL "$@"
