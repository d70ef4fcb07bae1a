"""dosi beside programs that people use today: the same question of the same data, in one run on one machine.

A peer is charged for its computation alone; dosi for the whole command: its start, reading the city, the answer, writing
the result. Answers are compared before times are told. The rows have the form of dosi-bench's."""
import datetime
import json
import os
import pathlib
import statistics
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
THREADS = len(os.sched_getaffinity(0))


class Dosi:
    def __init__(self, program, folder):
        self.program, self.folder = str(program), pathlib.Path(folder)

    def __call__(self, *words):
        done = subprocess.run([self.program, *map(str, words)], cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"dosi {' '.join(map(str, words))}: {done.stderr.strip()}")

    def open(self, name):
        import h5py  # of the peers' own packages
        return h5py.File(self.folder / name)


def seconds(work, least=5, most=7):
    """The mean of several runs and its relative standard deviation; the first is not counted where there are more."""
    times = []
    while len(times) < most and (len(times) < 4 or sum(times) < least):
        before = time.perf_counter()
        work()
        times.append(time.perf_counter() - before)
        if times[0] > 60:
            return times[0], 0.0
    times = times[1:]
    return statistics.mean(times), statistics.stdev(times) / statistics.mean(times) / len(times) ** 0.5


def agree(what, ours, theirs, within):
    """The largest relative difference; ends the run where it is larger than what both allow."""
    scale = max(abs(theirs).max(), 1e-300)
    apart = float(abs(ours - theirs).max() / scale)
    if not apart <= within:
        raise SystemExit(f"{what}: the answers differ by {apart:.3g}, more than {within:.3g}")
    return apart


def same(what, ours, theirs):
    """Ends the run where two lists of whole numbers or truths differ."""
    ours, theirs = [int(v) for v in ours], [int(v) for v in theirs]
    if ours != theirs:
        raise SystemExit(f"{what}: dosi says {ours[:8]}, the peer {theirs[:8]}")


def row(job, size, unit, work, ours, peers, deviation):
    """ours: seconds() of dosi; peers: {name: (seconds, work)}."""
    rate = work / ours[0]
    return {"job": job, "size": size, "device": "cpu", "threads": THREADS, "rate": rate, "unit": unit, "spread": ours[1],
            "bytes_per_s": 0, "operations_per_s": 0, "roofline_share": 0, "checked": True, "deviation": deviation,
            "baselines": [{"name": name, "rate": done / took, "ratio": rate * took / done} for name, (took, done) in peers.items()]}


def save(path, rows, command, versions):
    processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    git = subprocess.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True).stdout.strip()
    value = {"rows": rows, "command": command, "git": git, "compiler": ", ".join(versions), "flags": "dosi: its preset's",
             "host": {"processor": processor, "processors": THREADS, "gpus": []},
             "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")}
    pathlib.Path(path).write_text(json.dumps(value, indent=1) + "\n")
