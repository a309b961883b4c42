"""A PostgreSQL server of Debian's package for tests: on a unix socket, its files in a scratch folder."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path


def binaries():
    """The newest version's programs."""
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))[-1]


class PostgresqlServer:
    """Runs as the user postgres, as it refuses to be root."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="estiba-postgresql-"))
        shutil.chown(self.folder, "postgres", "postgres")
        self.data = self.folder / "data"
        self.databases = 0
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-sync")
        self.run(
            "pg_ctl", "-D", self.data, "-w", "-l", self.folder / "log", "-o",
            f"-k {self.folder} -c listen_addresses= -c fsync=off -c max_connections=200", "start",
        )

    def run(self, program, *args):
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups",
                   binaries() / program, *map(str, args)]
        done = subprocess.run(command, cwd=self.folder, env={"PATH": os.environ["PATH"]},
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
        assert done.returncode == 0, done.stderr.decode()

    def new_database(self):
        """The address of an empty database."""
        self.databases += 1
        name = f"estiba{self.databases}"
        self.run("createdb", "-h", self.folder, "-U", "postgres", name)
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def restart(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "-l", self.folder / "log", "restart")

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
