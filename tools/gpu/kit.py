"""What is verified: the programs of a preset, or those that `tools/verify-gpu --pack` carried to another machine.

A kit is a folder: bin/ with the programs, manifest.json with what they were built from, city.h5, plan.toml; and,
where it was packed, lib/ with every library but the C library, and glibc/ with that and its loader, for a machine
whose own is too old or missing."""

import json
import os
import subprocess
from pathlib import Path

PROGRAMS = ("dosi", "dosi-bench", "dosi-tests")
# Where containers and WSL have the driver's libraries, often unknown to the machine's own loader; and where it looks itself.
MOUNTED_DRIVER_FOLDERS = ("/usr/local/nvidia/lib64", "/usr/lib/wsl/lib")
DRIVER_FOLDERS = (*MOUNTED_DRIVER_FOLDERS, "/usr/lib/x86_64-linux-gnu", "/usr/lib64")


class Refused(Exception):
    """Nothing can be verified here, and why."""


class Kit:
    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        try:
            self.manifest = json.loads((self.folder / "manifest.json").read_text())
        except (OSError, ValueError) as error:
            raise Refused(f"{self.folder}: is not a folder that tools/verify-gpu --pack made ({error})") from error
        self.loader = []
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        mounted = [f for f in MOUNTED_DRIVER_FOLDERS if (Path(f) / "libcuda.so.1").exists()]
        if mounted:
            known = [f for f in self.environment.get("LD_LIBRARY_PATH", "").split(":") if f]
            self.environment["LD_LIBRARY_PATH"] = ":".join([*known, *(f for f in mounted if f not in known)])
        self.loader = self.choose_loader()

    def command(self, program, *words):
        return [*self.loader, str(self.folder / "bin" / program), *map(str, words)]

    def choose_loader(self):
        """Nothing where the programs start on their own, else the carried loader."""
        carried = self.folder / "glibc/ld-linux-x86-64.so.2"
        said = []
        for loader in [], [str(carried), "--library-path", self.library_path()]:
            if loader and not carried.exists():
                break
            try:
                probe = subprocess.run([*loader, str(self.folder / "bin/dosi"), "--version"], capture_output=True,
                                       text=True, timeout=30, env=self.environment)
                if probe.returncode == 0:
                    return loader
                said.append(probe.stderr.strip() or f"ends with {probe.returncode}")
            except OSError as error:
                said.append(str(error))
        raise Refused("the programs do not start here: " + "; ".join(said))

    def library_path(self):
        """The carried libraries first; what is not carried, the driver, from where this machine has it."""
        of_system = os.environ.get("LD_LIBRARY_PATH", "").split(":")
        folders = [str(self.folder / "glibc"), str(self.folder / "lib"), *of_system, *DRIVER_FOLDERS]
        return ":".join(f for f in folders if f and Path(f).is_dir())
