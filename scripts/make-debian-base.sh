#!/bin/sh
# Makes the root file system of a minimal Debian as a tar, unless the file is there already:
#
#   scripts/make-debian-base.sh build/test-cache/debian-bookworm.tar
#   estiba import build/test-cache/debian-bookworm.tar debian
#
# The host's apt settings on how packages are fetched (a proxy, say) come along, so that apt-get
# works in containers wherever it works outside of them.
set -eu

suite=bookworm
tar=${1:?usage: $0 FILE.tar}
mkdir -p "$(dirname "$tar")"

exec 9>"$tar.lock"
flock 9
if [ -e "$tar" ]; then
  exit 0
fi

set -- --variant=minbase
settings=$(grep -lsE '^[[:space:]]*Acquire' /etc/apt/apt.conf.d/* || true)
if [ -n "$settings" ]; then
  set -- "$@" "--customize-hook=copy-in $(echo "$settings" | tr '\n' ' ') /etc/apt/apt.conf.d"
fi
mmdebstrap "$@" "$suite" "$tar.new.tar"
mv "$tar.new.tar" "$tar"
