#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Runs the commands of docs/guides/moving-from-redis.md as they stand there.

    guide_drill.py --binary .build/debug/turnledger

The Redis holds what a dump of langgraph-checkpoint-redis does; while the guide's copy follows, Python's saver adds a turn,
and in the end that turn, an owner for each thread, equal sides and an archive must be there.

Runs with the Python of TURNLEDGER_REDIS_PYTHON. Exit code 1 and a line per failure otherwise.
"""
import argparse
import json
import os
import re
import shlex
import socket
import subprocess
import sys
import tempfile
import textwrap
import time

import psycopg
from langchain_core.messages import HumanMessage
from langgraph.checkpoint.base.id import uuid6
from langgraph.checkpoint.redis import RedisSaver

from drilling import ROOT, check, failures
from transfer_drill import Source, Target

THREAD = "sync-2"


def blocks():
    """The guide's commands, in order."""
    text = (ROOT / "docs/guides/moving-from-redis.md").read_text()
    return [textwrap.dedent(found) for found in re.findall(r"^ *```sh\n(.*?)^ *```", text, re.S | re.M)]


def add_turn(url):
    """What an old service writes meanwhile: a checkpoint behind the newest."""
    with RedisSaver.from_conn_string(url) as saver:
        saver.setup()
        config = {"configurable": {"thread_id": THREAD, "checkpoint_ns": ""}}
        # The index is made in the background.
        deadline = time.monotonic() + 60
        while not (found := saver.get_tuple(config)) and time.monotonic() < deadline:
            time.sleep(0.1)
        checkpoint = dict(found.checkpoint)
        checkpoint["id"] = str(uuid6(clock_seq=3))
        version = "99".zfill(32) + ".0.5"
        checkpoint["channel_values"] = {**checkpoint["channel_values"], "messages": [
            *checkpoint["channel_values"]["messages"], HumanMessage("While the copy follows.", id="while")]}
        checkpoint["channel_versions"] = {**checkpoint["channel_versions"], "messages": version}
        saver.put(found.config, checkpoint, {"source": "update", "step": 99, "parents": {}}, {"messages": version})
        return checkpoint["id"]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Shell:
    """One bash for all blocks: variables and jobs stay. What the blocks run has not the input that bash reads them from."""

    def __init__(self, folder, environment, block):
        self.block = block
        self.process = subprocess.Popen(["bash", "-u"], cwd=folder, env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self, block):
        """- Returns: the exit code of the last command that failed, 0 where none did; what was said."""
        with open(self.block, "w") as file:
            file.write(block)
        self.process.stdin.write("set -e -o pipefail\ntrap 'code=$?; echo; echo \"FAILED $code\"' EXIT\n"
                                 f"source {shlex.quote(self.block)} </dev/null\necho; echo DONE\n")
        self.process.stdin.flush()
        said = []
        for line in self.process.stdout:
            if line == "DONE\n":
                return 0, "".join(said)
            if found := re.match(r"FAILED (\d+)$", line):
                return int(found[1]), "".join(said)
            said.append(line)
        return -1, "".join(said)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    options = parser.parse_args()
    binary = os.path.abspath(options.binary)
    dump = ROOT / "Tests/Fixtures/redis/langgraph-redis-0.5.2.jsonl"
    with tempfile.TemporaryDirectory() as folder, Source(folder, "guide", dump) as source:
        source.connection.config_set("notify-keyspace-events", "KEA")
        target = Target(folder, "guide_drill", source)
        work = os.path.join(folder, "work")
        os.mkdir(work)
        bin_folder = os.path.join(folder, "bin")
        os.mkdir(bin_folder)
        os.symlink(binary, os.path.join(bin_folder, "turnledger"))
        environment = {**os.environ, "SOURCE": source.url, "TARGET": target.url, "PORT": str(free_port()),
                       "PATH": bin_folder + os.pathsep + os.environ["PATH"]}
        shell = Shell(work, environment, os.path.join(folder, "block.sh"))
        added = None
        for block in blocks():
            code, said = shell.run(block)
            check("the guide's command ends well: " + block.strip().splitlines()[-1], code == 0, (code, said))
            if code != 0:
                break
            if "--follow" in block:
                added = add_turn(source.url)
                deadline = time.monotonic() + 60
                while time.monotonic() < deadline:
                    with psycopg.connect(target.url) as database:
                        if database.execute("SELECT 1 FROM checkpoints WHERE checkpoint_id = %s", [added]).fetchone():
                            break
                    time.sleep(0.2)
                else:
                    check("the copy that follows takes up a turn", False)
            if "--report" in block:
                report = json.load(open(os.path.join(work, "verified.json")))
                check("the report says that all is equal", report["equal"] == report["checkpoints"] > 0, report)
        shell.close()
        with psycopg.connect(target.url) as database:
            unowned = database.execute(
                "SELECT count(DISTINCT thread_id) FROM checkpoints WHERE thread_id NOT IN "
                "(SELECT thread_id FROM turnledger_threads)").fetchone()[0]
        check("every thread has an owner", unowned == 0, unowned)
        left = sorted(os.listdir(work))
        check("nothing but the archive is left", left == ["old-conversations"], left)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
