#!/usr/bin/env python3
"""Counts false alarms on background texts.

tally.py BINARY CONFIG FOLDER

FOLDER holds JSON lines, one file a corpus, with the fields id, lang, title,
summary and body; nothing in it may be relevant. Texts that turn out to be
are listed by id, one a line, in FOLDER/true.txt and are left out.
Alarms go to alarms.jsonl in the working folder, to be read one by one.
"""

import json
import subprocess
import sys
from pathlib import Path

TEXTS_PER_ALARM_MIN = 20_000


def judged(binary, config, corpus):
    """The matches that `silkwire scan` prints for one file."""
    command = [binary, "scan", "--format", "json", "--config", config, str(corpus)]
    scan = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield from (json.loads(line) for line in scan.stdout)
    if scan.wait() > 1:
        sys.exit(f"{corpus}: scan exited with {scan.returncode}")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    binary, config, folder = sys.argv[1:3] + [Path(sys.argv[3])]
    known = folder / "true.txt"
    true = set(known.read_text().split()) if known.exists() else set()
    corpora = sorted(folder.glob("*.jsonl"))
    n_texts = n_alarms = 0
    with open("alarms.jsonl", "w", encoding="utf-8") as alarms:
        for corpus in corpora:
            with corpus.open("rb") as lines:
                n_corpus = sum(1 for _ in lines)
            false = [m for m in judged(binary, config, corpus)
                     if m["relevant"] and m["id"] not in true]
            for match in false:
                alarms.write(json.dumps(match, ensure_ascii=False) + "\n")
            print(f"{corpus.stem:40} {n_corpus:8} texts {len(false):5} false alarms")
            n_texts += n_corpus
            n_alarms += len(false)
    print(f"{n_texts} texts, {n_alarms} false alarms, "
          f"at most {n_texts // TEXTS_PER_ALARM_MIN} wanted in news, none in prose")


main()
