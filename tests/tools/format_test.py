#!/usr/bin/env python3
"""C++ and CUDA sources have the form of .clang-format, and so no line is wider than 120 columns."""
import pathlib
import shutil
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Format(unittest.TestCase):
    def test_all_sources_have_it(self):
        done = subprocess.run([ROOT / "tools/format", "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, "run tools/format\n" + "\n".join(done.stderr.splitlines()[:10]))


if __name__ == "__main__":
    # Another version breaks some lines elsewhere; a tree without its history has no list of sources.
    version = shutil.which("clang-format") and subprocess.run(["clang-format", "--version"], capture_output=True, text=True).stdout
    if not version or "version 14." not in version or not (ROOT / ".git").exists():
        print("no clang-format 14, or no git")
        sys.exit(77)
    unittest.main()
