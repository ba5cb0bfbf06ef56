#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Measures chats of a release build on SQLite and on a PostgreSQL of its own, beside the same chat in Python: tokens on
# their way with many chats at once, idle followers, the way to the first token, turns for a second of CPU. BINARY is what
# is measured; arguments go to Benchmarks/chat/bench.py (--help).
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/python.sh
python=$(python_with chat-bench fastapi==0.165.0 uvicorn==0.54.0 uvloop==0.23.0 httptools==0.9.0 httpx==0.28.1 \
    langgraph==1.2.22 langgraph-checkpoint==4.3.2 langgraph-checkpoint-postgres==3.2.0 langchain-core==1.7.2 \
    "psycopg[binary]==3.3.9")
exec "$python" Benchmarks/chat/bench.py --binary "${BINARY:-.build/release/turnledger}" --python "$python" "$@"
