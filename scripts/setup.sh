#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Installs the Debian packages that the build and the tests need, where they are missing. Needs root or sudo only then.
set -euo pipefail

packages=(
    chromium chromium-driver libpq-dev libsqlite3-dev libssl-dev zlib1g-dev openssl pgbouncer pkg-config poppler-utils postgresql prometheus python3 python3-pip python3-venv sqlite3 unzip
)
missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
    echo "Installing ${missing[*]}"
    run=()
    [ "$(id -u)" -eq 0 ] || run=(sudo)
    "${run[@]}" apt-get update -qq
    DEBIAN_FRONTEND=noninteractive "${run[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

command -v swift >/dev/null || {
    echo "Swift is missing: install the toolchain 6.3 or later from swift.org and put it on the PATH." >&2
    exit 1
}
