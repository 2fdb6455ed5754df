"""Unpack a Python of Debian's newest suite into this clone: ``debian_python.py 3.14``.

It lies in `.run/debian/3.14` afterwards, with its own C library, and nothing of the machine's own
packages is touched. The exit code is 1, with a word, where it cannot be had.
"""

import itertools
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SUITE = "sid"
LAUNCHER = """#!/bin/sh
# With the C library that it was built for: this machine's may be older.
exec {libraries}/{loader} --argv0 "$0" --library-path {libraries} {program} "$@"
"""
SOURCES = """Types: deb
URIs: {mirror}
Suites: {suite}
Components: main
Signed-By: {keys}
"""
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"


def main() -> None:
    """Unpack it, unless it is there already."""
    version = sys.argv[1]
    place = ROOT / ".run" / "debian" / version
    python = place / "usr" / "bin" / f"python{version}"
    if not works(python):
        shutil.rmtree(place, ignore_errors=True)
        try:
            unpack(version, place)
        except (OSError, LookupError, subprocess.CalledProcessError) as error:
            sys.exit(f"Python {version} cannot be had here: {error}")
        launch_by_its_own_loader(python, place)
    subprocess.run([python, "--version"], check=True)


def works(python: Path) -> bool:
    """Whether an interpreter is there, and starts."""
    ask = [str(python), "-c", "import ssl, sqlite3, ctypes"]
    return python.exists() and subprocess.run(ask, check=False).returncode == 0


def unpack(version: str, place: Path) -> None:
    """Have apt fetch the packages as for an empty machine, and unpack them."""
    options = list(own_apt(place / "apt"))
    run("apt-get", *options, "update", "-qq")
    get = ("install", "-qq", "--yes", "--download-only")
    run("apt-get", *options, *get, f"python{version}")
    for package in sorted((place / "apt" / "archives").glob("*.deb")):
        run("dpkg-deb", "-x", str(package), str(place))
    shutil.rmtree(place / "apt")


def own_apt(place: Path) -> Iterator[str]:
    """Yield the options by which apt knows no packages and no source but Debian's newest."""
    for folder in ("lists/partial", "archives/partial"):
        (place / folder).mkdir(parents=True)
    (place / "status").touch()
    (place / "newest.sources").write_text(
        SOURCES.format(mirror=mirror(), suite=SUITE, keys=KEYS), "utf-8"
    )
    settings = {
        "Dir::State": place,
        "Dir::State::lists": place / "lists",
        "Dir::State::status": place / "status",
        "Dir::Cache": place,
        "Dir::Cache::archives": place / "archives",
        "Dir::Etc::sourcelist": place / "newest.sources",
        "Dir::Etc::sourceparts": "-",
        "APT::Install-Recommends": "0",
        "APT::Sandbox::User": "root",
    }
    for name, value in settings.items():
        yield from ("-o", f"{name}={value}")


def mirror() -> str:
    """Return the address that this machine has its Debian packages from."""
    etc = Path("/etc/apt")
    release = platform.freedesktop_os_release()
    if release.get("ID") != "debian":
        raise LookupError("this is no Debian")
    code = release["VERSION_CODENAME"]
    for file in itertools.chain(etc.glob("sources.list"), etc.glob("sources.list.d/*")):
        for line in file.read_text("utf-8").splitlines():
            if found := re.match(rf"deb\s+(?:\[.*?\]\s+)?(\S+)\s+{code}\s", line):
                return found[1]
        for stanza in file.read_text("utf-8").split("\n\n"):
            if re.search(rf"^Suites:.*\b{code}(\s|$)", stanza, re.MULTILINE):
                return str(re.findall(r"^URIs:\s*(\S+)", stanza, re.MULTILINE)[0])
    raise LookupError("apt's sources name no mirror")


def launch_by_its_own_loader(python: Path, place: Path) -> None:
    """Put a script in the interpreter's place that starts it with the libraries beside it."""
    (loader,) = place.glob("usr/lib*/ld-linux-*.so.*")
    libraries = loader.resolve().parent
    program = python.with_name(python.name + ".program")
    python.rename(program)
    text = LAUNCHER.format(libraries=libraries, loader=loader.name, program=program)
    python.write_text(text, "utf-8")
    python.chmod(0o755)


def run(*command: str) -> None:
    """Run a step; what it prints is shown only where it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stdout + done.stderr)
        done.check_returncode()


if __name__ == "__main__":
    main()
