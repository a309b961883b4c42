#!/bin/sh
# Fuzzes with clang's libFuzzer, AddressSanitizer and UBSan; several targets at a time.
#
#   tests/fuzz/run.sh [SECONDS [TARGET...]]    default: 60 seconds of each
#
# What a run learns lies in build/fuzz/found/TARGET and is where the next run goes on; what it finds
# in build/fuzz/findings. Prints a line for each target.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
cd "$top"
seconds=${1:-60}
if [ $# -gt 0 ]; then shift; fi
one() {
  target=$1
  mkdir -p "build/fuzz/found/$target" build/fuzz/findings
  log=build/fuzz/$target.log
  status=found-nothing
  "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$2" -max_len=8192 -timeout=10 \
    -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="build/fuzz/findings/$target-" \
    "build/fuzz/found/$target" "tests/fuzz/corpus/$target" > "$log" 2>&1 || status=FINDING
  awk -v target="$target" -v status="$status" -v seconds="$2" '
    / cov: / { for (i = 1; i < NF; ++i) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") ft = $(i + 1) } }
    /number_of_executed_units/ { runs = $2 }
    /peak_rss_mb/ { peak = $2 }
    /slowest_unit_time_sec/ { slow = $2 }
    END { printf "| %s | %d | %d | %d, %d | %d MiB | %d s | %s |\n", target, seconds, runs, cov, ft, peak, slow, status }
  ' "$log"
  test "$status" != FINDING
}

# Called again for one target.
if [ "${FUZZ_ONE-}" ]; then
  one "$FUZZ_ONE" "$seconds"
  exit
fi

if ! command -v clang++-19 > /dev/null; then
  apt-get install -y --no-install-recommends clang-19 libclang-rt-19-dev
fi
cmake --preset fuzz > /dev/null
cmake --build --preset fuzz
if [ $# -eq 0 ]; then
  # shellcheck disable=SC2046
  set -- $(cd tests/fuzz && ls fuzz_*.cc | sed 's/^fuzz_//; s/\.cc$//')
fi
echo '| target | seconds | inputs | coverage (edges, features) | memory | slowest input | findings |'
echo '|---|---|---|---|---|---|---|'
printf '%s\n' "$@" | FUZZ_SECONDS=$seconds xargs -P "$(nproc)" -I{} \
  sh -c 'FUZZ_ONE={} "$0" "$FUZZ_SECONDS"' "$top/tests/fuzz/run.sh"
