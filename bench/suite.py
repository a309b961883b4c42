"""Runs benchmarks: ours and each peer in turn, in one run, so that the ratios mean something."""

import argparse
import datetime
import importlib
import sys
from contextlib import ExitStack
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "tests")]

import report  # noqa: E402
from contestants import Contestants  # noqa: E402
from measuring import measure  # noqa: E402


def modules():
    return sorted(path.stem for path in (HERE / "cases").glob("[a-z]*.py"))


def main():
    names = modules()
    parser = argparse.ArgumentParser(prog="bench/run.sh", description=__doc__)
    parser.add_argument("case", nargs="*", metavar="CASE", help=f"of {', '.join(names)}; all unless named")
    parser.add_argument("--runs", type=int, help="times each, whatever a case wants")
    parser.add_argument("--keep", metavar="FOLDER", help="write DATE.md and DATE.json there")
    parser.add_argument("--only", metavar="TEXT", default="", help="of a case, what has TEXT in its name")
    options = parser.parse_args()
    if unknown := set(options.case) - set(names):
        parser.error(f"there is no case {', '.join(sorted(unknown))}")
    results = []
    for name in options.case or names:
        module = importlib.import_module(f"cases.{name}")
        with ExitStack() as stack:
            everybody = stack.enter_context(Contestants())
            for case in module.cases(everybody):
                if options.only not in case.name:
                    continue
                results.append(measure(case, options.runs))
                print(report.text(results[-1]), flush=True)
        if options.keep:
            report.keep(results, options.keep, datetime.date.today().isoformat())


if __name__ == "__main__":
    main()
