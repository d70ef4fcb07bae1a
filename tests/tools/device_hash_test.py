"""A job's hash is that of its device code: another checkout, comments and lines leave it, a changed kernel does not."""

import shutil
import sys
import tempfile
import unittest
from pathlib import Path

from support import ROOT, tool

import device_code

# The smallest job: one kernel with a constant, a helper that is not inlined, shared memory and internal linkage.
SOURCE = """
#include "kernels/core/backend.hpp"
namespace dosi::DOSI_BACKEND {
namespace {
__device__ int table[3] = {1, 2, 3};
__device__ __noinline__ int at(int i) { return table[i % 3]; }
struct Adder { int by; DOSI_HD int operator()(int x) const { return x + by; } };
template <class F> __global__ void kernel(int* out, F f) {
  __shared__ int shared[64];
  shared[threadIdx.x] = f(out[threadIdx.x]);
  __syncthreads();
  out[threadIdx.x] = shared[63 - threadIdx.x] * at(threadIdx.x) * 17;
}
}  // namespace
void run(int* out) { kernel<<<1, 64>>>(out, Adder{5}); }
}  // namespace
"""


def checkout(folder, change=lambda text: text):
    """A tree of one job, with the real tools and flags."""
    for name in "tools", "cmake", "kernels/core":
        shutil.copytree(ROOT / name, folder / name)
    (folder / "kernels/tiny").mkdir()
    (folder / "kernels/tiny/tiny.cu").write_text(change(SOURCE))
    return folder


def hash_of(folder):
    done = tool("device-hash", root=folder)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return dict(line.split() for line in done.stdout.split("\n") if line)["tiny"]


class DeviceHash(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.place = Path(self.folder.name)
        self.first = hash_of(checkout(self.place / "a"))

    def test_is_the_same_in_another_checkout_and_with_other_comments(self):
        self.assertEqual(hash_of(checkout(self.place / "somewhere" / "far away")), self.first)
        self.assertEqual(hash_of(checkout(self.place / "c", lambda s: "// a comment\n\n\n" + s + "/* and one more */\n")), self.first)
        self.assertEqual(hash_of(checkout(self.place / "d", lambda s: s.replace("Adder", "Renamed"))), self.first)

    def test_tells_every_change_of_what_a_gpu_does(self):
        changes = [("a constant", "* 17", "* 18"), ("data", "{1, 2, 3}", "{1, 2, 4}"), ("a called function", "i % 3", "i % 2"),
                   ("shared memory", "shared[64]", "shared[128]")]
        seen = {self.first}
        for i, (what, old, new) in enumerate(changes):
            changed = hash_of(checkout(self.place / str(i), lambda s: s.replace(old, new)))
            self.assertNotIn(changed, seen, what)
            seen.add(changed)

    def test_a_changed_file_or_flag_is_not_taken_from_the_cache(self):
        tree = self.place / "a"
        self.assertTrue((tree / "build/device-hash/tiny.json").exists())
        source = tree / "kernels/tiny/tiny.cu"
        source.write_text(SOURCE.replace("* 17", "* 18"))
        changed = hash_of(tree)
        self.assertNotEqual(changed, self.first)
        source.write_text(SOURCE)
        self.assertEqual(hash_of(tree), self.first)
        with (tree / "cmake/device_flags.txt").open("a") as flags:
            flags.write("-maxrregcount=16\n-DNOTHING\n")
        options = device_code.flags(tree)
        self.assertIn("-DNOTHING", options)
        hash_of(tree)
        self.assertIn("-DNOTHING", (tree / "build/device-hash/tiny.json").read_text())

    def test_an_error_of_the_compiler_is_shown(self):
        tree = checkout(self.place / "broken", lambda s: s + "this is no C++\n")
        done = tool("device-hash", root=tree)
        self.assertEqual(done.returncode, 1)
        self.assertIn("tiny.cu", done.stderr)


if __name__ == "__main__":
    try:
        device_code.find_nvcc()
    except device_code.NoCompiler as error:
        print(f"skipped: {error}")
        sys.exit(77)
    unittest.main()
