#!/bin/sh
# Installs what is missing, builds, and runs every test. Safe to run again at any time.
#
#   ./test.sh            everything
#   ./test.sh --quick    without the programs' peers and without the killing
set -u
cd "$(dirname "$0")" || exit 1

skip_folders=''
case "${1-}" in
  '') ;;
  --quick) skip_folders='^(interop|fault)\.' ;;
  *) echo "usage: $0 [--quick]" >&2; exit 2 ;;
esac

started=$(date +%s)
summary=''

# Runs a step, remembers how long it took; the first that fails ends the script.
step() {
  name=$1
  shift
  printf '\n== %s\n' "$name"
  step_started=$(date +%s)
  "$@"
  status=$?
  took=$(($(date +%s) - step_started))
  if [ $status -ne 0 ]; then
    printf '\n%sFAILED: %s, after %d s\n' "$summary" "$name" "$took" >&2
    exit 1
  fi
  summary="$summary$(printf '%6d s  %s' "$took" "$name")
"
}

unit_tests() { ctest --preset dev; }
# Containers need root.
program_tests() {
  set -- ctest --preset release
  if [ -n "$skip_folders" ]; then set -- "$@" -E "$skip_folders"; fi
  if [ "$(id -u)" -ne 0 ]; then set -- sudo "$@"; fi
  "$@"
}

step 'install what is missing' scripts/install-deps.sh
step 'configure dev' cmake --preset dev
step 'build dev (sanitizers)' cmake --build --preset dev
step 'unit tests' unit_tests
step 'configure release' cmake --preset release
step 'build release' cmake --build --preset release
step 'tests of the program' program_tests

printf '\n%s%6d s  in all\nAll tests passed.\n' "$summary" "$(($(date +%s) - started))"
