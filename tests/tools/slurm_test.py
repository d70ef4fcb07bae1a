"""tools/slurm/dosi.sbatch with a Slurm that only notes what it is asked: a clean stop is queued again, nothing else is."""
import os
import pathlib
import stat
import subprocess
import tempfile

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "slurm" / "dosi.sbatch"


def submit(code, words=("run", "plan.toml"), **more):
    """The script's exit code, and what it asked of srun and scontrol, where srun ends with `code`."""
    with tempfile.TemporaryDirectory() as folder:
        noted = pathlib.Path(folder) / "noted"
        for name, end in (("srun", code), ("scontrol", 0)):
            fake = pathlib.Path(folder) / name
            fake.write_text(f'#!/bin/sh\necho "{name} $*" >> "{noted}"\nexit {end}\n')
            fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "SLURM_JOB_ID": "4711", **more}
        done = subprocess.run([str(SCRIPT), *words], env=environment, capture_output=True, text=True)
        return done.returncode, noted.read_text().splitlines() if noted.exists() else []


assert submit(0) == (0, ["srun --cpus-per-task=1 dosi run plan.toml"])
assert submit(75) == (75, ["srun --cpus-per-task=1 dosi run plan.toml", "scontrol requeue 4711"])
assert submit(65) == (65, ["srun --cpus-per-task=1 dosi run plan.toml"])
assert submit(0, SLURM_CPUS_PER_TASK="8", DOSI="/opt/dosi", DOSI_MPI="pmix") == (0, ["srun --cpus-per-task=8 --mpi=pmix /opt/dosi run plan.toml"])
assert submit(0, words=()) == (2, [])
