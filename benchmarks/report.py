"""results.json, and what people read: RESULTS.md."""

import json
from pathlib import Path
from statistics import median

from harness import machine

from course_utils.files import write_whole

HEAD = """# Benchmarks

How fast is the course's code, compared with the workshop it grew out of and with hmmlearn? Written by `make bench`;
[what is measured and how to read it](README.md). A ratio above 1 means that the course is faster.
"""


def start(folder: Path | None) -> dict:
    """Empty results of this machine, or those in the folder if they are of this machine: rows not run again stay."""
    here, path = machine(), folder and folder / "results.json"
    if path and path.exists():
        results = json.loads(path.read_text(encoding="utf-8"))
        if results["machine"] == here:
            return results
        print("the earlier results are another machine's or of other versions: starting afresh")
    return {"machine": here, "rows": {}, "whole": None}


def write(results: dict, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    results["rows"] = dict(sorted(results["rows"].items(), key=lambda row: int(row[0])))
    write_whole(folder / "results.json", json.dumps(results, indent=1) + "\n")
    parts = [HEAD, measured_on(results["machine"]), comparison(results["rows"])]
    if results["whole"]:
        parts.append(whole_course(results["whole"]))
    write_whole(folder / "RESULTS.md", "\n".join(parts))


def measured_on(machine: dict) -> str:
    return "**Measured on** " + "; ".join(f"{name} {value}" for name, value in machine.items()) + ".\n"


def comparison(rows: dict) -> str:
    head = ("", "work", "compared with", "course", "other", "ratio", "range", "aim", "met")
    lines, notes = ["## The same work, by others", "", table_row(*head), table_row(*["---"] * len(head))], []
    for row, entries in rows.items():
        for entry in entries:
            times = [seconds(median(entry["times"][who])) for who in ("course", "rival")]
            if entry["memory_mb"]:
                times = [f"{time}, {peak:.0f} MB" for time, peak in zip(times, entry["memory_mb"], strict=True)]
            spread = f"{number(entry['ratio_min'])} to {number(entry['ratio_max'])}"
            aim = "" if entry["aim"] is None else f"{entry['aim']:g}"
            met = {True: "yes", False: "**no**", None: ""}[entry["met"]]
            works = entry["work"], entry["rival"]
            lines.append(table_row(row, *works, *times, f"**{number(entry['ratio'])}**", spread, aim, met))
            if entry["remark"]:
                notes.append(f"- {row}, {entry['work']}: {entry['remark']}")
    return "\n".join([*lines, "", *notes, ""])


def in_words(entry: dict) -> str:
    ours, theirs = (seconds(median(entry["times"][who])) for who in ("course", "rival"))
    verdict = {True: "met", False: "MISSED", None: ""}[entry["met"]]
    aim = "" if entry["aim"] is None else f"aim {entry['aim']:g} {verdict}"
    spread = f"{number(entry['ratio_min'])}-{number(entry['ratio_max'])}"
    memory = "" if not entry["memory_mb"] else "  {:.0f} / {:.0f} MB".format(*entry["memory_mb"])
    return f"{entry['work']} | {entry['rival']}: {ours} / {theirs}, x{number(entry['ratio'])} ({spread}) {aim}{memory}"


def whole_course(whole: dict) -> str:
    lines = ["## The whole course", "", whole["remark"], "", table_row("notebook", "time"), table_row("---", "---")]
    lines += [table_row(name, seconds(time)) for name, time in whole["notebooks"].items()]
    lines += [table_row("all", seconds(sum(whole["notebooks"].values()))), ""]
    head = ("notebook", "cell", "time", "first line")
    lines += ["The slowest ten cells:", "", table_row(*head), table_row(*["---"] * len(head))]
    lines += [table_row(c["notebook"], c["cell"], seconds(c["seconds"]), f"`{c['line']}`") for c in whole["slowest"]]
    lines += ["", table_row("from a fresh clone", "time"), table_row("---", "---")]
    lines += [table_row(name, seconds(time)) for name, time in whole["clone"].items()]
    return "\n".join([*lines, ""])


def table_row(*cells) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def seconds(time: float) -> str:
    """Three digits, in s, ms or µs."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if time >= size or unit == "µs":
            return f"{number(time / size)} {unit}"


def number(value: float) -> str:
    """Three digits: 0.512, 5.12, 51.2, 512, 5120."""
    return f"{value:.3g}" if value < 1000 else f"{float(f'{value:.3g}'):.0f}"
