#!/usr/bin/env python3
"""dosi wind against a wind tunnel: one building 1:1:2 in a boundary layer (Architectural Institute of Japan, case A;
Meng and Hibi 1998). Builds the case as a user would (a city of one outline, its probes), runs `dosi wind` and scores
what the probes say by quantity and plane: hit rate (VDI 3783/9: within 25 %, or within the measurement's uncertainty,
0.06 of the reference speed), correlation, FAC2, fractional bias and normalised mean square error. Misses are printed
as misses.

    aij_case_a.py DOSI aij-case-a.json [--cells-per-width 8] [--json FILE] [further parameters of dosi wind, each with its value]
"""
import argparse
import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile

X0, Y0 = 200000.0, 500000.0   # where the tunnel stands in the city's plane
NEEDED_HIT_RATE, NEEDED_CORRELATION = 0.66, 0.85


def run(*command):
    return subprocess.run([str(c) for c in command], check=True, stdout=subprocess.PIPE).stdout.decode()


def build(dosi, case, folder):
    b, h = case["bMeters"], case["buildingHeightMeters"]
    with open(folder / "building.csv", "w") as f:
        ring = ", ".join(f"{X0 + sx * b / 2:.6f} {Y0 + sy * b / 2:.6f}" for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1)))
        f.write(f'height_m,wkt\n{h},"POLYGON (({ring}))"\n')
    with open(folder / "probes.csv", "w") as f:
        f.write("x,y,z\n")
        for plane in case["planes"]:
            for p in plane["points"]:
                f.write(f"{X0 + p['xOverB'] * b:.6f},{Y0 + p['yOverB'] * b:.6f},{p['zOverB'] * b:.6f}\n")
    city = folder / "tunnel.h5"
    run(dosi, "import", "zones", "--city", city, "--name", "building", "--file", folder / "building.csv", "--crs", "EPSG:5186", "--city-crs", "EPSG:5186")
    run(dosi, "import", "points", "--city", city, "--name", "probes", "--file", folder / "probes.csv", "--crs", "EPSG:5186", "--margin", "1")
    with open(folder / "inflow.toml", "w") as f:
        for line in case["inflow"]:
            f.write(f"[[inflow]]\nheight = {line['zOverB'] * b}\nspeed = {line['U']}\nenergy = {line['k']}\n")
    return city


def simulate(dosi, case, folder, cells, further):
    b = case["bMeters"]
    result = folder / "tunnel-result.h5"
    asked = {"--profile": "table", "--inflow": folder / "inflow.toml", "--speed": case["uRefMps"], "--reference-height": case["buildingHeightMeters"], "--centre": f"{X0 + 1.5 * b},{Y0}",
             "--size": f"{6 * b},{5 * b}", "--fetch": 4 * b, "--top": 9 * b, "--cell": b / cells, "--roughness": 1e-6, "--building-roughness": 0, "--turbulence-scale": b, "--street-height": b / 8,
             "--heights": f"{1.25 * b}"} | dict(zip(further[::2], further[1::2]))
    run(dosi, "wind", "--city", build(dosi, case, folder), "--out", result, "--buildings", "building", "--probes", "probes", *(word for pair in asked.items() for word in pair))
    run(dosi, "export", result, "--table", "probes", "--out", folder / "probes-result.csv")
    run(dosi, "export", result, "--table", "directions", "--out", folder / "directions.csv")
    with open(folder / "probes-result.csv", encoding="utf-8-sig") as f:
        probes = list(csv.DictReader(f))
    with open(folder / "directions.csv", encoding="utf-8-sig") as f:
        how = next(csv.DictReader(f))
    return probes, how


def scores(observed, predicted, uncertainty):
    n = len(observed)
    mo, mp = sum(observed) / n, sum(predicted) / n
    hits = sum(abs(p - o) <= max(0.25 * abs(o), uncertainty) for o, p in zip(observed, predicted)) / n
    so, sp = math.sqrt(sum((o - mo) ** 2 for o in observed)), math.sqrt(sum((p - mp) ** 2 for p in predicted))
    r = sum((o - mo) * (p - mp) for o, p in zip(observed, predicted)) / (so * sp) if so * sp > 0 else math.nan
    fac2 = sum((abs(o) <= uncertainty and abs(p) <= uncertainty) or (o != 0 and 0.5 <= p / o <= 2) for o, p in zip(observed, predicted)) / n
    fb = 2 * (mo - mp) / (mo + mp) if mo + mp != 0 else math.nan
    nmse = sum((o - p) ** 2 for o, p in zip(observed, predicted)) / n / (mo * mp) if mo * mp > 0 else math.nan
    return {"points": n, "hit_rate": hits, "r": r, "fac2": fac2, "fb": fb, "nmse": nmse}


def column(row, name):
    return float(next(v for k, v in row.items() if k == name or k.startswith(name + "_")))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dosi")
    parser.add_argument("case")
    parser.add_argument("--cells-per-width", type=int, default=8)
    parser.add_argument("--json")
    parser.add_argument("--keep", help="a folder to work in, which stays")
    given, further = parser.parse_known_args()
    case = json.loads(pathlib.Path(given.case).read_text())
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(given.keep or temporary)
        folder.mkdir(exist_ok=True)
        probes, how = simulate(pathlib.Path(given.dosi).resolve(), case, folder, given.cells_per_width, further)
    reference = case["uRefMps"]
    rows, first = [], 0
    for plane in case["planes"] + [{"name": "all", "points": [p for plane in case["planes"] for p in plane["points"]]}]:
        points = plane["points"]
        mine = probes if plane["name"] == "all" else probes[first:first + len(points)]
        first += 0 if plane["name"] == "all" else len(points)
        speed = lambda u, v, w: math.sqrt(u * u + v * v + w * w)
        for quantity, of_case, of_result, uncertainty in (
                ("U", lambda p: p["U"], lambda q: column(q, "east"), 0.06 * reference), ("V", lambda p: p["V"], lambda q: column(q, "north"), 0.06 * reference),
                ("W", lambda p: p["W"], lambda q: column(q, "up"), 0.06 * reference),
                ("speed", lambda p: speed(p["U"], p["V"], p["W"]), lambda q: speed(column(q, "east"), column(q, "north"), column(q, "up")), 0.06 * reference),
                ("k", lambda p: p["k"], lambda q: column(q, "energy"), 0.06 * reference ** 2 / 10)):
            rows.append({"plane": plane["name"], "quantity": quantity, **scores([of_case(p) for p in points], [of_result(q) for q in mine], uncertainty)})
    print(f"{given.cells_per_width} cells a building's width; {how['steps']} steps of {float(how['time_step']):.3g} s, averaged over {float(how['averaged']):.3g} s, standard error at street level {float(how['error']):.2%}")
    print(f"{'plane':22}{'quantity':10}{'points':>7}{'hit rate':>10}{'r':>8}{'FAC2':>8}{'FB':>8}{'NMSE':>9}")
    for r in rows:
        verdict = ""
        if r["quantity"] in ("U", "speed"):
            verdict = "  as wanted" if r["hit_rate"] >= NEEDED_HIT_RATE and r["r"] >= NEEDED_CORRELATION else "  MISSED"
        print(f"{r['plane']:22}{r['quantity']:10}{r['points']:7}{r['hit_rate']:10.3f}{r['r']:8.3f}{r['fac2']:8.3f}{r['fb']:8.3f}{r['nmse']:9.3f}{verdict}")
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps({"case": "AIJ A", "cells_per_width": given.cells_per_width, "run": how, "scores": rows}, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
