#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Checks format, licence lines and links between documents; without --quick also builds the documentation of every
# public target without warnings.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0

echo "Format"
git ls-files -z '*.swift' | xargs -0 swift format lint --strict || status=1

echo "Licence lines"
while IFS= read -r file; do
    head -3 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || {
        echo "$file: no licence line" >&2
        status=1
    }
done < <(git ls-files '*.swift' '*.sh' '*.py' Makefile .ci/run | grep -v '^Package.swift$')

echo "Links"
while IFS= read -r file; do
    while IFS= read -r target; do
        [ -e "$(dirname "$file")/${target%%#*}" ] || {
            echo "$file: no such file: $target" >&2
            status=1
        }
    done < <(grep -oE '\]\([^)#][^)]*\)' "$file" | sed 's/^](//; s/)$//' | grep -vE '^(https?:|mailto:)')
done < <(git ls-files '*.md')

if [ "${1:-}" != --quick ]; then
    for target in TurnledgerStore TurnledgerEncryption TurnledgerGraph TurnledgerAgent TurnledgerModels \
        TurnledgerRetrieval TurnledgerSQLite TurnledgerPostgres TurnledgerRedis TurnledgerTransfer \
        TurnledgerOperations TurnledgerServer TurnledgerTesting; do
        echo "Documentation of $target"
        log=$(mktemp)
        # The plugin writes below .build alone: it needs no leave to write elsewhere.
        swift package generate-documentation --target "$target" --warnings-as-errors >"$log" 2>&1 || {
            grep -E -A1 'warning:|error:' "$log" | head -40
            status=1
        }
        rm -f "$log"
    done
fi
exit "$status"
