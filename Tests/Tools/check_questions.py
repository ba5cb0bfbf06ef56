#!/usr/bin/env python3
# Turnledger. SPDX-License-Identifier: Apache-2.0
"""Checks a question file for `turnledger regulations eval` against a folder of Markdown regulations.

    check_questions.py FILE FOLDER

Every line of FILE is {"question": …, "clauses": ["DOCUMENT#NUMBER", …]}. The check fails when a clause does not
exist, when a question repeats four words in a row of a clause that answers it (letter case and punctuation do not
count), or six Chinese characters in a row, and when a question occurs twice. Exit code 0: all is well; 1: something is
not, one line each; 2: wrong usage.
"""

import json
import re
import sys
import unicodedata
from pathlib import Path

WORDS = 4
CHARACTERS = 6

# A number is spelled as the document spells it: 5.2.3, 第十二条.
CLAUSE = re.compile(r"^\*\*(\d+(?:\.\d+)*|第[零〇一二两三四五六七八九十百千\d]+条)\*\*\s*(.*)$")


def clauses_of(path):
    """The clauses of one Markdown file as {id: text}; a file without a `document:` in its front matter has none."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or lines[0] != "---":
        return {}
    end = lines.index("---", 1)
    front = dict(line.split(":", 1) for line in lines[1:end] if ":" in line)
    document = front.get("document", "").strip()
    if not document:
        return {}
    found, current = {}, None
    for line in lines[end + 1 :]:
        match = CLAUSE.match(line)
        if match:
            current = f"{document}#{match[1]}"
            if current in found:
                raise ValueError(f"{path}: {current} occurs twice")
            found[current] = match[2]
        elif line.startswith("#"):
            current = None
        elif current:
            found[current] += " " + line
    return found


def is_chinese(character):
    return "CJK UNIFIED" in unicodedata.name(character, "")


def word_runs(text):
    """Every run of WORDS words. A word holds letters and digits; a Chinese character ends it."""
    spaced = "".join(c if c.isalnum() and not is_chinese(c) else " " for c in text.casefold().replace("'", ""))
    words = spaced.split()
    return {" ".join(words[i : i + WORDS]) for i in range(len(words) - WORDS + 1)}


def character_runs(text):
    """Every run of CHARACTERS letters and digits that has a Chinese character in it."""
    kept = "".join(c for c in text.casefold() if c.isalnum())
    runs = (kept[i : i + CHARACTERS] for i in range(len(kept) - CHARACTERS + 1))
    return {run for run in runs if any(map(is_chinese, run))}


def main(arguments):
    if len(arguments) != 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    file, folder = map(Path, arguments)
    clauses, documents = {}, 0
    for path in sorted(folder.rglob("*.md")):
        found = clauses_of(path)
        documents += bool(found)
        for identifier, text in found.items():
            if identifier in clauses:
                print(f"{path}: {identifier} occurs in another file too")
                return 1
            clauses[identifier] = text
    problems, seen, chinese, english = [], set(), 0, 0
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        place = f"{file.name}:{number}"
        try:
            entry = json.loads(line)
            question, wanted = entry["question"], entry["clauses"]
        except (ValueError, KeyError, TypeError) as error:
            problems.append(f"{place}: not a question with clauses ({error})")
            continue
        if question in seen:
            problems.append(f"{place}: the question occurs twice")
        seen.add(question)
        if any(map(is_chinese, question)):
            chinese += 1
        else:
            english += 1
        if not wanted:
            problems.append(f"{place}: no clause is named")
        for identifier in wanted:
            if identifier not in clauses:
                problems.append(f"{place}: there is no clause {identifier}")
                continue
            text = clauses[identifier]
            shared = word_runs(question) & word_runs(text) | character_runs(question) & character_runs(text)
            for run in sorted(shared):
                problems.append(f"{place}: repeats “{run}” of {identifier}")
    for problem in problems:
        print(problem)
    print(
        f"{english} English and {chinese} Chinese questions, {len(clauses)} clauses in {documents} documents, "
        f"{len(problems)} problems"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
