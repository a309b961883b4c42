"""Results as a table for people, and as JSON for pictures and for later."""

import json
import os
import platform
import subprocess
from pathlib import Path


def figure(value):
    return f"{value:.4g}" if value < 10_000 else f"{value:.0f}"


def text(result):
    """A paragraph of the terminal: one line each, ours first."""
    case = result.case
    lines = [f"{case.name} [{case.unit}]: {case.why}"]
    for name, one in result.outcomes.items():
        ratio = "" if name == "estiba" else f"   ratio {result.ratio(name):5.1f}"
        cpu = sum(one.cpu_seconds) / len(one.cpu_seconds)
        lines.append(
            f"  {name:16} {figure(one.median):>9}  ({figure(min(one.values))} to {figure(max(one.values))})"
            f"   cpu {cpu:7.3f} s   memory {one.peak_mib:6.0f} MiB{ratio}")
    lines.append(f"  {promise(result)}")
    return "\n".join(lines)


def promise(result):
    case = result.case
    wanted = []
    if case.budget_value is not None:
        sign = "at most" if case.unit == "s" else "at least"
        wanted.append(f"{sign} {figure(case.budget_value)} {case.unit}")
    if case.budget_ratio is not None:
        wanted.append(f"{case.budget_ratio:g} times the best peer")
    if not wanted:
        return "nothing promised"
    return f"promised: {', '.join(wanted)}: {'kept' if result.met else 'MISSED'}"


def markdown(results, machine, date):
    """The dated table that is kept."""
    rows = [f"# Benchmarks of {date}", "", machine["description"], "",
            "Medians (least to most), all in turn; the ratio is to the best peer.", "",
            "| case | unit | estiba | best peer | ratio | promised | CPU s | MiB |",
            "|---|---|---|---|---|---|---|---|"]
    for result in results:
        ours = result.outcomes["estiba"]
        peer = result.best_peer
        theirs = f"{figure(result.outcomes[peer].median)} ({peer})" if peer else ""
        ratio = f"{result.ratio(peer):.1f}" if peer else ""
        cpu = sum(ours.cpu_seconds) / len(ours.cpu_seconds)
        rows.append(
            f"| {result.case.name} | {result.case.unit} | {figure(ours.median)} "
            f"({figure(min(ours.values))} to {figure(max(ours.values))}) | {theirs} | {ratio} | "
            f"{promise(result).removeprefix('promised: ')} | {cpu:.3f} | {ours.peak_mib:.0f} |")
    return "\n".join(rows) + "\n"


def document(results, machine, date):
    """What pictures are drawn from."""
    return {
        "date": date,
        "machine": machine,
        "cases": [{
            "name": result.case.name,
            "why": result.case.why,
            "unit": result.case.unit,
            "budget_ratio": result.case.budget_ratio,
            "budget_value": result.case.budget_value,
            "met": result.met,
            "contestants": {
                name: {
                    "median": one.median, "min": min(one.values), "max": max(one.values),
                    "cpu_seconds": sum(one.cpu_seconds) / len(one.cpu_seconds),
                    "peak_mib": round(one.peak_mib, 1),
                } for name, one in result.outcomes.items()
            },
        } for result in results],
    }


def this_machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo")
                  if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 30
    disk = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", "/var/tmp"], capture_output=True,
                          text=True).stdout.strip()
    versions = {}
    for package in ("buildah", "podman", "docker.io", "docker-registry", "skopeo", "crun"):
        shown = subprocess.run(["dpkg-query", "-Wf", "${Version}", package], capture_output=True, text=True)
        versions[package] = shown.stdout.strip()
    peers = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
    return {
        "processors": os.cpu_count(), "model": model, "memory_gib": memory, "kernel": platform.release(),
        "file_system": disk, "peers": versions,
        "description": f"{os.cpu_count()} × {model}, {memory} GiB, Linux {platform.release()}, {disk}; {peers}.",
    }


def keep(results, folder, date):
    """The table and its document in `folder`, named after the day."""
    machine = this_machine()
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{date}.md").write_text(markdown(results, machine, date))
    (folder / f"{date}.json").write_text(
        json.dumps(document(results, machine, date), indent=1, ensure_ascii=False) + "\n")
