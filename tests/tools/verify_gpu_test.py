"""tools/verify-gpu writes a record where all that is required passed, and nowhere else: its whole flow over a fake kit,
right and wrong in each way."""

import json
import os
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import fake_kit
from support import tool

import kit
import verify


class VerifyGpu(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.place = Path(folder.name)
        self.out = self.place / "verified"
        self.record = self.out / "a-device-of-the-tests.json"
        self.failed = self.out / "a-device-of-the-tests.failed.json"

    def run_wrong(self, wrong=""):
        with mock.patch.dict(os.environ, {"WRONG": wrong}):
            folder = fake_kit.make(self.place / "kit")
        return tool("verify-gpu", "--kit", folder, "--out", self.out)

    def test_what_passes_is_written(self):
        self.out.mkdir()
        self.failed.write_text("{}")
        done = self.run_wrong()
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual([p.name for p in self.out.iterdir()], [self.record.name])
        record = json.loads(self.record.read_text())
        self.assertEqual(record["device"], fake_kit.DEVICE)
        self.assertEqual({k: record[k] for k in ("cuda_runtime", "commit", "dirty", "host")},
                         {"cuda_runtime": "13.0", "commit": "0123456789ab", "dirty": False, "host": "a processor"})
        access = record["jobs"]["access"]
        self.assertEqual(access["hash"], fake_kit.HASHES["access"])
        self.assertEqual(access["tests"], {"run": 2, "failed": 0})
        self.assertEqual(access["deviation"], 0)
        self.assertEqual(access["sanitizers"], {"memcheck": "clean", "racecheck": "clean", "initcheck": "clean"})
        self.assertEqual(record["jobs"]["par"]["benchmarks"][0]["device"], "cuda:0")

    def test_whatever_fails_is_said_and_nothing_is_verified(self):
        # Each run goes wrong in several ways that do not hide one another.
        runs = [{"failing test": "Access_engine_cuda.a: 1 is not 2", "no twin": "Loops_cpu has no twin", "job not in the plan": "par is not in the plan",
                 "memcheck errors": "memcheck of access", "unchecked row": "not checked"},
                {"skipped test": "Access_engine_cuda.a: was skipped", "damaged result": "dosi check hospital.h5", "racecheck errors": "racecheck of access",
                 "row of the cpu": "was measured on cpu"},
                {"exit code": "dosi-tests ends with 1", "job without tests": "par has no GPU test", "result of the cpu": "was asked of cuda:0 and made on cpu",
                 "no benchmark": "par has no benchmark"},
                {"no deviation": "recorded how far", "other answer": "sum it up differently", "initcheck breaks tests": "the tests fail under it",
                 "no rows": "measured nothing"},
                {"no tests": "no GPU test", "no --list": "dosi-bench --list must print"},
                {"crash": "139, without a report", "answers differ": "dosi-bench par ends with 1"}]
        for ways in runs:
            with self.subTest(list(ways)), tempfile.TemporaryDirectory() as folder:
                self.place = Path(folder)
                done = self.run_wrong(",".join(ways))
                self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
                self.assertEqual([p.name for p in self.out.iterdir()], [self.failed.name])
                recorded = "\n".join(json.loads(self.failed.read_text())["failures"])
                for message in ways.values():
                    self.assertIn(message, done.stdout)
                    self.assertIn(message, recorded)
                self.failed.unlink()

    def test_programs_find_a_driver_that_is_mounted(self):
        driver = self.place / "driver"
        driver.mkdir()
        folder = fake_kit.make(self.place / "kit")
        with mock.patch.object(kit, "MOUNTED_DRIVER_FOLDERS", (str(driver), str(self.place / "none"))), \
             mock.patch.dict(os.environ, {"LD_LIBRARY_PATH": "/known:"}):
            self.assertEqual(kit.Kit(folder).environment["LD_LIBRARY_PATH"], "/known:")
            (driver / "libcuda.so.1").touch()
            self.assertEqual(kit.Kit(folder).environment["LD_LIBRARY_PATH"], f"/known:{driver}")
            with mock.patch.dict(os.environ, {"LD_LIBRARY_PATH": f"{driver}:/known"}):
                self.assertEqual(kit.Kit(folder).environment["LD_LIBRARY_PATH"], f"{driver}:/known")

    def test_without_a_device_nothing_is_written(self):
        done = self.run_wrong("no device")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no CUDA device here: no CUDA-capable device is detected", done.stderr)
        self.assertFalse(self.out.exists())

    def test_an_old_record_outlives_a_failure(self):
        self.out.mkdir()
        self.record.write_text("an old record")
        self.assertEqual(self.run_wrong("failing test").returncode, 1)
        self.assertEqual(self.record.read_text(), "an old record")

    def test_a_sanitizer_that_is_not_there_or_not_let_in_is_not_called_clean(self):
        for wrong, carried in ("", False), ("memcheck refused", True):
            with self.subTest(wrong), tempfile.TemporaryDirectory() as folder:
                with mock.patch.dict(os.environ, {"WRONG": wrong, "PATH": "/nowhere"}), mock.patch("verify.SANITIZER_PLACES", ()):
                    self.assertEqual(verify.verify(kit.Kit(fake_kit.make(Path(folder) / "kit", carried)), self.out), self.record)
                self.assertEqual(json.loads(self.record.read_text())["jobs"]["access"]["sanitizers"]["memcheck"], "not run")

    def test_a_sanitizer_that_does_not_end_is_stopped_with_what_it_started(self):
        with mock.patch.dict(os.environ, {"WRONG": "racecheck hangs"}):
            folder = fake_kit.make(self.place / "kit")
        with mock.patch.dict(verify.LIMITS, {"racecheck": 2}):
            self.assertEqual(verify.verify(kit.Kit(folder), self.out), self.record)
        sanitizers = json.loads(self.record.read_text())["jobs"]["access"]["sanitizers"]
        self.assertEqual(sanitizers, {"memcheck": "clean", "racecheck": "not finished", "initcheck": "clean"})
        child = Path("/proc") / (folder / "sanitizer/child").read_text() / "stat"
        self.assertTrue(not child.exists() or ") Z " in child.read_text())

    def test_a_folder_that_is_no_kit_is_refused(self):
        done = tool("verify-gpu", "--kit", self.place, "--out", self.out)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is not a folder that tools/verify-gpu --pack made", done.stderr)
        done = tool("verify-gpu", "--pack", self.place)
        self.assertEqual(done.returncode, 1)
        self.assertIn("name another", done.stderr)


if __name__ == "__main__":
    unittest.main()
