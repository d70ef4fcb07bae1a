#!/usr/bin/env python3
"""dosi against what people use: run.py DOSI [--json FILE] [gwr|access|wind ...]. tools/peers sets up what it needs."""
import argparse
import importlib
import importlib.metadata
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import peers  # noqa: E402

PROGRAMS = {"gwr": ["mgwr"], "access": ["pandana", "scipy"], "wind": ["lbmpy", "pystencils"]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("dosi", type=pathlib.Path)
    parser.add_argument("jobs", nargs="*", default=[], metavar="JOB", help=", ".join(PROGRAMS) + "; without: all")
    parser.add_argument("--json", type=pathlib.Path)
    given = parser.parse_args()
    jobs = given.jobs or list(PROGRAMS)
    unknown = [job for job in jobs if job not in PROGRAMS]
    if unknown:
        parser.error(f"{', '.join(unknown)}: not among {', '.join(PROGRAMS)}")
    rows = []
    for job in jobs:
        with tempfile.TemporaryDirectory() as folder:
            for row in importlib.import_module(job).rows(peers.Dosi(given.dosi.resolve(), folder)):
                rows.append(row)
                print(f"{row['job']} ({row['size']}): {row['rate']:.4g} {row['unit']}; " +
                      ", ".join(f"{b['name']} {b['ratio']:.3g}x" for b in row["baselines"]), flush=True)
    if given.json:
        versions = [f"{name} {importlib.metadata.version(name)}" for job in jobs for name in PROGRAMS[job]]
        peers.save(given.json, rows, "tools/peers " + " ".join(given.jobs), versions)


if __name__ == "__main__":
    main()
