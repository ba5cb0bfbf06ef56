#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# The long forms: what takes too long for every commit.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build -c release --product turnledger

echo "==> kill drill: 200 kills, each phase at least 10 times"
python3 Tests/Drills/kill_drill.py --binary .build/release/turnledger --kills 200 --hits 10

echo "==> fuzzing the payload codec for an hour"
scripts/fuzz.sh "${TURNLEDGER_FUZZ_SECONDS:-3600}"

echo "==> what is installed, in a minimal Debian"
scripts/dist.sh
Tests/Drills/dist_drill.sh
