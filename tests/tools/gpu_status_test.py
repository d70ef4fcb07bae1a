"""tools/gpu-status tells verified, stale and never apart, and the README's table is what it says today."""

import json
import tempfile
import unittest
from pathlib import Path

from support import ROOT, tool

import device_code
import records

try:
    HASHES = device_code.hashes(ROOT)[0]
except device_code.NoCompiler:
    HASHES = None


def record(day, device="NVIDIA H100", **jobs):
    return {"device": device, "date": f"{day}T01:02:03Z", "commit": "0",
            "jobs": {job: {"hash": digest, "sanitizers": tools} for job, (digest, tools) in jobs.items()}}


CLEAN = {"memcheck": "clean", "racecheck": "clean"}


class Status(unittest.TestCase):
    def test_of_a_job(self):
        known = [record("2026-01-30", scan=("old", CLEAN)), record("2026-01-31", "NVIDIA H200", access=("new", CLEAN), scan=("old", CLEAN)),
                 record("2026-02-01", access=("new", {"memcheck": "clean", "racecheck": "not run"}))]
        self.assertEqual(records.status(known, "access", "new"),
                         ("verified", "NVIDIA H100, 2026-02-01, without racecheck; NVIDIA H200, 2026-01-31"))
        self.assertEqual(records.status(known, "scan", "new"), ("stale", "NVIDIA H200, 2026-01-31"))
        self.assertEqual(records.status(known, "wind", "new"), ("never", ""))

    def test_a_table_is_read_as_it_was_written(self):
        statuses = [("access", "verified", "NVIDIA H100, 2026-02-01"), ("scan", "never", "")]
        self.assertEqual(records.parse_table(records.table(statuses)), statuses)
        with self.assertRaises(ValueError):
            records.parse_table(records.table(statuses).replace("| never |", "| |"))
        with self.assertRaises(ValueError):
            records.parse_table("a table was here")


class Command(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.records = Path(folder.name) / "records"
        self.records.mkdir()
        self.page = Path(folder.name) / "README.md"
        self.page.write_text(f"before\n{records.BEGIN}\n{records.END}\nafter\n")

    def status(self, *words):
        return tool("gpu-status", "--records", self.records, *words)

    def put(self, name, content):
        (self.records / name).write_text(content if isinstance(content, str) else json.dumps(content))

    @unittest.skipIf(HASHES is None, "needs nvcc")
    def test_lines_and_table(self):
        job, digest = next(iter(HASHES.items()))
        self.assertRegex(self.status().stdout, rf"(?m)^{job} +never$")
        self.put("a.json", record("2026-01-31", **{job: ("0" * 64, CLEAN)}))
        self.assertRegex(self.status().stdout, rf"(?m)^{job} +stale \(verified NVIDIA H100, 2026-01-31; the code .* changed since\)$")
        self.put("b.failed.json", record("2026-03-01", **{job: (digest, CLEAN)}))
        self.assertRegex(self.status().stdout, rf"(?m)^{job} +stale")
        self.put("c.json", record("2026-02-01", "NVIDIA H200", **{job: (digest, CLEAN)}))
        self.assertRegex(self.status().stdout, rf"(?m)^{job} +verified NVIDIA H200, 2026-02-01$")

        self.assertEqual(self.status("--check", self.page).returncode, 1)
        self.assertEqual(self.status("--write", self.page).returncode, 0)
        self.assertIn(f"| `{job}` | verified | NVIDIA H200, 2026-02-01 |", self.page.read_text())
        self.assertTrue(self.page.read_text().startswith("before\n") and self.page.read_text().endswith("after\n"))
        self.assertEqual(self.status("--check", self.page).returncode, 0)
        (self.records / "c.json").unlink()
        late = self.status("--check", self.page)
        self.assertEqual(late.returncode, 1)
        self.assertIn("out of date", late.stderr)

    def test_without_a_compiler_a_table_may_claim_nothing_that_was_not_recorded(self):
        def check(*statuses):
            self.page.write_text(f"{records.BEGIN}\n{records.table(statuses)}\n{records.END}")
            return tool("gpu-status", "--records", self.records, "--check", self.page, env={"PATH": "/usr/bin:/bin", "CUDA_HOME": "/none"}).returncode

        jobs = list(device_code.jobs(ROOT))
        rest = [(job, "never", "") for job in jobs[1:]]
        self.assertEqual(check((jobs[0], "never", ""), *rest), 0)
        self.assertEqual(check((jobs[0], "verified", "NVIDIA H100, 2026-01-31"), *rest), 1)
        self.assertEqual(check(*rest), 1)
        self.put("a.json", record("2026-01-31", **{jobs[0]: ("0" * 64, CLEAN)}))
        self.assertEqual(check((jobs[0], "verified", "NVIDIA H100, 2026-01-31"), *rest), 0)
        self.assertEqual(check((jobs[0], "stale", "NVIDIA H100, 2026-01-30"), *rest), 1)
        self.assertEqual(check((jobs[0], "never", ""), *rest), 1)

    def test_bad_input_is_named(self):
        self.put("bad.json", '{"jobs": []}')
        done = self.status()
        self.assertEqual(done.returncode, 65)
        self.assertIn("bad.json: is not a record", done.stderr)
        (self.records / "bad.json").unlink()
        self.page.write_text("no markers")
        done = self.status("--check", self.page)
        self.assertEqual(done.returncode, 65)
        self.assertIn("must hold one", done.stderr)


class Readme(unittest.TestCase):
    def test_tables_are_up_to_date(self):
        pages = [p for p in sorted(ROOT.glob("README*.md")) if records.BEGIN in p.read_text()]
        self.assertTrue(pages)
        done = tool("gpu-status", "--check", *pages)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
