#!/bin/sh
# Installs the Debian packages that estiba is built and tested with, those only that are missing:
# once all are there it needs neither the network nor root.
#
#   scripts/install-deps.sh               what building and testing need
#   scripts/install-deps.sh --build-only  what building and running need
set -eu

# name and what needs it, alphabetically: build, run or test.
packages='
aardvark-dns             run
apache2-utils            test
attr                     test
bash-completion          test
buildah                  test
busybox-static           test
ca-certificates          run
catatonit                run
ccache                   build
chromium                 test
cmake                    build
containerd               test
crun                     run
docker-registry          test
docker.io                test
dpkg-dev                 test
e2fsprogs                test
file                     test
fish                     test
g++                      build
git                      run
iptables                 run
libargon2-dev            build
libarchive-dev           build
libarchive-tools         test
libboost1.81-dev         build
libcli11-dev             build
libcurl4-openssl-dev     build
libdeflate-dev           build
libfmt-dev               build
libgtest-dev             build
libisal-dev              build
libncurses-dev           build
librapidcheck-dev        build
libpq-dev                build
libseccomp-dev           build
libsqlite3-dev           build
libssl-dev               build
libtomlplusplus-dev      build
libyaml-cpp-dev          build
libzstd-dev              build
mandoc                   test
mkdocs                   test
mmdebstrap               run
mold                     build
netavark                 test
ninja-build              build
nlohmann-json3-dev       build
nodejs                   build
npm                      build
openssh-client           run
openssl                  test
passt                    run
pkg-config               build
podman                   test
postgresql               test
python3                  test
python3-cryptography     test
python3-pytest           test
skopeo                   test
strace                   test
uidmap                   run
strace                   test
systemd                  test
umoci                    test
wrk                      test
zsh                      test
zstd                     test
'

kinds='build run test'
case "${1-}" in
  '') ;;
  --build-only) kinds='build run' ;;
  *) echo "usage: $0 [--build-only]" >&2; exit 2 ;;
esac

wanted=$(echo "$packages" | while read -r name kind; do
  case " $kinds " in *" ${kind:-none} "*) echo "$name" ;; esac
done)

# Other packages of Node.js than Debian's have npm in them, and conflict with Debian's.
if command -v npm >/dev/null; then
  wanted=$(echo "$wanted" | grep -vx npm)
fi

# shellcheck disable=SC2086  # a list of words
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
  sed -n 's/^installed //p' | sort -u) || true
missing=$(echo "$wanted" | sort -u | while read -r name; do
  echo "$installed" | grep -qxF "$name" || echo "$name"
done)
if [ -z "$missing" ]; then
  exit 0
fi

as_root=''
if [ "$(id -u)" -ne 0 ]; then
  as_root='sudo'
fi
apt() {
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@"
}

echo "Installing: $(echo "$missing" | tr '\n' ' ')"
apt update || { sleep 5; apt update; }
# shellcheck disable=SC2086
apt install --no-install-recommends $missing
