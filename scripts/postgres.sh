#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Starts a PostgreSQL of one's own on loopback and a free port, with pgbouncer in transaction mode in front of it, and
# prints the variables that the tests look for. What the system runs as its own services is neither used nor touched.
#
#   eval "$(scripts/postgres.sh start FOLDER)"      FSYNC=on: what is committed reaches the disk; off without it
#   scripts/postgres.sh stop FOLDER                 stops both and removes the folder
#   scripts/postgres.sh kill FOLDER                 kills the server and its processes with SIGKILL
#   scripts/postgres.sh resume FOLDER               starts it again, on the same port and data
#   scripts/postgres.sh standby FOLDER              a stand-by in FOLDER-standby, for whose disk every commit waits from
#                                                   then on; prints its port. A folder as the other: kill, resume, stop
#   scripts/postgres.sh promote FOLDER              makes a stand-by the primary
#
# TURNLEDGER_TEST_POSTGRES and TURNLEDGER_TEST_PGBOUNCER are a role that is no superuser and owns its database;
# TURNLEDGER_TEST_POSTGRES_ADMIN is the superuser. The server offers TLS with a certificate for the name localhost that
# the authority of TURNLEDGER_TEST_POSTGRES_CA signed; pgbouncer offers none.
set -Eeuo pipefail

usage() {
    sed -n '4,15s/^# \{0,1\}//p' "$0" >&2
    exit 64
}

[ $# -eq 2 ] || usage
command=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)

# The servers refuse to run as root.
as_server=()
if [ "$(id -u)" -eq 0 ]; then as_server=(runuser -u postgres --); fi

binaries=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -1)
[ -x "$binaries/initdb" ] || {
    echo "PostgreSQL is missing. Run scripts/setup.sh." >&2
    exit 1
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# An authority, and a certificate of its for the name localhost alone.
certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=Turnledger test authority" \
        -keyout ca.key -out ca.crt 2>openssl.log
    openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr 2>>openssl.log
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
        -extfile <(echo "subjectAltName=DNS:localhost") -out server.crt 2>>openssl.log
    chmod 600 server.key
    [ "$(id -u)" -ne 0 ] || chown postgres: server.key server.crt
}

start() {
    local password port bouncer_port
    trap 'cat "$folder"/*.log >&2; stop' ERR
    password=$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' \n')
    port=$(free_port)
    bouncer_port=$(free_port)
    chmod 700 "$folder"
    (umask 077 && echo "$password" >"$folder/password")
    [ "$(id -u)" -ne 0 ] || chown -R postgres: "$folder"
    cd "$folder"

    "${as_server[@]}" "$binaries/initdb" --pgdata data --username postgres --pwfile password --encoding UTF8 \
        --locale C.UTF-8 --auth scram-sha-256 --no-sync >initdb.log
    certificates
    "${as_server[@]}" tee -a data/postgresql.conf >/dev/null <<END
ssl = on
ssl_cert_file = '$folder/server.crt'
ssl_key_file = '$folder/server.key'
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = ''
max_connections = 300
shared_buffers = 128MB
fsync = ${FSYNC:-off}
synchronous_commit = ${FSYNC:-off}
full_page_writes = ${FSYNC:-off}
max_wal_size = 2GB
END
    "${as_server[@]}" "$binaries/pg_ctl" --pgdata data --log postgres.log --wait --silent start >/dev/null
    PGPASSWORD=$password psql --quiet --no-psqlrc "postgresql://postgres@127.0.0.1:$port/postgres" <<END
CREATE ROLE turnledger LOGIN PASSWORD '$password';
CREATE DATABASE turnledger OWNER turnledger;
END

    "${as_server[@]}" tee pgbouncer.ini >/dev/null <<END
[databases]
turnledger = host=127.0.0.1 port=$port dbname=turnledger
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $bouncer_port
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/pgbouncer.users
pool_mode = transaction
default_pool_size = 40
max_client_conn = 2000
logfile = $folder/pgbouncer.log
pidfile = $folder/pgbouncer.pid
END
    echo "\"turnledger\" \"$password\"" | "${as_server[@]}" tee pgbouncer.users >/dev/null
    "${as_server[@]}" "$(PATH=$PATH:/usr/sbin command -v pgbouncer)" --quiet --daemon pgbouncer.ini
    timeout 10 bash -c "until '$binaries/pg_isready' --quiet --host 127.0.0.1 --port $bouncer_port; do sleep 0.05; done"

    echo "export TURNLEDGER_TEST_POSTGRES=postgresql://turnledger:$password@127.0.0.1:$port/turnledger?sslmode=disable"
    echo "export TURNLEDGER_TEST_POSTGRES_ADMIN=postgresql://postgres:$password@127.0.0.1:$port/turnledger?sslmode=disable"
    echo "export TURNLEDGER_TEST_POSTGRES_CA=$folder/ca.crt"
    echo "export TURNLEDGER_TEST_PGBOUNCER=postgresql://turnledger:$password@127.0.0.1:$bouncer_port/turnledger?sslmode=disable"
}

kill_server() {
    local postmaster
    postmaster=$(head -1 "$folder/data/postmaster.pid")
    # The postmaster first: it would start what is missing again.
    kill -STOP "$postmaster"
    pkill -KILL -P "$postmaster" || true
    kill -KILL "$postmaster"
    timeout 60 bash -c "while kill -0 $postmaster 2>/dev/null; do sleep 0.02; done"
}

resume() {
    "${as_server[@]}" "$binaries/pg_ctl" --pgdata "$folder/data" --log "$folder/postgres.log" --wait --silent start \
        >/dev/null
}

standby() {
    local primary_port password port standby=$folder-standby
    primary_port=$(sed -n 4p "$folder/data/postmaster.pid")
    password=$(cat "$folder/password")
    port=$(free_port)
    mkdir -m 700 "$standby"
    cp -p "$folder/password" "$standby/"
    [ "$(id -u)" -ne 0 ] || chown postgres: "$standby" "$standby/password"
    cd "$standby"
    PGPASSWORD=$password "${as_server[@]}" "$binaries/pg_basebackup" --pgdata data --write-recovery-conf --wal-method stream \
        --checkpoint fast --no-sync --dbname "postgresql://postgres@127.0.0.1:$primary_port/postgres" >standby.log 2>&1
    echo "port = $port" | "${as_server[@]}" tee -a data/postgresql.conf >/dev/null
    # What a stand-by that was promoted has of its own time as one.
    "${as_server[@]}" sed -i '/^synchronous_standby_names/d' data/postgresql.auto.conf
    folder=$standby resume
    psql --quiet --no-psqlrc "postgresql://postgres:$password@127.0.0.1:$primary_port/postgres" <<END
ALTER SYSTEM SET synchronous_standby_names = '*';
SELECT pg_reload_conf() \\g /dev/null
END
    echo "$port"
}

promote() {
    "${as_server[@]}" "$binaries/pg_ctl" --pgdata "$folder/data" --wait --silent promote >/dev/null
}

stop() {
    cd /
    [ ! -f "$folder/pgbouncer.pid" ] || kill "$(cat "$folder/pgbouncer.pid")" 2>/dev/null || true
    if [ -f "$folder/data/postmaster.pid" ]; then
        "${as_server[@]}" "$binaries/pg_ctl" --pgdata "$folder/data" --mode immediate --silent stop || true
    fi
    rm -rf "$folder"
}

case $command in
start) start ;;
stop) stop ;;
kill) kill_server ;;
resume) resume ;;
standby) standby ;;
promote) promote ;;
*) usage ;;
esac
