"""A kit whose programs only talk: they say what dosi, dosi-bench, dosi-tests and compute-sanitizer would say on a
machine with a GPU called `A device of the tests`, or go wrong in the one way that the environment's WRONG names. It
exercises the flow of a verification; nothing it writes can be taken for one."""

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
                    f"import fake_kit\nsys.exit(fake_kit.speak({path.name!r}, sys.argv[1:], {os.environ.get('WRONG', '')!r}))\n")
    path.chmod(0o755)


def option(words, name, otherwise=None):
    return next((w.split("=", 1)[1] for w in words if w.startswith(name + "=")),
                words[words.index(name) + 1] if name in words else otherwise)


def dosi(words, wrong):
    if words[0] == "--version":
        print("dosi 0 (fake)")
    elif words[0] == "devices":
        gpus = [] if wrong == "no device" else [{"device": "cuda:0", "name": DEVICE, "memory": 1, "compute_capability": "0.0"}]
        print(json.dumps({"cpu": "a processor", "cuda": gpus, "cuda_driver": "13.0", "cuda_runtime": "13.0",
                          "why_no_cuda": "no CUDA-capable device is detected"}))
    elif words[0] == "run":
        results = Path(words[1]).parent / "results"
        results.mkdir()
        device = "cpu" if wrong == "result of the cpu" else option(words, "--device")
        (results / "hospital.h5").write_text(device)
    elif words[0] == "check":
        return 65 if wrong == "damaged result" else 0
    elif words[0] == "info":
        device = Path(words[-1]).read_text()
        value = 2 if wrong == "other answer" and device != "cpu" else 1
        print(json.dumps({"job": "access", "tables": [], "summary": [value], "provenance": {"device": device}}))
    elif words[0] == "describe":
        print(json.dumps({"jobs": [{"name": "access"}] + ([{"name": "par"}] if wrong == "job not in the plan" else [])}))
    return 0


def dosi_tests(words, wrong):
    if "--gtest_list_tests" in words:
        print("Running main() from gtest_main.cc\nAccess_engine_cpu.\n  a\nAccess_engine_cuda.\n  a\nLoops_cpu.\n  b\nBackends_cuda.\n  c")
        print("" if wrong == "no twin" else "Loops_cuda.\n  b")
        return 0
    if wrong == "crash":
        print("Segmentation fault")
        return 139
    assert os.environ.get("DOSI_REQUIRE_CUDA") == "1"

    def test(suite, name, file, **more):
        return {"name": suite, "testsuite": [{"name": name, "file": file, "status": "RUN", "result": "COMPLETED", "time": "0.01s", **more}]}

    suites = [test("Access_engine_cuda", "a", "/x/tests/kernels/access/engine_test.cu"),
              test("Backends_cuda", "c", "/x/tests/host/access/backends_test.cpp", job="access", deviation="0")]
    if wrong != "job without tests":
        suites.append(test("Loops_cuda", "b", "/x/tests/kernels/par/loops_test.cu"))
    if wrong == "no tests":
        suites = []
    if wrong == "failing test":
        suites[0]["testsuite"][0]["failures"] = [{"failure": "1 is not 2"}]
    if wrong == "skipped test":
        suites[0]["testsuite"][0]["result"] = "SKIPPED"
    if wrong == "no deviation":
        del suites[1]["testsuite"][0]["deviation"]
    Path(option(words, "--gtest_output").removeprefix("json:")).write_text(json.dumps({"testsuites": suites}))
    return 1 if wrong in ("failing test", "exit code") else 0


def dosi_bench(words, wrong):
    if words == ["--list"]:
        if wrong == "no --list":
            print("no benchmark '--list'")
            return 2
        print("access\nstream" + ("" if wrong == "no benchmark" else "\npar"))
        return 0
    if wrong == "answers differ" and words[0] == "par":
        print("sort: the answers of dosi and of std differ")
        return 1
    row = {"job": words[0], "size": 1, "device": "cpu" if wrong == "row of the cpu" else option(words, "--device"), "rate": 1.0,
           "unit": "x/s", "checked": wrong != "unchecked row", "deviation": 0.0, "baselines": []}
    Path(option(words, "--json")).write_text(json.dumps({"rows": [] if wrong == "no rows" else [row]}))
    return 0


def compute_sanitizer(words, wrong):
    tool = option(words, "--tool")
    if wrong == f"{tool} hangs":
        child = os.fork()  # what outlives its parent has to go too
        if child:
            Path(sys.argv[0]).with_name("child").write_text(str(child))
        time.sleep(60)
    if wrong == f"{tool} refused":
        print("========= Error: Device not supported. Please refer to the \"Supported Devices\" section")
        return 1
    code = dosi_tests(words, "failing test" if wrong == f"{tool} breaks tests" else "")
    summary = "RACECHECK SUMMARY: {} hazards displayed (0 errors, 0 warnings)" if tool == "racecheck" else "ERROR SUMMARY: {} errors"
    found = wrong == f"{tool} errors"
    print("========= " + summary.format(3 if found else 0))
    return int(option(words, "--error-exitcode")) if found else code


def speak(program, words, wrong):
    return {"dosi": dosi, "dosi-tests": dosi_tests, "dosi-bench": dosi_bench, "compute-sanitizer": compute_sanitizer}[program](words, wrong)
