"""An account without any rights, made for the tests, and the program as that user runs it."""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from lib.containers import eventually, remove_all
from lib.program import Estiba, binary


def _account_tool(*command):
    """Tools that change /etc/passwd refuse while another does."""
    for _ in range(100):
        done = subprocess.run(command, capture_output=True, text=True)
        if "lock" not in done.stderr:
            break
        time.sleep(0.1)
    assert done.returncode == 0, f"{command}: {done.stderr}"


class Account:
    """One user of this host, with ranges of subordinate ids unless told otherwise."""

    def __init__(self, name, subordinate_ids=True):
        self.name = name
        # udev's usual rights, which some sandboxes have not set.
        for device in ("/dev/net/tun", "/dev/fuse"):
            if os.path.exists(device):
                os.chmod(device, 0o666)
        count = "65536" if subordinate_ids else "0"
        _account_tool("useradd", "--no-create-home", "--shell", "/bin/sh",
                      "-K", f"SUB_UID_COUNT={count}", "-K", f"SUB_GID_COUNT={count}", name)
        entry = pwd.getpwnam(name)
        self.uid, self.gid = entry.pw_uid, entry.pw_gid
        # Not below pytest's own folder, which only root may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="estiba-user-"))
        self.folder.chmod(0o755)
        self.runtime = self.own(self.folder / "run")
        self.runtime.chmod(0o700)
        shutil.copy(binary(), self.folder / "estiba")

    def own(self, path):
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, self.uid, self.gid)
        return path

    def first_subordinate_id(self):
        for line in Path("/etc/subuid").read_text().splitlines():
            name, first, _ = line.split(":")
            if name == self.name:
                return int(first)
        return None

    def processes(self):
        """The commands of all that runs as this user."""
        found = []
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines()
                             if ":\t" in line)
            except OSError:
                continue  # it ended meanwhile
            if int(lines["Uid"].split()[0]) == self.uid and not lines["State"].startswith("Z"):
                found.append(lines["Name"])
        return found

    def remove(self):
        eventually(lambda: not self.processes())
        _account_tool("userdel", self.name)
        shutil.rmtree(self.folder)


class UserEstiba(Estiba):
    """As tests/lib/program.py has it, run by an ordinary user with the store in his home."""

    def __init__(self, account, name):
        self.account = account
        folder = account.folder / name
        folder.mkdir()
        account.own(folder / "home")
        super().__init__(folder, folder / "home" / ".local" / "share" / "estiba")
        del self.env["ESTIBA_ROOT"]
        self.env["XDG_RUNTIME_DIR"] = str(account.runtime)

    def as_user(self, *command):
        ids = [f"--reuid={self.account.uid}", f"--regid={self.account.gid}", "--clear-groups"]
        return ["setpriv", *ids, *map(str, command)]

    def command(self, *args):
        return self.as_user(self.account.folder / "estiba", *args)

    def close(self):
        remove_all(self)
        # The files of his containers belong to ids that only he can reach.
        self.ok("unshare", "rm", "-rf", self.root)
        left = [path for path in self.home.rglob("*") if path.is_dir() and path.name == "estiba"]
        assert not left, f"left behind: {left}"
