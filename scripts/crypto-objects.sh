#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Prints the objects of swift-crypto in the debug build, which what is compiled apart from the package has to link (with
# -lstdc++). Builds them where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
[ -e .build/debug/Modules/Crypto.swiftmodule ] || swift build --target Crypto >&2
find -L "$PWD"/.build/debug/{Crypto,CryptoBoringWrapper,CCrypto*,CXKCP*}.build -name '*.o'
