#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Compiles the example graphs against the debug build, runs them, and compares what they print; and sees to it that the
# tutorial shows the code that its tests run.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$PWD/.build/debug
crypto=$(scripts/crypto-objects.sh)
mapfile -t crypto <<<"$crypto"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# example NAME: compiles it.
example() {
    # Of each module what its present sources were compiled to: older objects lie beside them.
    local objects=() object
    for module in TurnledgerGraph TurnledgerSQLite TurnledgerStore Logging GRDB; do
        while IFS= read -r object; do objects+=("$build/$module.build/${object##*/}"); done < <(
            python3 -c 'import json, sys
for entry in json.load(open(sys.argv[1])).values():
    if "object" in entry: print(entry["object"])' "$build/$module.build/output-file-map.json")
    done
    swiftc -swift-version 6 -parse-as-library -Onone -module-name "$1" -I "$build/Modules" \
        -Xcc -fmodule-map-file="$sqlite" "Examples/Graphs/Sources/$1/$1.swift" "${objects[@]}" "${crypto[@]}" \
        -lsqlite3 -lstdc++ -o "$folder/$1"
}

# prints TEXT COMMAND…: fails where what the command prints does not contain the text.
prints() {
    local printed
    printed=$(cd "$folder" && "./${@:2}")
    grep -qF -- "$1" <<<"$printed" || {
        echo "${*:2} printed, without '$1':" >&2
        echo "$printed" >&2
        exit 1
    }
}

sqlite=$(find "$PWD/.build/checkouts/GRDB.swift/Sources/GRDBSQLite" -name module.modulemap | head -1)
for name in ToolAgent MapReduce Approval; do example "$name"; done

prints "They are 3 and 12." ToolAgent
prints "model -.-> tools;" ToolAgent
prints "words: 10" MapReduce
prints "sum has ended" MapReduce
prints "send this? Dear tenant" Approval
prints "send this? Dear tenant, shorter" Approval shorter
prints "sent: Dear tenant, shorter" Approval yes
python3 - <<'END'
import re, sys

article = open("Sources/TurnledgerGraph/Documentation.docc/Guides/ApprovalWorkflow.md").read()
tests = open("Tests/TurnledgerGraphTests/TutorialTests.swift").read()
blocks = [b for b in re.findall(r"```swift\n(.*?)```", article, re.S) if re.search(r"^(struct|func) ", b, re.M)]
missing = [block for block in blocks if block not in tests]
lines = sum(len(block.strip().splitlines()) for block in blocks)
if missing or len(blocks) < 2 or lines > 60:
    sys.exit(f"the tutorial shows what TutorialTests.swift does not run, or more than 60 lines: {missing} {lines}")
END
echo "the example graphs run, and the tutorial shows what is tested"
