#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Makes .venv/checks and .venv/langgraph with the Python packages that tests check our bytes and our graphs with, and
# names their pythons in TURNLEDGER_CHECKS_PYTHON and TURNLEDGER_LANGGRAPH_PYTHON. Does nothing where they are there
# already. Run it, or source it for the variables.
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

TURNLEDGER_CHECKS_PYTHON=$(python_with checks "pydantic-ai-slim==2.68.0")
TURNLEDGER_LANGGRAPH_PYTHON=$(python_with langgraph "langgraph==1.2.22" "langgraph-checkpoint==4.3.2")
export TURNLEDGER_CHECKS_PYTHON TURNLEDGER_LANGGRAPH_PYTHON
