"""Where the tools are, for their tests. Run as `python3 tests/tools/<name>_test.py`; ctest does."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tools/gpu"))
sys.dont_write_bytecode = True


def tool(name, *words, root=ROOT, **options):
    return subprocess.run([str(root / "tools" / name), *map(str, words)], capture_output=True, text=True, **options)
