#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Makes from a release build, in dist/:
#
#   turnledger_VERSION_ARCHITECTURE.deb        needs libpq5 and the like from Debian; brings Swift's libraries
#   turnledger-VERSION-linux-ARCHITECTURE.tar.xz   brings everything but the C library
#
# BINARY is what is packed, .build/release/turnledger by default. Neither needs Swift where it is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

binary=${BINARY:-.build/release/turnledger}
[ -x "$binary" ] || {
    echo "$binary is missing: run make dist." >&2
    exit 1
}
command -v patchelf >/dev/null || {
    run=()
    [ "$(id -u)" -eq 0 ] || run=(sudo)
    "${run[@]}" apt-get install -y -qq --no-install-recommends patchelf xz-utils >&2
}

version=$("$binary" --version | grep -oE '[0-9][^ ]*$')
architecture=$(dpkg --print-architecture)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p dist

# Every library that the binary loads, as `path`, but those of the C library.
libraries() {
    ldd "$binary" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' |
        grep -vE '/(libc|libm|libresolv|libpthread|libdl|librt|ld-linux[^/]*)\.so[^/]*$'
}
swift_libraries() { libraries | grep -E '/usr/lib/swift/linux/'; }

# install_binary FILE RUNPATH: without debugging symbols, and with the place of its libraries beside it.
install_binary() {
    install -D -m 755 "$binary" "$1"
    strip "$1"
    patchelf --set-rpath "$2" "$1"
}

# install_libraries FOLDER: what standard input names.
install_libraries() {
    local library
    mkdir -p "$1"
    while IFS= read -r library; do
        install -m 644 "$(readlink -f "$library")" "$1/$(basename "$library")"
        patchelf --set-rpath "\$ORIGIN" "$1/$(basename "$library")"
    done
}

documents=(README.md README.zh-CN.md CHANGELOG.md LICENSE SECURITY.md)

tarball() {
    local name=turnledger-$version-linux-$(uname -m)
    install_binary "$work/$name/bin/turnledger" "\$ORIGIN/../lib"
    libraries | install_libraries "$work/$name/lib"
    cp -r "${documents[@]}" docs Examples/regulations packaging/config.yaml packaging/turnledger.service "$work/$name/"
    tar --create --xz --file "dist/$name.tar.xz" --owner root --group root --numeric-owner --directory "$work" "$name"
    echo "dist/$name.tar.xz"
}

# The packages that hold the libraries which the binary and Swift's own ask for by name.
dependencies() {
    local needed packages=()
    while IFS= read -r needed; do
        packages+=("$(dpkg-query --search "*/$needed" | grep -v '^diversion' | head -1 | cut -d: -f1)")
    done < <(
        { echo "$binary"; swift_libraries; } | xargs -n1 patchelf --print-needed | sort -u |
            grep -vE '^(libswift|lib_?Foundation|libdispatch|libBlocksRuntime|ld-linux)'
    )
    printf '%s\n' "${packages[@]}" | sort -u | while IFS= read -r package; do
        case $package in
        # What was linked against is the least that will do.
        libc6 | libstdc++6) echo "$package (>= $(dpkg-query -W -f='${Version}' "$package" | sed 's/-.*//'))" ;;
        *) echo "$package" ;;
        esac
    done | paste -sd, | sed 's/,/, /g'
}

debian_package() {
    local root=$work/deb file=dist/turnledger_${version}_$architecture.deb
    install_binary "$root/usr/bin/turnledger" "\$ORIGIN/../lib/turnledger"
    swift_libraries | install_libraries "$root/usr/lib/turnledger"
    install -D -m 644 packaging/turnledger.service "$root/lib/systemd/system/turnledger.service"
    install -D -m 644 packaging/config.yaml "$root/etc/turnledger/config.yaml"
    mkdir -p "$root/usr/share/doc/turnledger" "$root/usr/share/turnledger" "$root/DEBIAN"
    cp -r "${documents[@]}" docs "$root/usr/share/doc/turnledger/"
    cp LICENSE "$root/usr/share/doc/turnledger/copyright"
    cp -r Examples/regulations "$root/usr/share/turnledger/"
    echo /etc/turnledger/config.yaml >"$root/DEBIAN/conffiles"
    cat >"$root/DEBIAN/postinst" <<'END'
#!/bin/sh
set -e
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
END
    cat >"$root/DEBIAN/prerm" <<'END'
#!/bin/sh
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then systemctl disable --now turnledger.service || true; fi
END
    chmod 755 "$root/DEBIAN/postinst" "$root/DEBIAN/prerm"
    cat >"$root/DEBIAN/control" <<END
Package: turnledger
Version: $version
Architecture: $architecture
Maintainer: The Turnledger contributors <contributors@turnledger.invalid>
Section: net
Priority: optional
Depends: $(dependencies)
Recommends: ca-certificates, poppler-utils, tzdata
Installed-Size: $(du -sk "$root" | cut -f1)
Description: conversation store and agent server
 Keeps every turn of every agent conversation, in LangGraph's own tables where
 they lie in PostgreSQL, and serves chat to AI SDK clients.
END
    dpkg-deb --root-owner-group -Zxz --build "$root" "$file" >/dev/null
    echo "$file"
}

debian_package
tarball
