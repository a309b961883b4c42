#!/bin/bash
# The story of an image, for real: a Debian is extended by a Dockerfile, gets an ID, a name and a
# tag, is published to a registry after a login, is pulled elsewhere, and runs. Each command is
# printed before it runs. Nothing stays: the stores, the registry and its data go at the end.
set -euo pipefail
cd "$(dirname "$0")"

readonly PULL_TIMEOUT_S=45  # for the base image, before it is made here instead

bold='' plain=''
if [ -t 1 ]; then bold=$'\e[1m' plain=$'\e[0m'; fi

tell() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
# Prints a command line and runs it in this shell.
show() {
  printf '%s$ %s%s\n' "$bold" "$1" "$plain"
  eval "$1"
}

tell 'Building estiba'
scripts/install-deps.sh --build-only
cmake --preset release >/dev/null
cmake --build --preset release

PATH="$PWD/build/release:$PATH"
work=$(mktemp -d /var/tmp/estiba-demo.XXXXXX)
registry_pid=''

# Containers need root: a person without it is asked for it by sudo.
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  as_root=(sudo)
  mkdir "$work/bin"
  cat >"$work/bin/estiba" <<WRAPPER
#!/bin/sh
exec sudo ESTIBA_ROOT="\$ESTIBA_ROOT" DOCKER_CONFIG="\$DOCKER_CONFIG" $PWD/build/release/estiba "\$@"
WRAPPER
  chmod +x "$work/bin/estiba"
  PATH="$work/bin:$PATH"
fi

clean_up() {
  status=$?
  trap - EXIT
  if [ -n "$registry_pid" ]; then
    kill "$registry_pid" 2>/dev/null || true
    wait "$registry_pid" 2>/dev/null || true
  fi
  "${as_root[@]}" rm -rf "$work"
  if [ "$status" -ne 0 ]; then echo "The demonstration failed." >&2; fi
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tell 'A store and credentials for this demonstration only'
show "export ESTIBA_ROOT=$work/root DOCKER_CONFIG=$work/docker"

tell 'The base image: from Docker Hub where it can be reached, else made here'
if ! show "timeout $PULL_TIMEOUT_S estiba pull debian"; then
  echo '(not reachable)'
  show 'scripts/make-debian-base.sh build/test-cache/debian-bookworm.tar'
  show 'estiba import build/test-cache/debian-bookworm.tar debian'
fi

tell 'Software and the files of an application are added to it'
show 'cat examples/debian-ssh-vim/Dockerfile'
show 'estiba build --progress plain -t demo examples/debian-ssh-vim'

tell 'Nothing changed, so nothing is done again'
show 'time estiba build --progress plain -t demo examples/debian-ssh-vim'
show 'estiba images'
show 'estiba history demo'

tell 'A tag is one more name of the same image'
id=$(estiba images -q demo)
show "estiba tag $id demo:1.0"
show "estiba run --rm demo:1.0 /app/hello.sh"

tell 'A registry of our own, with an account'
port=5000
while (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do port=$((port + 1)); done
registry=127.0.0.1:$port
name=$registry/alice/debian-ssh-vim
show "echo SuperSecret | estiba admin user add alice --password-stdin --data $work/registry"
show "estiba serve --listen $registry --data $work/registry >$work/registry.log 2>&1 &"
registry_pid=$!
for _ in $(seq 100); do
  if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then break; fi
  sleep 0.1
done

tell 'The image is published under the name of its repository'
show "echo SuperSecret | estiba login --username alice --password-stdin $registry"
show "estiba tag demo $name"
show "estiba push $name" | tee "$work/push.out"

tell 'The same image under a second tag: no layer is sent again, the digest is the same'
show "estiba tag $name:latest $name:v1.0"
show "estiba push $name:v1.0"

tell 'Elsewhere: another store pulls it by tag and by digest, and runs it'
digest=$(sed -n 's/^latest: digest: \(sha256:[0-9a-f]*\) .*/\1/p' "$work/push.out")
show "estiba --root $work/elsewhere pull $name:v1.0"
show "estiba --root $work/elsewhere pull $name@$digest"
show "estiba --root $work/elsewhere run --rm $name:v1.0 vim --version | head -n 1"
show "estiba --root $work/elsewhere run --rm -e NAME=you $name@$digest sh -c 'echo for \$NAME: \$(/app/hello.sh)'"

tell 'Both stores are whole'
show 'estiba system check'
show "estiba --root $work/elsewhere system check"
tell 'Done: what was shown here is removed again'
