#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Installs each of dist/ in a minimal Debian of its own, and has `turnledger serve` there store a chat in PostgreSQL over
# TCP. Needs root. What debootstrap made is kept in .build/debian for the next time.
set -euo pipefail
cd "$(dirname "$0")/../.."

[ "$(id -u)" -eq 0 ] || {
    echo "The drill needs root, for debootstrap and chroot." >&2
    exit 1
}
command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap >/dev/null

base=.build/debian
work=$(mktemp -d)
served=
cleanup() {
    [ -z "$served" ] || kill "$served" 2>/dev/null || true
    scripts/postgres.sh stop "$work/postgres"
    for root in "$work"/root-*; do
        [ ! -d "$root" ] || ! mountpoint --quiet "$root/proc" || umount "$root/proc"
    done
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT

if [ ! -e "$base/complete" ]; then
    rm -rf "$base"
    mkdir -p "$base"
    debootstrap --variant=minbase "${DEBIAN_RELEASE:-bookworm}" "$base/root" "${DEBIAN_MIRROR:-http://deb.debian.org/debian}" \
        >"$base/log" || {
        tail -20 "$base/log" >&2
        exit 1
    }
    touch "$base/complete"
fi

chmod 755 "$work"
variables=$(scripts/postgres.sh start "$work/postgres")
eval "$variables"

# root NAME: a fresh system with /proc; prints where.
root() {
    local root=$work/root-$1
    cp -a "$base/root" "$root"
    cp /etc/resolv.conf "$root/etc/resolv.conf"
    mount -t proc proc "$root/proc"
    echo "$root"
}

# chat ROOT BINARY REGULATIONS SCHEMA: serves from within the root, talks, and looks into the database.
chat() {
    local root=$1 binary=$2 regulations=$3 schema=$4 port answer
    psql --quiet --no-psqlrc "$TURNLEDGER_TEST_POSTGRES" --command "CREATE SCHEMA $schema"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    chroot "$root" "$binary" regulations import "$regulations" \
        --store "$TURNLEDGER_TEST_POSTGRES&options=-csearch_path%3D$schema" >/dev/null
    chroot "$root" "$binary" serve --port "$port" \
        --store "$TURNLEDGER_TEST_POSTGRES&options=-csearch_path%3D$schema" >"$work/$schema.log" 2>&1 &
    served=$!
    timeout 60 bash -c "until curl --silent --fail http://127.0.0.1:$port/health/ready; do
        kill -0 $served || exit 1; sleep 0.1; done" >/dev/null || {
        cat "$work/$schema.log" >&2
        return 1
    }
    answer=$(curl --silent --fail --max-time 60 "http://127.0.0.1:$port/api/ai-sdk/chat" \
        --header 'Content-Type: application/json' --data '{"id": "dist", "messages": [{"id": "m1", "role": "user",
            "parts": [{"type": "text", "text": "How wide must an evacuation door be?"}]}]}')
    grep -q '"type":"finish"' <<<"$answer" || {
        echo "No whole answer: $answer" >&2
        return 1
    }
    [ "$(psql -XAtq "$TURNLEDGER_TEST_POSTGRES" -c "SELECT count(*) > 1 FROM $schema.checkpoints WHERE thread_id = 'dist'")" = t ]
    echo "Libraries of $schema that do not come from Debian:"
    awk '/\.so/ { print $6 }' "/proc/$served/maps" | sort -u | sed "s|^$root||" | grep -E '^/(opt|usr/lib/turnledger)' |
        wc -l
    kill -TERM "$served"
    wait "$served" || true
    served=
}

echo "==> the Debian package"
debian=$(root deb)
package=$(echo dist/turnledger_*.deb)
cp "$package" "$debian/tmp/"
chroot "$debian" apt-get update -qq
DEBIAN_FRONTEND=noninteractive chroot "$debian" apt-get install -y -qq --no-install-recommends \
    "/tmp/$(basename "$package")" >"$work/install.log" 2>&1 || {
    tail -20 "$work/install.log" >&2
    exit 1
}
chat "$debian" /usr/bin/turnledger /usr/share/turnledger/regulations dist_deb
chroot "$debian" apt-get remove -y -qq turnledger >/dev/null 2>&1
[ ! -e "$debian/usr/bin/turnledger" ]

echo "==> the tarball"
bare=$(root tar)
mkdir -p "$bare/opt"
tar --extract --xz --file dist/turnledger-*-linux-*.tar.xz --directory "$bare/opt"
[ -z "$(find "$bare/usr/lib" -name 'libpq.so*')" ]
place=/opt/$(basename "$bare"/opt/turnledger-*)
chat "$bare" "$place/bin/turnledger" "$place/regulations" dist_tar
echo "Both stored a chat in PostgreSQL."
