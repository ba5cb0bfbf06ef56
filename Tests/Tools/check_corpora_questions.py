#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Checks that no question repeats its clause's words, against the clauses in an SQLite store.

    check_corpora_questions.py FILE STORE

FILE has JSON lines {"question": …, "clauses": ["DOCUMENT#NUMBER", …]}; STORE is an SQLite file of Turnledger. The check
fails when a clause is not in the store, when a question shares four words in a row with a clause that answers it (or
eight Chinese characters), and when a question occurs twice. Exit code 0: all is well; 1: something is not; 2: usage.
"""

import json
import re
import sqlite3
import sys

WORDS = 4
CHARACTERS = 8
CHINESE = re.compile(r"[\u3400-\u9fff]")


def word_runs(text):
    """Every run of WORDS words of Latin letters and digits."""
    words = re.findall(r"[a-z0-9]+", text.casefold())
    return {" ".join(words[i : i + WORDS]) for i in range(len(words) - WORDS + 1)}


def character_runs(text):
    """Every run of CHARACTERS letters and digits with Chinese in it; punctuation does not count."""
    kept = "".join(c for c in text if c.isalnum())
    runs = (kept[i : i + CHARACTERS] for i in range(len(kept) - CHARACTERS + 1))
    return {run for run in runs if CHINESE.search(run)}


def main(arguments):
    if len(arguments) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    store = sqlite3.connect(f"file:{arguments[1]}?mode=ro", uri=True)
    problems, seen, counts = [], set(), {"en": 0, "zh": 0}
    with open(arguments[0], encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            entry = json.loads(line)
            question = entry["question"]
            if question in seen:
                problems.append(f"line {number}: the question occurs twice")
            seen.add(question)
            counts["zh" if CHINESE.search(question) else "en"] += 1
            for clause in entry["clauses"]:
                document, _, name = clause.partition("#")
                row = store.execute(
                    "SELECT text, heading_path FROM turnledger_clauses WHERE document_id = ? AND number = ?",
                    (document, name),
                ).fetchone()
                if row is None:
                    problems.append(f"line {number}: there is no clause {clause}")
                    continue
                runs = word_runs(question) | character_runs(question)
                for text in (row[0], " ".join(json.loads(row[1]))):
                    for run in sorted(runs & (word_runs(text) | character_runs(text))):
                        problems.append(f"line {number}: repeats “{run}” of {clause}")
    for problem in problems:
        print(problem)
    print(f"{counts['en']} English and {counts['zh']} Chinese questions, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
