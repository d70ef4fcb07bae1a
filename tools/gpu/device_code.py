"""The device code of each job as one hash: what nvcc makes of it for sm_90 (see cubin.py), in any checkout.

A job is a folder in kernels/ with .cu files; where a folder has headers alone, bench/<job>/*.cu instantiates them.
A hash is kept in build/device-hash with the digest of every file that went into it, and made anew when one of them,
the flags or the compiler changes."""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cubin import kernels

FLAGS = ["-std=c++20", "-O3", "-DNDEBUG"]  # as CMake's Release; the others are in cmake/device_flags.txt


class NoCompiler(Exception):
    pass


def jobs(root):
    """{job: its .cu files}, by name."""
    found = {}
    for folder in sorted(p for p in (root / "kernels").iterdir() if p.is_dir()):
        sources = sorted(folder.rglob("*.cu")) or sorted((root / "bench" / folder.name).glob("*.cu"))
        if sources:
            found[folder.name] = sources
    return found


def find_nvcc():
    toolkit = os.environ.get("CUDA_HOME", "/usr/local/cuda")
    nvcc = shutil.which("nvcc") or shutil.which("nvcc", path=f"{toolkit}/bin")
    if nvcc is None:
        raise NoCompiler("device code is hashed from what nvcc makes of it, and there is no nvcc on the PATH or in "
                         f"{toolkit}/bin")
    return nvcc


def compiler(nvcc):
    """The line of nvcc --version that tells one release from another."""
    return subprocess.run([nvcc, "--version"], check=True, capture_output=True, text=True).stdout.split("\n")[-2]


def flags(root):
    lines = (root / "cmake/device_flags.txt").read_text().split("\n")
    return FLAGS + [line for line in lines if line.startswith("-")]


def digest_of(path):
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except OSError:
        return None


def compile_one(nvcc, root, source, options):
    """The cubin's digests, and the files that were read."""
    with tempfile.TemporaryDirectory() as folder:
        stub, cubin, read = (Path(folder) / n for n in ("device.cu", "device.cubin", "device.d"))
        stub.write_text(f'#define DOSI_BACKEND cuda\n#include "{source.relative_to(root)}"\n')
        command = [nvcc, "-cubin", "-arch=sm_90", *options, f"-I{root}", "-MD", "-MF", read, "-o", cubin, stub]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode != 0:
            raise RuntimeError(f"{source}: nvcc ends with {made.returncode}:\n{made.stderr}")
        words = read.read_text().replace("\\\n", " ").split(":", 1)[1].split()
        return kernels(cubin.read_bytes()), [w for w in words if w != str(stub)]


def cached(path, made_with):
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    fresh = known["made_with"] == made_with and all(digest_of(f) == d for f, d in known["files"].items())
    return known["hash"] if fresh else None


def job_hash(root, sources, nvcc, version, cache):
    options = flags(root)
    made_with = [version, options, [str(s.relative_to(root)) for s in sources],
                 digest_of(Path(__file__).parent / "cubin.py")]
    found = cached(cache, made_with)
    if found:
        return found
    digests, files = [], {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        compiled = list(pool.map(lambda source: compile_one(nvcc, root, source, options), sources))
    for of_source, read in compiled:
        digests += of_source
        files.update((f, digest_of(f)) for f in read)
    if not digests:
        raise RuntimeError(f"{sources[0]}: there is no device code in it")
    found = hashlib.sha256("\n".join(sorted(digests)).encode()).hexdigest()
    cache.parent.mkdir(parents=True, exist_ok=True)
    partial = cache.with_suffix(f".{os.getpid()}.partial")
    partial.write_text(json.dumps({"hash": found, "made_with": made_with, "files": files}))
    partial.replace(cache)
    return found


def hashes(root):
    """({job: hash}, the compiler's version). Throws NoCompiler."""
    nvcc = find_nvcc()
    version = compiler(nvcc)
    folder = root / "build/device-hash"
    return {job: job_hash(root, sources, nvcc, version, folder / f"{job}.json")
            for job, sources in jobs(root).items()}, version
