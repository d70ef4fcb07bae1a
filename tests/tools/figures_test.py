#!/usr/bin/env python3
"""No figure without an origin: every measured time, rate, memory or factor in the README and docs says where it is from.

A paragraph (or table) outside code blocks that has such a figure needs, on the line before it, one of
  <!-- measured: COMMAND | MACHINE | YYYY-MM-DD | COMMIT -->   it was measured so
  <!-- given -->                                               it is a limit or a parameter, not a measurement
Pages that are generated from results carry their origins themselves and are checked where they are generated.
"""
import datetime
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GENERATED = {"docs/performance.md"}
FIGURE = re.compile(r"\d\s?(?:ms|µs|us|ns|s|sec|seconds?|초|KB|MB|GB|TB|[KMGT]iB)(?![A-Za-z가-힣/])"
                    r"|\d[^|\n]{0,12}/s\b|\d\s?(?:×|x\b|배)|\d\s+times (?:as|faster)|\bfaster than\b|\bhalf a second\b")
MEASURED = re.compile(r"<!-- measured: ([^|]+)\|([^|]+)\|\s*(\d{4}-\d\d-\d\d)\s*\|\s*([0-9a-f]{7,40})\s*-->")


def paragraphs(text):
    """(number of the first line, the line before, the paragraph) outside code blocks and generated parts."""
    fenced, skipped, block, first, before = False, False, [], 0, ""
    for number, line in enumerate(text.split("\n") + [""], 1):
        if line.strip().startswith("```"):
            fenced = not fenced
            line = ""
        if fenced:
            line = ""
        if re.match(r"<!-- begin ", line):
            skipped = True
        if re.match(r"<!-- end ", line):
            skipped, line = False, ""
        if skipped:
            line = ""
        if line.strip() and not (line.startswith("<!--") and not block):
            if not block:
                first = number
            block.append(line)
            continue
        if block:
            yield first, before, "\n".join(block)
        block, before = [], line


def problems(name, text):
    for number, before, paragraph in paragraphs(text):
        figure = FIGURE.search(re.sub(r"`[^`]*`", "", paragraph))
        if not figure or before.strip() == "<!-- given -->":
            continue
        origin = MEASURED.match(before.strip())
        if not origin:
            yield f"{name}:{number}: '{figure.group(0)}' has no origin on the line before its paragraph"
            continue
        try:
            datetime.date.fromisoformat(origin.group(3))
        except ValueError:
            yield f"{name}:{number}: '{origin.group(3)}' is no date"
        known = subprocess.run(["git", "-C", ROOT, "cat-file", "-e", origin.group(4) + "^{commit}"], capture_output=True)
        history = subprocess.run(["git", "-C", ROOT, "rev-parse", "--is-shallow-repository"], capture_output=True, text=True)
        if known.returncode != 0 and history.stdout.strip() == "false":
            yield f"{name}:{number}: there is no commit {origin.group(4)}"


class Figures(unittest.TestCase):
    def test_every_figure_says_where_it_is_from(self):
        found = []
        for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]):
            name = str(path.relative_to(ROOT))
            if name not in GENERATED:
                found += problems(name, path.read_text(encoding="utf-8"))
        self.assertEqual(found, [], "\n" + "\n".join(found))

    def test_a_figure_alone_is_found(self):
        for text in ("It takes 3 s.", "At 331 MB/s.", "4.5× the library", "| a | 12 trees/s |", "0.5초 걸립니다", "This takes half a second."):
            self.assertEqual(len(list(problems("page", text))), 1, text)
        self.assertEqual(list(problems("page", "```\n3 s\n```\n")), [])
        self.assertEqual(list(problems("page", "<!-- given -->\nAt most 64 MiB.")), [])
        self.assertEqual(len(list(problems("page", "<!-- measured: dosi | a laptop | 2026-13-01 | 0000000 -->\nIn 3 s."))), 2)
        self.assertEqual(len(list(problems("page", "<!-- given -->\nAt most 64 MiB.\n\nIn 3 s."))), 1)


if __name__ == "__main__":
    sys.exit(unittest.main())
