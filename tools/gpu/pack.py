"""Makes a kit (see kit.py): of this machine's build, or with all that it needs on a machine that has nothing."""

import json
import os
import shutil
import subprocess
import tempfile
import zipfile
from pathlib import Path

import device_code
from kit import PROGRAMS, Refused

MOST_BYTES = 60_000_000
INTERPRETER = Path("/usr/bin/python3")
# The C library's parts name one another's insides: they are carried together or not at all.
C_LIBRARY = ("ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1",
             "libresolv.so.2", "libutil.so.1", "libmvec.so.1")
OF_THE_DRIVER = ("libcuda.so.1", "libnvidia-ml.so.1")
# HDF5 can read from the network, by libraries that are larger than itself. Nothing of a kit does: none stands in for them.
OF_THE_NETWORK = "libcurl.so.4"
LAUNCHER = """#!/bin/sh
# Verifies the device code of this folder's programs on the GPU of this machine; needs nothing but the GPU's driver.
#   ./verify-gpu [--out FOLDER]     the record goes to FOLDER, verified/ otherwise
here=$(cd "$(dirname "$0")" && pwd)
PYTHONHOME=$here exec "$here/glibc/ld-linux-x86-64.so.2" --library-path "$here/glibc:$here/lib" \\
  "$here/bin/python3" -S -B "$here/tools/verify-gpu" --kit "$here" "$@"
"""


def said(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, text=True, **options).stdout


def build(root):
    done = subprocess.run([root / "tools/build", "verify", *PROGRAMS])
    if done.returncode != 0:
        raise Refused("the programs cannot be built here (above); make a folder with tools/verify-gpu --pack on a "
                      "machine where they can, and run the verify-gpu in it")
    return root / "build/verify"


def manifest(root):
    hashes, nvcc = device_code.hashes(root)
    return {"commit": said("git", "-C", root, "rev-parse", "--short=12", "HEAD").strip(),
            "dirty": bool(said("git", "-C", root, "status", "--porcelain")), "nvcc": nvcc, "hashes": hashes}


def prepare(root, folder):
    """A kit that runs on this machine."""
    built = build(root)
    (folder / "bin").mkdir(parents=True)
    for program in PROGRAMS:
        (folder / "bin" / program).symlink_to(built / program)
    (folder / "manifest.json").write_text(json.dumps(manifest(root), indent=1) + "\n")
    shutil.copy(root / "tools/demo.toml", folder / "plan.toml")
    said(built / "dosi", "make-city", "--people", "20000", "--seed", "1", "--out", folder / "city.h5")


def libraries(binaries, **environment):
    """{soname: path} of all that these binaries load."""
    found = {}
    for line in said("ldd", *binaries, env={**os.environ, **environment}).split("\n"):
        words = line.split()
        if "not found" in line:
            raise Refused(f"a library is missing here: {line.strip()}")
        if len(words) >= 3 and words[1] == "=>" and words[0] not in OF_THE_DRIVER:
            found[words[0]] = Path(words[2])
    return found


def stand_in(folder, user):
    """Makes a library of the network's name with the functions that `user` calls; they end the program."""
    calls = [w.split("@")[0] for w in said("nm", "-D", "--undefined-only", user).split() if w.startswith("curl_")]
    (folder / "calls.c").write_text("void abort(void);\n" + "".join(f"void {c}(void) {{ abort(); }}\n" for c in calls))
    (folder / "versions").write_text("CURL_OPENSSL_4 { *; };\n")
    said("cc", "-shared", "-fPIC", f"-Wl,-soname,{OF_THE_NETWORK},--version-script={folder / 'versions'}",
         "-o", folder / OF_THE_NETWORK, folder / "calls.c")


def carry_libraries(folder, binaries):
    for part in "lib", "glibc":
        (folder / part).mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        hdf5 = next(path for name, path in libraries(binaries).items() if name.startswith("libhdf5_serial.so"))
        stand_in(Path(place), hdf5)
        found = libraries(binaries, LD_LIBRARY_PATH=place)
        for name, path in found.items():
            if name not in C_LIBRARY:
                said("strip", "--strip-unneeded", "-o", folder / "lib" / name, path.resolve())
    system = found["libc.so.6"].parent
    for name in C_LIBRARY:
        if (system / name).exists():
            shutil.copy((system / name).resolve(), folder / "glibc" / name)


def carry_python(folder, modules):
    """The interpreter, and of its library what the modules of that folder import."""
    home = Path(said(INTERPRETER, "-c", "import os; print(os.path.dirname(os.__file__))").strip())
    names = ", ".join(sorted(m.stem for m in modules.glob("*.py")))
    listing = said(INTERPRETER, "-S", "-B", "-c", f"""
import argparse, sys
sys.path.insert(0, {str(modules)!r})
import {names}
print("\\n".join(m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)))""")
    files = {Path(f) for f in listing.split("\n") if f} | set((home / "encodings").glob("*.py"))
    dynamic = folder / "lib" / home.name / "lib-dynload"
    dynamic.mkdir(parents=True)
    with zipfile.ZipFile(folder / "lib" / f"{home.name.replace('.', '')}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(f for f in files if home in f.parents):
            if file.suffix == ".py":
                archive.write(file, file.relative_to(home))
            else:
                shutil.copy(file, dynamic)
    shutil.copy(INTERPRETER.resolve(), folder / "bin/python3")
    return [folder / "bin/python3", *dynamic.glob("*.so")]


def carry_sanitizer(folder):
    """compute-sanitizer, where this machine's toolkit has it; else the other machine's is used."""
    toolkit = Path(device_code.find_nvcc()).resolve().parent.parent
    if (toolkit / "compute-sanitizer/compute-sanitizer").exists():
        shutil.copytree(toolkit / "compute-sanitizer", folder / "sanitizer",
                        ignore=shutil.ignore_patterns("docs", "include"))
    else:
        print("compute-sanitizer is not on this machine: the other machine's is used, if it has one")


def size_of(folder):
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())


def pack(root, folder):
    if folder.exists() and not (folder / "manifest.json").exists():
        raise Refused(f"{folder}: is there and is no folder of tools/verify-gpu --pack; name another")
    partial = folder.with_name(f"{folder.name}.{os.getpid()}.partial")
    try:
        prepare(root, partial)
        built = [(partial / "bin" / program).resolve() for program in PROGRAMS]
        for path in built:
            (partial / "bin" / path.name).unlink()
            said("strip", "-o", partial / "bin" / path.name, path)
        interpreter = carry_python(partial, root / "tools/gpu")
        carry_libraries(partial, [*built, *interpreter])
        carry_sanitizer(partial)
        shutil.copytree(root / "tools/gpu", partial / "tools/gpu", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(root / "tools/verify-gpu", partial / "tools")
        (partial / "verify-gpu").write_text(LAUNCHER)
        (partial / "verify-gpu").chmod(0o755)
        size = size_of(partial)
        if size > MOST_BYTES:
            raise Refused(f"the folder would have {size / 1e6:.0f} MB, more than {MOST_BYTES / 1e6:.0f}")
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    print(f"{folder}: {size / 1e6:.1f} MB; take it to a machine with an NVIDIA GPU and run verify-gpu in it")
