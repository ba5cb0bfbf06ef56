#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Makes .venv/checks with the Python packages that tests check our bytes with, and names its python in
# TURNLEDGER_CHECKS_PYTHON. Does nothing where it is there already. Run it, or source it for the variable.
set -euo pipefail

checks_python() {
    local root venv pins stamp
    root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
    venv=$root/.venv/checks
    pins=("pydantic-ai-slim==2.68.0")
    stamp="$venv/installed: ${pins[*]}"
    if [ ! -e "$stamp" ]; then
        echo "Installing ${pins[*]} in .venv/checks" >&2
        rm -rf "$venv"
        python3 -m venv "$venv"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "${pins[@]}" >&2
        touch "$stamp"
    fi
    export TURNLEDGER_CHECKS_PYTHON=$venv/bin/python
}

checks_python
