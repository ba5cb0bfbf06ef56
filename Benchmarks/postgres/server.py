# Turnledger. SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of one's own for a benchmark."""

import contextlib
import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


@contextlib.contextmanager
def server(fsync):
    with tempfile.TemporaryDirectory(prefix="turnledger-bench-") as folder:
        script = str(ROOT / "scripts/postgres.sh")
        place = folder + "/server"
        try:
            # A file, not a pipe: the server keeps it open.
            with open(folder + "/variables", "w+") as variables:
                os.chmod(folder, 0o755)
                subprocess.run(
                    [script, "start", place], check=True, stdout=variables, env=os.environ | {"FSYNC": fsync})
                variables.seek(0)
                yield dict(re.findall(r"export (\w+)=(\S+)", variables.read()))
        finally:
            subprocess.run([script, "stop", place], check=True)
