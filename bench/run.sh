#!/bin/sh
# All benchmarks, or those that are named; --help says more.
set -e
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/scripts/install-deps.sh" > /dev/null
exec /usr/bin/python3 "$top/bench/suite.py" "$@"
