"""Which jobs' device code is known to work on a GPU: the records in bench/verified/*.json against the code's hashes."""

import json

BEGIN, END = "<!-- gpu-status -->", "<!-- /gpu-status -->"


def read(folder):
    """The records, oldest first. ValueError names the file that is none."""
    found = []
    for path in sorted(folder.glob("*.json")):
        if path.name.endswith(".failed.json"):
            continue
        try:
            record = json.loads(path.read_text())
            for job in record["jobs"].values():
                job["hash"]
            record["device"], record["date"], record["commit"]
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}: is not a record of tools/verify-gpu ({error!r})") from error
        found.append(record)
    return sorted(found, key=lambda r: r["date"])


def place_and_day(record, job):
    """`NVIDIA H100 80GB HBM3, 2026-01-31`, and which sanitizers it lacks."""
    tools = record["jobs"][job].get("sanitizers", {})
    lacking = [name for name, verdict in tools.items() if verdict != "clean"]
    return f"{record['device']}, {record['date'][:10]}" + (f", without {' and '.join(lacking)}" if lacking else "")


def status(records, job, digest):
    """(`verified`, `stale` or `never`; where and when)."""
    of_job = [r for r in records if job in r["jobs"]]
    matching = [r for r in of_job if r["jobs"][job]["hash"] == digest]
    if matching:
        return "verified", "; ".join(place_and_day(r, job) for r in reversed(matching))
    return ("stale", place_and_day(of_job[-1], job)) if of_job else ("never", "")


def line(job, verdict, where):
    if verdict == "stale":
        return f"{job:<8} stale (verified {where}; the code or its compiler has changed since)"
    return f"{job:<8} {verdict} {where}".rstrip()


def table(statuses):
    """The README's table of [(job, verdict, where)]."""
    return "\n".join(["| job | on a GPU | where and when |", "|---|---|---|",
                      *(f"| `{job}` | {verdict} | {where} |" for job, verdict, where in statuses)])


def between_markers(text, name):
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"{name}: must hold one {BEGIN} and after it one {END}")
    first = text.index(BEGIN) + len(BEGIN)
    return first, text.index(END)


def parse_table(text):
    """What table() made of its statuses; ValueError where it made no such text."""
    rows = [[cell.strip() for cell in row.strip("| ").split("|")] for row in text.strip().split("\n")[2:]]
    statuses = [(row[0].strip("`"), row[1], row[2] if len(row) > 2 else "") for row in rows if len(row) >= 2]
    if table(statuses) != text.strip():
        raise ValueError("is not a table of tools/gpu-status --markdown")
    return statuses
