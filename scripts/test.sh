#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Everything that continuous integration runs: format and licence lines, the debug build without warnings, all tests
# with every service they need, the short drills. Closes with the counts.
set -euo pipefail
cd "$(dirname "$0")/.."

export TURNLEDGER_WARNINGS_AS_ERRORS=1
export TURNLEDGER_REQUIRE_SERVICES=1
export SWIFT_BACKTRACE=${SWIFT_BACKTRACE:-enable=no}
passed=0
failed=0

# step NAME COMMAND…: runs it, prints how it ended and how long it took.
step() {
    local name=$1 begun=$SECONDS
    shift
    echo "==> $name"
    if "$@"; then
        passed=$((passed + 1))
        echo "<== $name: passed in $((SECONDS - begun)) s"
    else
        failed=$((failed + 1))
        echo "<== $name: FAILED after $((SECONDS - begun)) s"
    fi
}

# begin NAME COMMAND…: as step, beside what comes next; `finish NAME` waits for it. For what mostly waits, or has one thread.
declare -A begun_at logs processes
begin() {
    local name=$1
    shift
    begun_at[$name]=$SECONDS
    logs[$name]=$(mktemp)
    "$@" >"${logs[$name]}" 2>&1 &
    processes[$name]=$!
}

finish() {
    local status=0
    wait "${processes[$1]}" || status=$?
    echo "==> $1"
    cat "${logs[$1]}"
    rm -f "${logs[$1]}"
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        echo "<== $1: passed, begun $((SECONDS - begun_at[$1])) s ago"
    else
        failed=$((failed + 1))
        echo "<== $1: FAILED, begun $((SECONDS - begun_at[$1])) s ago"
    fi
}

# swift_tests ARGUMENT…: those of swift test that say which.
swift_tests() {
    local log status=0
    log=$(mktemp)
    swift test --skip-build "$@" 2>&1 | tee "$log" | grep -vE '^(◇|✔|\[)' || true
    status=${PIPESTATUS[0]}
    local counts
    counts=$(grep -oE 'Test run with [0-9]+ tests?' "$log" | grep -oE '[0-9]+' | tail -1)
    passed=$((passed + ${counts:-1} - 1))
    grep -qE 'Test run with [0-9]+ tests? .*passed' "$log" || status=1
    rm -f "$log"
    return "$status"
}

source scripts/python.sh --interop
eval "$(scripts/llama.sh)"

services=$(mktemp -d)
redis=$(mktemp -d)
trap 'scripts/postgres.sh stop "$services"; scripts/redis.sh stop "$redis"' EXIT
variables=$(scripts/postgres.sh start "$services")
eval "$variables"
variables=$(scripts/redis.sh start "$redis")
eval "$variables"
variables=$(scripts/redis.sh cluster "$redis")
eval "$variables"

step "format and licence lines" scripts/check.sh --quick
step "build" swift build --build-tests
# Apart, so that what waits for a deadline does not share two cores with everything else.
step "swift tests" swift_tests --skip TurnledgerPostgresTests --skip TurnledgerGraphTests --skip TurnledgerAgentTests \
    --skip TurnledgerServerTests --skip TurnledgerCLITests --skip TurnledgerTransferTests
step "swift tests of spools, mirrors and moving" swift_tests --filter TurnledgerTransferTests
step "swift tests of agents, the server and commands" swift_tests --filter TurnledgerAgentTests \
    --filter TurnledgerServerTests --filter TurnledgerCLITests
step "swift tests of graphs" swift_tests --filter TurnledgerGraphTests
step "swift tests of PostgreSQL" swift_tests --filter TurnledgerPostgresTests
step "example graphs" Tests/Tools/check_examples.sh
begin "fuzzing the payload codec" scripts/fuzz.sh 60
begin "PostgreSQL drill" "$TURNLEDGER_INTEROP_PYTHON" Tests/Drills/postgres_drill.py --binary .build/debug/turnledger
step "values that Python draws" "$TURNLEDGER_INTEROP_PYTHON" Tests/Tools/check_payloads.py .build/debug/turnledger 500
step "questions of the examples" "$TURNLEDGER_CHECKS_PYTHON" Tests/Tools/check_questions.py \
    Examples/regulations/questions.jsonl Examples/regulations
step "bad input drill" python3 Tests/Drills/bad_input_drill.py --binary .build/debug/turnledger
step "fuzzing the routes" "$TURNLEDGER_CHECKS_PYTHON" Tests/Drills/openapi_drill.py --binary .build/debug/turnledger
finish "PostgreSQL drill"
begin "kill drill" python3 Tests/Drills/kill_drill.py --binary .build/debug/turnledger --seconds 45 --kills 1000
step "canaries in logs" python3 Tests/Drills/canary_drill.py --binary .build/debug/turnledger
begin "chat drill" python3 Tests/Drills/chat_drill.py --binary .build/debug/turnledger --store "$TURNLEDGER_TEST_POSTGRES"
step "the page in a browser" "$TURNLEDGER_CHECKS_PYTHON" Tests/Browser/page_test.py --binary .build/debug/turnledger
step "transfer drill" "$TURNLEDGER_REDIS_PYTHON" Tests/Drills/transfer_drill.py --binary .build/debug/turnledger
step "the guide to moving from Redis" "$TURNLEDGER_REDIS_PYTHON" Tests/Drills/guide_drill.py --binary .build/debug/turnledger
finish "chat drill"
finish "kill drill"
finish "fuzzing the payload codec"
step "degraded drill" python3 Tests/Drills/degraded_drill.py --binary .build/debug/turnledger --stand-still
step "storm drill" python3 Tests/Drills/storm_drill.py --binary .build/debug/turnledger --graphs .build/debug/graph-drill \
    --seconds 30
step "fault drill" python3 Tests/Drills/fault_drill.py --binary .build/debug/turnledger --only line,clock,standby --seconds 1
begin "graph drill on SQLite" python3 Tests/Drills/graph_drill.py --binary .build/debug/graph-drill \
    --kills 1000 --seconds 10
begin "graph drill on PostgreSQL" python3 Tests/Drills/graph_drill.py --binary .build/debug/graph-drill \
    --kills 1000 --seconds 10 --store "$TURNLEDGER_TEST_POSTGRES"
begin "kill drill on Redis" python3 Tests/Drills/kill_drill.py --binary .build/debug/turnledger --seconds 20 --kills 1000 \
    --store "$TURNLEDGER_TEST_REDIS"
step "retention drill" python3 Tests/Drills/retention_drill.py --binary .build/debug/turnledger --threads 400
finish "graph drill on SQLite"
finish "graph drill on PostgreSQL"
finish "kill drill on Redis"
step "mirror drill" "$TURNLEDGER_REDIS_PYTHON" Tests/Drills/mirror_drill.py --binary .build/debug/turnledger --seconds 2 \
    --kills 1
step "mirror drill, copy on touch" "$TURNLEDGER_REDIS_PYTHON" Tests/Drills/mirror_drill.py \
    --binary .build/debug/turnledger --mode on_touch

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
