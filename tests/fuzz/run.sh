#!/bin/sh
# Fuzzes the parser, the expansion and the ignore rules of Dockerfiles with clang's libFuzzer.
#
#   tests/fuzz/run.sh [SECONDS]      default 60; findings and new inputs go to build/fuzz
#
# Needs clang-14 and libclang-rt-14-dev (or CXX=...); nothing else of the build uses them.
set -eu

cd "$(dirname "$0")/../.."
CXX=${CXX:-clang++-14}
out=build/fuzz
mkdir -p "$out/objects" "$out/found"
flags='-std=c++20 -O1 -g -Isrc -D_FILE_OFFSET_BITS=64 -fno-omit-frame-pointer
  -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all'

compile() {
  for source in "$@"; do
    object=$out/objects/$(echo "$source" | tr / _).o
    [ "$object" -nt "$source" ] || echo "$source $object"
  done
}
# Configuration files have no part in it, and clang 14 does not take their code.
sources=$(find src/dockerfile src/oci src/base -name '*.cc' ! -name '*_test.cc' ! -name 'toml_*' \
  ! -path '*/testing/*')
# shellcheck disable=SC2086
compile $sources tests/fuzz/fuzz_dockerfile.cc |
  xargs -r -P "$(nproc)" -L 1 sh -c "$CXX $(echo $flags) -c \"\$0\" -o \"\$1\""
# shellcheck disable=SC2086
$CXX $flags -fsanitize=fuzzer "$out"/objects/*.o -lfmt -lcrypto -pthread -o "$out/fuzz_dockerfile"
exec "$out/fuzz_dockerfile" -max_total_time="${1:-60}" -max_len=4096 -timeout=5 -rss_limit_mb=2048 \
  -print_final_stats=1 -artifact_prefix="$out/" "$out/found" tests/fuzz/corpus/dockerfile
