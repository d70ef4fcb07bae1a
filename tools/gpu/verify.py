"""Verifies that a kit's device code works on the GPU of this machine, and writes the record of it.

Required: every GPU test runs on the GPU and passes; the plan's results on GPU and CPU say the same; no sanitizer finds
an error; every benchmark's answers agree with its baselines'. Each step has a limit of its own, all together one of
less than eight minutes."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from datetime import datetime, timezone
from pathlib import Path

import gtest_report
from kit import Refused

GPU_TESTS = "*_cuda.*:*_cuda/*"
WHOLE = 470  # seconds; the benchmarks have what the others leave
LIMITS = {"tests": 120, "plan": 40, "memcheck": 50, "racecheck": 50, "initcheck": 40}
QUICK_SECONDS = 1.0  # of tests a sanitizer runs for each job: it makes them some hundred times slower
SANITIZER_FINDS = 86
SANITIZER_PLACES = ("/usr/local/cuda/bin", "/usr/local/cuda/compute-sanitizer", "/opt/cuda/bin")


def last_lines(text, count=15):
    return "\n".join("    " + line for line in text.rstrip().split("\n")[-count:])


class Verification:
    def __init__(self, kit, folder):
        self.kit, self.folder = kit, folder
        self.failures = []
        self.jobs = {job: {"hash": digest, "tests": {"run": 0, "failed": 0}, "deviation": None, "sanitizers": {},
                           "sanitized_tests": 0, "benchmarks": []} for job, digest in kit.manifest["hashes"].items()}
        self.tests = []
        self.deadline = time.monotonic() + WHOLE

    def fail(self, what):
        self.failures.append(what)
        print(f"  FAILED: {what}", flush=True)

    def limit(self, step):
        return min(LIMITS.get(step, WHOLE), self.deadline - time.monotonic())

    def call(self, step, words, limit=WHOLE, **environment):
        """(exit code or None where the time was up, what it printed)."""
        left = max(1.0, min(limit, self.limit(step)))
        printed = self.folder / "printed"
        with printed.open("wb") as out:
            running = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                       cwd=self.folder, env={**self.kit.environment, **environment},
                                       start_new_session=True)
            try:
                code = running.wait(left)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                if running.poll() is None:  # with all that it started
                    os.killpg(running.pid, signal.SIGKILL)
                    running.wait()
        return code, printed.read_text(errors="replace")

    # Device

    def device(self):
        code, text = self.call("device", self.kit.command("dosi", "devices", "--json"), limit=60)
        try:
            found = json.loads(text)
        except ValueError as error:
            raise Refused(f"dosi devices ends with {code} and prints:\n{last_lines(text)}") from error
        if not found["cuda"]:
            raise Refused(f"there is no CUDA device here: {found.get('why_no_cuda', 'no reason given')}")
        found["driver"] = driver_version()
        return found

    # Tests

    def run_tests(self):
        _, listing = self.call("tests", self.kit.command("dosi-tests", "--gtest_list_tests"), limit=60)
        for suite in gtest_report.suites_without_cuda(listing):
            self.fail(f"{suite} has no twin for the GPU")
        report = self.folder / "tests.json"
        code, text = self.call("tests", self.kit.command("dosi-tests", f"--gtest_filter={GPU_TESTS}",
                                                         f"--gtest_output=json:{report}"), DOSI_REQUIRE_CUDA="1")
        if not report.exists():
            ended = f"were stopped after {LIMITS['tests']} s" if code is None else f"end with {code}, without a report"
            return self.fail(f"the GPU tests {ended}:\n{last_lines(text)}")
        self.tests = gtest_report.read(report)
        if not self.tests:
            return self.fail("dosi-tests has no GPU test")
        failed = 0
        for t in self.tests:
            counts = self.jobs.get(t.job, {}).get("tests", {"run": 0, "failed": 0})
            counts["run"] += 1
            if t.skipped or t.failures:
                counts["failed"] += 1
                failed += 1
                self.fail(f"{t.name}: {'was skipped' if t.skipped else t.failures[0]}")
            self.note_deviation(t.properties.get("job"), t.properties.get("deviation"))
        if code != 0 and failed == 0:
            self.fail(f"dosi-tests ends with {code}:\n{last_lines(text)}")
        for job, about in self.jobs.items():
            if about["tests"]["run"] == 0:
                self.fail(f"{job} has no GPU test")
        print(f"  {len(self.tests)} GPU tests, {failed} failed")

    def note_deviation(self, job, deviation):
        if job in self.jobs and deviation is not None:
            known = self.jobs[job]["deviation"]
            self.jobs[job]["deviation"] = max(float(deviation), known or 0.0)

    # The program itself

    def run_plan(self):
        said = {}
        for device in "cpu", "cuda:0":
            place = self.folder / device.replace(":", "")
            place.mkdir()
            shutil.copy(self.kit.folder / "plan.toml", place)
            (place / "city.h5").symlink_to(self.kit.folder / "city.h5")
            code, text = self.call("plan", self.kit.command("dosi", "run", place / "plan.toml", "--device", device))
            if code != 0:
                return self.fail(f"dosi run plan.toml --device {device} ends with {code}:\n{last_lines(text)}")
            for result in sorted((place / "results").glob("*.h5")):
                code, text = self.call("plan", self.kit.command("dosi", "check", result))
                if code != 0:
                    self.fail(f"dosi check {result.name} of {device} ends with {code}:\n{last_lines(text)}")
                    continue
                about = json.loads(self.call("plan", self.kit.command("dosi", "info", "--json", result))[1])
                if about["provenance"].get("device") != device:
                    self.fail(f"{result.name} was asked of {device} and made on {about['provenance'].get('device')}")
                said.setdefault(result.name, {})[device] = (about["job"], about["tables"], about["summary"])
        for name, answers in said.items():
            if len(answers) != 2 or answers["cpu"] != answers["cuda:0"]:
                self.fail(f"{name}: CPU and GPU sum it up differently")
        ran = {answer[0] for answers in said.values() for answer in answers.values()}
        code, text = self.call("plan", self.kit.command("dosi", "describe", "--json"))
        offered = {j["name"] for j in json.loads(text)["jobs"]} if code == 0 else set()
        for job in sorted(offered & set(self.jobs)):
            if job not in ran:
                self.fail(f"{job} is not in the plan")
            if self.jobs[job]["deviation"] is None:
                self.fail(f"{job}: no GPU test recorded how far the backends' answers are apart")
        print(f"  {len(said)} results")

    # Sanitizers

    def quick_tests(self, job):
        """The quickest tests of a job, as many as QUICK_SECONDS hold, one at least."""
        chosen, seconds = [], 0.0
        for t in sorted((t for t in self.tests if t.job == job), key=lambda t: t.seconds):
            if chosen and seconds + t.seconds > QUICK_SECONDS:
                break
            chosen.append(t.name)
            seconds += t.seconds
        return chosen

    def sanitize(self, tool, sanitizer):
        until = time.monotonic() + self.limit(tool)
        for left, (job, about) in zip(range(len(self.jobs), 0, -1), self.jobs.items()):
            quick = self.quick_tests(job)
            about["sanitized_tests"] = len(quick)
            verdict = "not run"
            if sanitizer and quick:
                report = self.folder / f"{tool}-{job}.json"
                # Tests that ask for the impossible see CUDA refuse it; that is no error of theirs.
                words = [sanitizer, "--tool", tool, "--target-processes", "all", "--report-api-errors", "no",
                         "--error-exitcode", str(SANITIZER_FINDS),
                         *self.kit.command("dosi-tests", f"--gtest_filter={':'.join(quick)}",
                                           f"--gtest_output=json:{report}")]
                code, text = self.call(tool, words, limit=(until - time.monotonic()) / left, DOSI_REQUIRE_CUDA="1")
                verdict = self.verdict(tool, job, code, text, report)
            about["sanitizers"][tool] = verdict
            print(f"  {job}: {verdict} ({len(quick)} tests)", flush=True)

    def verdict(self, tool, job, code, text, report):
        if code is None:
            return "not finished"
        if code == SANITIZER_FINDS or re.search(r"ERROR SUMMARY: [1-9]|RACECHECK SUMMARY: [1-9]", text):
            self.fail(f"{tool} of {job}:\n{last_lines(text, 40)}")
            return "errors"
        if not re.search(r"(ERROR|RACECHECK) SUMMARY: 0 ", text):
            return "not run"  # e.g. a machine that does not let it in
        if code != 0 or not report.exists() or any(t.failures or t.skipped for t in gtest_report.read(report)):
            self.fail(f"{tool} of {job}: the tests fail under it, exit code {code}:\n{last_lines(text)}")
            return "errors"
        return "clean"

    # Benchmarks

    def benchmark(self):
        code, text = self.call("benchmarks", self.kit.command("dosi-bench", "--list"), limit=30)
        names = text.split()
        if code != 0 or not all(re.fullmatch(r"[\w-]+", n) for n in names):
            return self.fail("dosi-bench --list must print one benchmark a line; it ends with "
                             f"{code} and prints:\n{last_lines(text)}")
        for job, about in self.jobs.items():
            if job not in names:
                self.fail(f"{job} has no benchmark")
                continue
            report = self.folder / f"bench-{job}.json"
            words = self.kit.command("dosi-bench", job, "--device", "cuda:0", "--quick", "--json", report)
            code, text = self.call("benchmarks", words)
            if code != 0 or not report.exists():
                ended = "is stopped, its time is up" if code is None else f"ends with {code}"
                self.fail(f"dosi-bench {job} {ended}:\n{last_lines(text)}")
                continue
            about["benchmarks"] = json.loads(report.read_text())["rows"]
            if not about["benchmarks"]:
                self.fail(f"dosi-bench {job} measured nothing")
            for row in about["benchmarks"]:
                if row.get("checked") is not True:
                    self.fail(f"dosi-bench {job}: {row.get('job')}: its answer was not checked, or not right")
                if not str(row.get("device", "")).startswith("cuda"):
                    self.fail(f"dosi-bench {job}: {row.get('job')}: was measured on {row.get('device')}")
                self.note_deviation(job, row.get("deviation"))
            print(f"  {job}: {len(about['benchmarks'])} rows")

    def step(self, name, work):
        print(f"{name} (at most {self.limit(name):.0f} s)", flush=True)
        begin = time.monotonic()
        try:
            work()
        except (OSError, ValueError, KeyError, TypeError) as error:
            self.fail(f"{name}: {type(error).__name__}: {error}")
        print(f"  took {time.monotonic() - begin:.0f} s", flush=True)


def driver_version():
    """The kernel driver's, as NVIDIA writes it; `unknown` where the machine hides it."""
    try:
        found = re.search(r"Kernel Module\D*(\d+(?:\.\d+)+)", Path("/proc/driver/nvidia/version").read_text())
        if found:
            return found.group(1)
    except OSError:
        pass
    try:
        asked = subprocess.run(["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],
                               capture_output=True, text=True, timeout=20)
        if asked.returncode == 0:
            return asked.stdout.split("\n")[0].strip()
    except (OSError, subprocess.TimeoutExpired):
        pass
    return "unknown"


def find_sanitizer(kit):
    carried = kit.folder / "sanitizer/compute-sanitizer"
    if carried.exists():
        return str(carried)
    return shutil.which("compute-sanitizer") or shutil.which("compute-sanitizer", path=":".join(SANITIZER_PLACES))


def write_json(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.write_text(json.dumps(content, indent=1) + "\n")
    partial.replace(path)


def verify(kit, out):
    """The record's path. Refused where there is no device; then nothing is written. None where something failed."""
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dosi-verify-") as folder:
        run = Verification(kit, Path(folder))
        found = run.device()
        gpu = found["cuda"][0]
        started = "on their own" if not kit.loader else "with the carried C library"
        print(f"{gpu['name']}, driver {found['driver']}, commit {kit.manifest['commit']}; programs start {started}",
              flush=True)
        sanitizer = find_sanitizer(kit)
        run.step("tests", run.run_tests)
        run.step("plan", run.run_plan)
        for tool in "memcheck", "racecheck", "initcheck":
            run.step(tool, lambda: run.sanitize(tool, sanitizer))
        run.step("benchmarks", run.benchmark)
    record = {"device": gpu["name"], "compute_capability": gpu["compute_capability"], "driver": found["driver"],
              "cuda_driver": found["cuda_driver"], "cuda_runtime": found["cuda_runtime"],
              **{k: kit.manifest[k] for k in ("commit", "dirty", "nvcc")},
              "date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"), "host": found["cpu"],
              "seconds": round(time.monotonic() - begin), "jobs": run.jobs}
    slug = re.sub(r"[^a-z0-9]+", "-", gpu["name"].lower()).strip("-")
    if run.failures:
        path = out / f"{slug}.failed.json"
        write_json(path, {**record, "failures": run.failures})
        print(f"\nNOT verified; {len(run.failures)} failed, kept in {path}:")
        for failure in run.failures:
            print(f"  {failure}")
        return None
    path = out / f"{slug}.json"
    write_json(path, record)
    (out / f"{slug}.failed.json").unlink(missing_ok=True)
    print(f"\nverified in {record['seconds']} s: {path}")
    return path
