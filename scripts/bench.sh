#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Runs the benchmarks on a release build: turns, and the paging of threads.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=.build/release/turnledger

"$binary" bench turns
"$binary" bench threads
