#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Makes a cluster of Redis that run on loopback: each gets its share of the slots, and has met the others when this ends.

    redis_cluster.py PASSWORD PORT…

Runs with the Python of TURNLEDGER_REDIS_PYTHON.
"""
import sys
import time

import redis

SLOTS = 16384


def main(password, ports):
    nodes = [redis.Redis(port=port, password=password, decode_responses=True) for port in ports]
    for number, node in enumerate(nodes):
        first, end = (SLOTS * place // len(nodes) for place in (number, number + 1))
        node.execute_command("CLUSTER ADDSLOTSRANGE", first, end - 1)
        node.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
    for node in nodes[1:]:
        bus = node.config_get("cluster-port")["cluster-port"]
        nodes[0].execute_command("CLUSTER MEET", "127.0.0.1", node.connection_pool.connection_kwargs["port"], bus)
    for _ in range(600):
        # redis-py makes objects of these answers; what is asked is whether each node knows all of them.
        if all(node.cluster("INFO")["cluster_state"] == "ok" and len(node.cluster("SLOTS")) == len(nodes) for node in nodes):
            # A node that is not heard of for so short a time is not to be given up.
            for node in nodes:
                node.config_set("cluster-node-timeout", 60_000)
            return 0
        time.sleep(0.05)
    raise SystemExit("the cluster does not form: " + str([node.cluster("INFO") for node in nodes]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], [int(port) for port in sys.argv[2:]]))
