"""The program under test, with a store, a home and credentials of its own."""

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]


def binary():
    return os.environ.get("ESTIBA_BIN", str(TOP / "build" / "release" / "estiba"))


@dataclass
class Result:
    args: list
    code: int
    out: str
    err: str

    @property
    def text(self):
        """Everything that was said, wherever it was said."""
        return self.out + self.err

    def __str__(self):
        return (
            f"$ estiba {' '.join(map(str, self.args))}\nexit {self.code}\n"
            f"--- out\n{self.out}\n--- err\n{self.err}"
        )


class Estiba:
    """Runs commands against one store root; `folder` holds all that they may leave behind."""

    def __init__(self, folder, root=None):
        self.folder = Path(folder)
        self.root = Path(root) if root else self.folder / "root"
        self.home = self.folder / "home"
        self.home.mkdir(parents=True, exist_ok=True)
        self.env = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin",
            "HOME": str(self.home),
            "DOCKER_CONFIG": str(self.home / ".docker"),
            "ESTIBA_ROOT": str(self.root),
            "LANG": "C.UTF-8",
        }
        for name in ("ESTIBA_LAYER_FORM", "ASAN_OPTIONS", "UBSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]

    def sibling(self, name):
        """Another machine's worth of store and home."""
        return Estiba(self.folder / name)

    def command(self, *args):
        return [binary(), *map(str, args)]

    def __call__(self, *args, stdin=None, cwd=None, env=None, timeout=300):
        """Runs to the end, whatever the end is."""
        done = subprocess.run(
            self.command(*args),
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd or self.folder,
            env={**self.env, **(env or {})},
            timeout=timeout,
        )
        out = done.stdout.decode(errors="replace")
        err = done.stderr.decode(errors="replace")
        return Result(list(args), done.returncode, out, err)

    def ok(self, *args, **options):
        """Runs what must succeed."""
        result = self(*args, **options)
        assert result.code == 0, str(result)
        return result

    def fails(self, *args, **options):
        """Runs what must fail in an orderly way: an exit code, an explanation, no crash."""
        result = self(*args, **options)
        assert result.code not in (0, None), f"should have failed:\n{result}"
        assert result.code > 0, f"died of {signal.Signals(-result.code).name}:\n{result}"
        assert result.err.strip() or result.out.strip(), f"failed without a word:\n{result}"
        return result

    def start(self, *args, **options):
        """Starts a command in the background, in a process group of its own."""
        options.setdefault("stdin", subprocess.DEVNULL)
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        return subprocess.Popen(
            self.command(*args), env=self.env, cwd=self.folder, start_new_session=True, **options
        )

    def build(self, context, *flags, tag="demo", **options):
        return self.ok("build", "--progress", "plain", "-t", tag, *flags, context, **options)

    def run(self, *args, **options):
        """What a container of the image prints."""
        return self.ok("run", "--rm", *args, **options).out

    def inspect(self, name):
        return json.loads(self.ok("inspect", name).out)[0]

    def image_id(self, name):
        return self.inspect(name)["Id"]

    def image_ids(self):
        """Every image that a listing shows, intermediate ones too."""
        return set(self.ok("images", "-a", "-q", "--no-trunc").out.split())

    def check(self):
        """The store is whole."""
        return self.ok("system", "check")


def processes_with_argument(word):
    """Their /proc/PID/cmdline files, whoever started them."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if word.encode() in path.read_bytes().split(b"\0"):
                found.append(path)
        except OSError:
            continue  # it ended meanwhile
    return found
