#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# scripts/fuzz.sh [SECONDS]: compiles the payload codec with libFuzzer and the address sanitizer, starts from the golden
# samples and what earlier runs found, and looks for crashes and for time that grows faster than the input. An input
# that took part in a failure stays in .build-fuzz/findings.
#
# The codec is compiled alone, so that this takes a minute and not a build of the package; swift-crypto's objects, whose
# hashes it uses, come from the debug build.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-60}
folder=.build-fuzz
mkdir -p $folder/seeds $folder/corpus $folder/findings

# Everything of the core but what needs Foundation or the machine's clock, and the codec does not use.
mapfile -t sources < <(
    find Sources/TurnledgerStore -name '*.swift' -not -path '*/Codable/*' -not -path '*/LongTerm/*' \
        -not -name 'SystemWallClock.swift' -not -name 'SteadyWallClock.swift' | sort)
sources+=(Tests/Fuzz/PayloadFuzzer.swift)
stamp=$(cat "${sources[@]}" scripts/fuzz.sh | sha256sum | cut -c1-16)
fuzzer=$folder/fuzzer-$stamp
if [ ! -x "$fuzzer" ]; then
    rm -f $folder/fuzzer-*
    crypto=$(scripts/crypto-objects.sh)
    mapfile -t objects <<<"$crypto"
    swiftc -O -whole-module-optimization -parse-as-library -swift-version 6 -package-name turnledger \
        -module-name TurnledgerFuzz -enable-upcoming-feature ExistentialAny \
        -enable-upcoming-feature MemberImportVisibility -enable-upcoming-feature InternalImportsByDefault \
        -enable-upcoming-feature NonisolatedNonsendingByDefault \
        -sanitize=fuzzer,address -I .build/debug/Modules "${sources[@]}" "${objects[@]}" -lstdc++ -o "$fuzzer"
fi

python3 - $folder/seeds Tests/TurnledgerStoreTests/Fixtures/serde-golden.jsonl <<'PYTHON'
import json, pathlib, sys

folder, samples = pathlib.Path(sys.argv[1]), sys.argv[2]
kinds = {"msgpack": b"\0", "json": b"\2"}
for number, line in enumerate(open(samples)):
    sample = json.loads(line)
    if sample.get("type") in kinds and len(sample["hex"]) < 8192:
        (folder / f"golden-{number}").write_bytes(kinds[sample["type"]] + bytes.fromhex(sample["hex"]))
        if "tree" in sample:
            (folder / f"tree-{number}").write_bytes(b"\1" + json.dumps(sample["tree"]).encode())
document = {"v": 3, "id": "1f", "ts": "", "channel_values": {"a": 1, "b": True}, "channel_versions": {"a": "1", "b": 2},
            "versions_seen": {"n": {"a": "1"}}, "updated_channels": None, "pending_sends": []}
metadata = {"source": "loop", "step": 1, "parents": {"": "1e"}, "counters_since_delta_snapshot": {"b": [1, 2]}}
(folder / "document").write_bytes(b"\3" + json.dumps(document).encode() + b"\0" + json.dumps(metadata).encode())
PYTHON

echo "fuzzing for $seconds s"
"$fuzzer" -max_total_time="$seconds" -max_len=65536 -timeout=5 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix=$folder/findings/ $folder/corpus $folder/seeds 2>$folder/log || {
    tail -40 $folder/log
    echo "The fuzzer found something: see $folder/findings and $folder/log"
    exit 1
}
grep -E 'stat::|^Done' $folder/log

# Twice the input may take twice the time, with room for a busy machine: a quadratic reader takes four times as long.
echo "time by size"
python3 scripts/fuzz-sizes.py "$fuzzer"
