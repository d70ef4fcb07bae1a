"""A kit whose programs only talk: they say what dosi, dosi-bench, dosi-tests and compute-sanitizer would say on a
machine with a GPU called `A device of the tests`, or go wrong in the ways that the environment's WRONG names, with commas
between them. It exercises the flow of a verification; nothing it writes can be taken for one."""

import json
import os
import sys
import time
from pathlib import Path

DEVICE = "A device of the tests"
HASHES = {"access": "a" * 64, "par": "b" * 64}


def make(folder, sanitizer=True):
    (folder / "bin").mkdir(parents=True)
    for program in "dosi", "dosi-bench", "dosi-tests":
        write_program(folder / "bin" / program)
    if sanitizer:
        (folder / "sanitizer").mkdir()
        write_program(folder / "sanitizer/compute-sanitizer")
    (folder / "manifest.json").write_text(json.dumps({"commit": "0123456789ab", "dirty": False, "nvcc": "none", "hashes": HASHES}))
    (folder / "plan.toml").write_text("")
    (folder / "city.h5").write_text("")
    return folder


def write_program(path):
    path.write_text(f"#!{sys.executable} -ES\nimport sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
                    f"import fake_kit\nsys.exit(fake_kit.speak({path.name!r}, sys.argv[1:], {os.environ.get('WRONG', '').split(',')!r}))\n")
    path.chmod(0o755)


def option(words, name, otherwise=None):
    return next((w.split("=", 1)[1] for w in words if w.startswith(name + "=")),
                words[words.index(name) + 1] if name in words else otherwise)


def dosi(words, wrong):
    if words[0] == "--version":
        print("dosi 0 (fake)")
    elif words[0] == "devices":
        gpus = [] if "no device" in wrong else [{"device": "cuda:0", "name": DEVICE, "memory": 1, "compute_capability": "0.0"}]
        print(json.dumps({"cpu": "a processor", "cuda": gpus, "cuda_driver": "13.0", "cuda_runtime": "13.0",
                          "why_no_cuda": "no CUDA-capable device is detected"}))
    elif words[0] == "run":
        results = Path(words[1]).parent / "results"
        results.mkdir()
        device = "cpu" if "result of the cpu" in wrong else option(words, "--device")
        (results / "hospital.h5").write_text(device)
    elif words[0] == "check":
        return 65 if "damaged result" in wrong else 0
    elif words[0] == "info":
        device = Path(words[-1]).read_text()
        value = 2 if "other answer" in wrong and device != "cpu" else 1
        print(json.dumps({"job": "access", "tables": [], "summary": [value], "provenance": {"device": device}}))
    elif words[0] == "describe":
        print(json.dumps({"jobs": [{"name": "access"}] + ([{"name": "par"}] if "job not in the plan" in wrong else [])}))
    return 0


def dosi_tests(words, wrong):
    if "--gtest_list_tests" in words:
        print("Running main() from gtest_main.cc\nAccess_engine_cpu.\n  a\nAccess_engine_cuda.\n  a\nLoops_cpu.\n  b\nBackends_cuda.\n  c")
        print("" if "no twin" in wrong else "Loops_cuda.\n  b")
        return 0
    if "crash" in wrong:
        print("Segmentation fault")
        return 139
    assert os.environ.get("DOSI_REQUIRE_CUDA") == "1"

    def test(suite, name, file, **more):
        return {"name": suite, "testsuite": [{"name": name, "file": file, "status": "RUN", "result": "COMPLETED", "time": "0.01s", **more}]}

    suites = [test("Access_engine_cuda", "a", "/x/tests/kernels/access/engine_test.cu"),
              test("Backends_cuda", "c", "/x/tests/host/access/backends_test.cpp", job="access", deviation="0")]
    if "job without tests" not in wrong:
        suites.append(test("Loops_cuda", "b", "/x/tests/kernels/par/loops_test.cu"))
    if "no tests" in wrong:
        suites = []
    if "failing test" in wrong:
        suites[0]["testsuite"][0]["failures"] = [{"failure": "1 is not 2"}]
    if "skipped test" in wrong:
        suites[0]["testsuite"][0]["result"] = "SKIPPED"
    if "no deviation" in wrong:
        del suites[1]["testsuite"][0]["deviation"]
    Path(option(words, "--gtest_output").removeprefix("json:")).write_text(json.dumps({"testsuites": suites}))
    return 1 if {"failing test", "exit code"}.intersection(wrong) else 0


def dosi_bench(words, wrong):
    if words == ["--list"]:
        if "no --list" in wrong:
            print("no benchmark '--list'")
            return 2
        print("access\nstream" + ("" if "no benchmark" in wrong else "\npar"))
        return 0
    if "answers differ" in wrong and words[0] == "par":
        print("sort: the answers of dosi and of std differ")
        return 1
    row = {"job": words[0], "size": 1, "device": "cpu" if "row of the cpu" in wrong else option(words, "--device"), "rate": 1.0,
           "unit": "x/s", "checked": "unchecked row" not in wrong, "deviation": 0.0, "baselines": []}
    Path(option(words, "--json")).write_text(json.dumps({"rows": [] if "no rows" in wrong else [row]}))
    return 0


def compute_sanitizer(words, wrong):
    tool = option(words, "--tool")
    if f"{tool} hangs" in wrong:
        child = os.fork()  # what outlives its parent has to go too
        if child:
            Path(sys.argv[0]).with_name("child").write_text(str(child))
        time.sleep(60)
    if f"{tool} refused" in wrong:
        print("========= Error: Device not supported. Please refer to the \"Supported Devices\" section")
        return 1
    code = dosi_tests(words, ["failing test"] if f"{tool} breaks tests" in wrong else [])
    summary = "RACECHECK SUMMARY: {} hazards displayed (0 errors, 0 warnings)" if tool == "racecheck" else "ERROR SUMMARY: {} errors"
    found = f"{tool} errors" in wrong
    print("========= " + summary.format(3 if found else 0))
    return int(option(words, "--error-exitcode")) if found else code


def speak(program, words, wrong):
    return {"dosi": dosi, "dosi-tests": dosi_tests, "dosi-bench": dosi_bench, "compute-sanitizer": compute_sanitizer}[program](words, wrong)
