#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# The long forms: what takes too long for every commit.
set -euo pipefail
cd "$(dirname "$0")/.."
swift build -c release --product turnledger

echo "==> kill drill: 200 kills, each phase at least 10 times"
python3 Tests/Drills/kill_drill.py --binary .build/release/turnledger --kills 200 --hits 10

echo "==> kill drill: 100 kills on Redis, each phase at least 5 times"
redis=$(mktemp -d)
variables=$(source scripts/python.sh --interop && scripts/redis.sh start "$redis")
eval "$variables"
python3 Tests/Drills/kill_drill.py --binary .build/release/turnledger --kills 100 --hits 5 --store "$TURNLEDGER_TEST_REDIS"
scripts/redis.sh stop "$redis"

echo "==> graph drill: 500 kills on SQLite, 500 on PostgreSQL"
swift build -c release --product graph-drill
services=$(mktemp -d)
trap 'scripts/postgres.sh stop "$services"' EXIT
variables=$(scripts/postgres.sh start "$services")
eval "$variables"
python3 Tests/Drills/graph_drill.py --binary .build/release/graph-drill --kills 500
python3 Tests/Drills/graph_drill.py --binary .build/release/graph-drill --kills 500 --store "$TURNLEDGER_TEST_POSTGRES"

echo "==> storm drill: 1,000 kills of servers, PostgreSQL and both, with turns, merges and retention under way"
storms=$(mktemp -d)
for storm in 1 2 3 4; do
    python3 Tests/Drills/storm_drill.py --binary .build/release/turnledger --graphs .build/release/graph-drill \
        --kills 250 --hits 3 > "$storms/$storm" 2>&1 &
    pids[storm]=$!
done
for storm in 1 2 3 4; do
    wait "${pids[storm]}" || { cat "$storms/$storm"; exit 1; }
    tail -2 "$storms/$storm"
done

echo "==> the store contract on a mirror of Redis and PostgreSQL whose stores change places, ten times"
swift build --build-tests
(
    redis=$(mktemp -d)
    source scripts/python.sh --interop
    variables=$(scripts/redis.sh start "$redis")
    eval "$variables"
    trap 'scripts/redis.sh stop "$redis"' EXIT
    for _ in {1..10}; do
        swift test --skip-build --filter MirrorPairTests
    done
)

echo "==> mirror drill: 20 turns a second, five rounds of switch and rollback, each killed five times; then copy on touch"
(
    source scripts/python.sh --interop
    for mode in copy on_touch; do
        "$TURNLEDGER_REDIS_PYTHON" Tests/Drills/mirror_drill.py --binary .build/release/turnledger --mode "$mode" \
            --seconds 20 --rate 20 --kills 5 --rounds 5
    done
)

echo "==> chat drill: two servers behind a proxy, 20 kills, 20 that stand still, a minute of silence"
python3 Tests/Drills/chat_drill.py --binary .build/release/turnledger --store "$TURNLEDGER_TEST_POSTGRES" \
    --rounds 20 --silence 60

echo "==> retention drill: 1,000,000 checkpoints in 50,000 threads, beside turns"
python3 Tests/Drills/retention_drill.py --binary .build/release/turnledger --threads 50000 --checkpoints 20 --turns 60 \
    --talkers 4 --bound 2

echo "==> degraded drill: a minute under 50 turns a second, also with a database that stands still"
python3 Tests/Drills/degraded_drill.py --binary .build/release/turnledger --seconds 60 --rate 50 --bound 2 --stand-still

echo "==> fault drill: five rounds of each fault"
python3 Tests/Drills/fault_drill.py --binary .build/release/turnledger --seconds 10 --rounds 5

echo "==> fuzzing the payload codec for an hour"
scripts/fuzz.sh "${TURNLEDGER_FUZZ_SECONDS:-3600}"

echo "==> what is installed, in a minimal Debian"
scripts/dist.sh
Tests/Drills/dist_drill.sh
