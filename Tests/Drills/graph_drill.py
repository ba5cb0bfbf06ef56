#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Kills a process that runs graphs at random moments and checks that nothing is lost and nothing doubled.

    graph_drill.py --binary .build/debug/graph-drill --kills 500 [--seconds 60] [--seed 1] [--store postgresql://…]

The process goes on with the threads that a killed one left. At the end every thread has come to the same end, every
effect that may not come twice came once, no effect came again after the store had its task as finished, and after a kill
no task asked twice about its lost outcome. Exit code 1 and a line per violation otherwise.
"""
import argparse
import os
import random
import sys
import tempfile
import time

from graphs import Graphs


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", required=True)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--store")
    parser.add_argument("--longest", type=float, default=0.08, help="the longest life of a process in seconds")
    options = parser.parse_args()
    random.seed(options.seed)
    folder = tempfile.mkdtemp(prefix="turnledger-drill-")
    store = options.store or os.path.join(folder, "drill.sqlite")
    graphs = Graphs(options.binary, store, folder, f"{os.getpid()}-{options.seed}")
    deadline = time.monotonic() + options.seconds
    while graphs.kills < options.kills and time.monotonic() < deadline:
        graphs.begin()
        graphs.process.stdout.readline()
        time.sleep(random.uniform(0, options.longest))
        graphs.kill()
    violations = graphs.violations()
    for violation in violations:
        print(violation)
    print(f"seed {options.seed}: {graphs.told()}, {len(violations)} violations")
    sys.exit(1 if violations or not graphs.finished else 0)


main()
