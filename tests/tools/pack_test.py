"""A packed folder needs nothing but itself: in a root folder that holds it alone, with no environment, its programs
run, its tests pass on the CPU, and its verification gets as far as to find no GPU. Builds the preset `verify`; wants
to be root, or a system that lets a user be it in a name space of their own."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import fake_kit
from support import tool

import pack

CHROOT = ([] if os.geteuid() == 0 else [shutil.which("unshare"), "--user", "--map-root-user"]) + ["/usr/sbin/chroot"]
LOADER = ["/glibc/ld-linux-x86-64.so.2", "--library-path", "/glibc:/lib"]


class Pack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.bare = Path(cls.folder.name) / "kit"
        done = tool("verify-gpu", "--pack", cls.bare)
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        print(done.stdout.strip().split("\n")[-1], flush=True)
        for place in "tmp", "dev":
            (cls.bare / place).mkdir()
        (cls.bare / "dev/null").touch()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def inside(self, program, *words, **environment):
        return subprocess.run([shutil.which("env"), "-i", *(f"{k}={v}" for k, v in environment.items()), *CHROOT, str(self.bare),
                               *LOADER, f"/bin/{program}", *words], capture_output=True, text=True)

    def expect_done(self, *command):
        done = self.inside(*command)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
        return done.stdout

    def test_is_small(self):
        self.assertLess(pack.size_of(self.bare), pack.MOST_BYTES)

    def test_programs_run_where_nothing_is_installed(self):
        self.assertIn("network", self.expect_done("dosi", "info", "/city.h5"))
        self.expect_done("dosi", "access", "--city", "/city.h5", "--out", "/tmp/hospital.h5", "--origins", "dong", "--destinations",
                         "hospitals", "--groups", "residents", "--device", "cpu")
        self.assertIn("whole", self.expect_done("dosi", "check", "/tmp/hospital.h5"))
        said = self.expect_done("dosi-tests", "--gtest_filter=*_cpu.*")
        self.assertRegex(said, r"\[  PASSED  \] [1-9]\d* tests")
        self.assertNotIn("SKIPPED", said)

    def test_a_verification_finds_no_gpu_and_writes_nothing(self):
        done = self.inside("python3", "-S", "-B", "/tools/verify-gpu", "--kit", "/", PYTHONHOME="/")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("there is no CUDA device here", done.stderr)
        self.assertFalse((self.bare / "verified").exists())

    def test_the_carried_interpreter_has_all_that_a_verification_imports(self):
        fake = fake_kit.make(self.bare / "tmp/fake")
        done = subprocess.run([str(self.bare / "verify-gpu"), "--kit", str(fake), "--out", str(fake / "verified")], cwd="/", env={},
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(len(list((fake / "verified").glob("*.json"))), 1)


if __name__ == "__main__":
    try:
        pack.device_code.find_nvcc()
    except pack.device_code.NoCompiler as error:
        print(f"skipped: {error}")
        sys.exit(77)
    unittest.main()
