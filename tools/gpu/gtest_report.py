"""What GoogleTest reports of a run (--gtest_output=json), as far as a verification asks."""

import json
import re
from dataclasses import dataclass, field


@dataclass
class Test:
    name: str
    job: str            # the folder of tests/kernels or tests/host it stands in
    seconds: float
    skipped: bool
    failures: list = field(default_factory=list)
    properties: dict = field(default_factory=dict)


def read(path):
    tests = []
    for suite in json.loads(path.read_text())["testsuites"]:
        for t in suite["testsuite"]:
            place = re.search(r"tests/(?:kernels|host)/(\w+)/", t.get("file", ""))
            tests.append(Test(f"{suite['name']}.{t['name']}", t.get("job") or (place.group(1) if place else ""),
                              float(t.get("time", "0s").rstrip("s")), t.get("result") != "COMPLETED",
                              [f["failure"] for f in t.get("failures", [])],
                              {k: t[k] for k in ("job", "deviation") if k in t}))
    return tests


def suites_without_cuda(listing):
    """The suites of --gtest_list_tests with a CPU side and no CUDA side."""
    suites = re.findall(r"(?m)^(\S+)\.(?:\s|$)", listing)
    return [s for s in suites if re.search(r"_cpu(?=$|/)", s) and re.sub(r"_cpu(?=$|/)", "_cuda", s) not in suites]
