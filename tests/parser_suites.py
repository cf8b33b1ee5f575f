#!/usr/bin/env python3
"""How much of public parser test suites we read: `tests/parser_suites.py FOLDER...`

The suites (feedparser, gofeed, the W3C's feed validator) are not part of the project; unpack them
anywhere. Python's feedparser (`pip install feedparser`) is the reference: a file in which it sees
a title or an entry counts ("carrier"). Printed are the carriers, how many of them give all
entries and the right first title, panics and aborts, and each file that differs with the cause.

Build first: `cargo build --example read_feeds`.
"""

import collections
import html
import json
import pathlib
import re
import subprocess
import sys
import warnings

import feedparser

ROOT = pathlib.Path(__file__).resolve().parent.parent
READER = ROOT / "target/debug/examples/read_feeds"
ENDINGS = {".xml", ".json", ".rss", ".rdf", ".atom", ".html", ".htm", ".feed", ".txt"}


def carriers(folders):
    """Each file in which feedparser sees something, with the number of entries and first title."""
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix.lower() not in ENDINGS or not path.is_file():
                continue
            try:
                parsed = feedparser.parse(path.read_bytes())
            except Exception:  # The reference gives up: nothing to compare with.
                continue
            entries = parsed.entries
            if entries or parsed.feed.get("title"):
                yield str(path), len(entries), entries[0].get("title", "") if entries else ""


def answers(paths):
    """What silkwire says of each file. A file that ends the process is its last one."""
    found, aborted, rest = {}, [], list(paths)
    while rest:
        run = subprocess.run(
            [READER], input="\n".join(rest) + "\n", capture_output=True, text=True, check=False
        )
        lines = [json.loads(line) for line in run.stdout.splitlines()]
        found.update((line["file"], line) for line in lines)
        if run.returncode:
            aborted.append(rest[len(lines)])
            lines.append(None)
        rest = rest[len(lines) :]
    return found, aborted


def letters(title):
    """What a title says, without markup, signs and case."""
    text = re.sub(r"<[^>]+>", "", html.unescape(title or ""))
    return re.sub(r"[\W_]+", "", text).lower()[:25]


def difference(expected, title, answer):
    """Why an answer is not the reference's; nothing if it is."""
    if answer is None:
        return "abort"
    if "error" in answer:
        return f"refused: {answer['error']}"
    if answer["entries"] != expected:
        return f"{answer['entries']} of {expected} entries"
    if expected and letters(answer["first"]) != letters(title):
        return f"title {answer['first']!r} for {title!r}"
    return None


def main():
    """Compares all files of the folders that are named."""
    warnings.filterwarnings("ignore")
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    expected = list(carriers(sys.argv[1:]))
    found, aborted = answers([path for path, _, _ in expected])
    differing = [
        (path, why)
        for path, count, title in expected
        if (why := difference(count, title, found.get(path)))
    ]
    for path, why in differing:
        print(f"{path}: {why}")
    counts = collections.Counter(re.split(r"[ :]", why)[0] for _, why in differing)
    entries = sum(count for _, count, _ in expected)
    read = sum(min(count, found.get(path, {}).get("entries", 0)) for path, count, _ in expected)
    alike = len(expected) - len(differing)
    panics = sum(bool(answer.get("is_panic")) for answer in found.values())
    print(f"differing by first word: {dict(counts)}")
    print(f"{len(expected)} carriers, {alike} alike ({100 * alike / max(len(expected), 1):.2f} %)")
    print(f"{read} of {entries} entries, {panics} panics, {len(aborted)} aborts {aborted}")


if __name__ == "__main__":
    main()
