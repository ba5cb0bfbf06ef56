#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Fuzzes every route of /openapi.json with schemathesis: no 5xx, no status or body that the document does not tell.

    openapi_drill.py --binary .build/debug/turnledger [--examples 40]

Needs schemathesis (see scripts/python.sh) in the Python that runs it. Exit 0 if all holds.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--examples", default="40")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen(
            [os.path.abspath(options.binary), "serve", "--port", "0", "--store", f"sqlite:{folder}/t.sqlite"],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            port = None
            for line in server.stdout:
                if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                    port = found.group(1)
                    break
            if port is None:
                sys.exit("the server did not start")
            # What it logs must not fill the pipe.
            subprocess.Popen(["cat"], stdin=server.stdout, stdout=subprocess.DEVNULL)
            command = [
                str(pathlib.Path(sys.executable).with_name("schemathesis")), "run",
                f"http://127.0.0.1:{port}/openapi.json", "--checks",
                "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
                "--max-examples", options.examples, "--phases", "examples,coverage,fuzzing", "--mode", "all",
                "--request-timeout", "30", "--seed", "1", "--continue-on-failure",
            ]
            sys.exit(subprocess.run(command, cwd=folder, check=False).returncode)
        finally:
            server.terminate()
            server.wait(20)


if __name__ == "__main__":
    main()
