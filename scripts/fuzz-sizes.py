#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Runs the fuzzer's binary on awkward inputs of growing size and fails where time grows faster than the input."""

import os
import subprocess
import sys
import tempfile

SIZES = [1 << 17, 1 << 19]


def nested_ext(size):
    """Ext nodes one in the other, as deep as the size allows."""
    data = b"\xc0"
    while len(data) < size and len(data) < 1 << 14:
        data = b"\xc9" + len(data).to_bytes(4, "big") + b"\x07" + data
    return b"\0" + b"\xdd" + (size // len(data)).to_bytes(4, "big") + data * (size // len(data))


def message(size):
    head = b"\x94\xa1m\xa1n\xdf" + (size // 8).to_bytes(4, "big")
    body = head + b"".join(b"\xa6" + f"{n:06x}".encode() + b"\xc0" for n in range(size // 8)) + b"\xc0"
    return b"\0\xc9" + len(body).to_bytes(4, "big") + b"\x05" + body


SHAPES = {
    "array of nothing": lambda n: b"\0\xdd" + n.to_bytes(4, "big") + b"\xc0" * n,
    "array of arrays": lambda n: b"\0\xdd" + (n // 2).to_bytes(4, "big") + b"\x91\xc0" * (n // 2),
    "map of one key": lambda n: b"\0\xdf" + (n // 3).to_bytes(4, "big") + b"\xa1a\xc0" * (n // 3),
    "map of many keys": lambda n: b"\0\xdf" + (n // 8).to_bytes(4, "big")
    + b"".join(b"\xa6" + f"{i:06x}".encode() + b"\xc0" for i in range(n // 8)),
    "text": lambda n: b"\0\xdb" + n.to_bytes(4, "big") + b"\xc3\xa9" * (n // 2),
    "ext in ext": nested_ext,
    "object with many fields": message,
    "depth": lambda n: b"\0" + b"\x91" * n,
    "JSON text with escapes": lambda n: b"\1\"" + b"\\u00e9" * (n // 6) + b"\"",
    "JSON of one key": lambda n: b"\2{" + b'"a":1,' * (n // 6) + b'"a":1}',
    "JSON of many keys": lambda n: b"\2{" + b"".join(b'"%06x":1,' % i for i in range(n // 11)) + b'"a":1}',
    "JSON of digits": lambda n: b"\1" + b"9" * n,
    "JSON of one fraction": lambda n: b"\1" + b"0." + b"1" * n,
    "JSON of envelopes": lambda n: b"\2[" + b",".join(
        [b'{"lc":2,"type":"constructor","id":["builtins","set"],"args":[[1]]}'] * (n // 68)) + b"]",
    "document with many channels": lambda n: b"\3" + b'{"v":4,"id":"a","channel_values":{'
    + b",".join(b'"%06x":1' % i for i in range(n // 24)) + b'},"channel_versions":{'
    + b",".join(b'"%06x":"1"' % i for i in range(n // 24)) + b"}}",
}


def seconds(fuzzer, data, folder):
    """The processor's time, which a busy machine does not change."""
    path = os.path.join(folder, "input")
    with open(path, "wb") as file:
        file.write(data)
    with open(os.path.join(folder, "log"), "w+") as log:
        process = subprocess.Popen(
            [fuzzer, "-timeout=300", "-rss_limit_mb=4096", path], stdout=log, stderr=log, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            log.seek(0)
            sys.exit(log.read()[-2000:])
    return usage.ru_utime + usage.ru_stime


def main():
    fuzzer = os.path.abspath(sys.argv[1])
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        empty = seconds(fuzzer, b"\0\xc0", folder)
        for name, shape in SHAPES.items():
            times = [max(seconds(fuzzer, shape(size), folder) - empty, 0.001) for size in SIZES]
            growth = times[1] / times[0]
            # Four times the input: a quadratic reader takes sixteen times as long.
            slow = growth > 9 and times[1] > 0.5
            failed = failed or slow
            print(
                f"{name:28} " + " ".join(f"{time * 1000:8.0f} ms" for time in times)
                + f"  x{growth:.1f} for x4{'  TOO SLOW' if slow else ''}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
