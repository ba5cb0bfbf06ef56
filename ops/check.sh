#!/usr/bin/env bash
# Turnledger. SPDX-License-Identifier: Apache-2.0
#
# Checks with promtool (Debian's package prometheus): the configuration, the alert rules and their tests, every query of
# the dashboard, and, where one is given, a scrape. Every metric that a rule or a query names must be documented.
#
#   ops/check.sh [SCRAPE]
set -euo pipefail
cd "$(dirname "$0")"
command -v promtool >/dev/null || {
    echo "promtool is missing. Run scripts/setup.sh." >&2
    exit 1
}

promtool check config prometheus.yaml >/dev/null
promtool check rules alerts.yaml
promtool test rules alerts.test.yaml

queries=$(mktemp)
trap 'rm -f "$queries"' EXIT
python3 - >"$queries" <<'PYTHON'
import json, re

dashboard = json.load(open("grafana/turnledger.json"))
print("groups:\n- name: dashboard\n  rules:")
number = 0
for panel in dashboard["panels"]:
    for target in panel["targets"]:
        number += 1
        query = target["expr"].replace("$instance", ".*")
        print(f"  - record: dashboard:{number}\n    expr: {json.dumps(query)}")

documented = set(re.findall(r"^\| `([a-z_]+)`", open("../docs/metrics.md").read(), re.M)) | {"up"}
named = json.dumps(dashboard) + open("alerts.yaml").read()
names = {re.sub("_bucket$", "", name) for name in re.findall(r"\b(?:turnledger|process)_[a-z_]+\b", named)}
unknown = sorted(names - documented)
if unknown:
    raise SystemExit(f"not in docs/metrics.md: {', '.join(unknown)}")
PYTHON
promtool check rules "$queries"
if [ $# -gt 0 ]; then promtool check metrics <"$1"; fi
