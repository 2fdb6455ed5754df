"""Set up what this clone needs, inside the clone alone, and do one job with it.

python3 run.py film [PROMPT] [-o FILE]   make a film on the embedded emulator
python3 run.py tests [PYTEST ARGUMENTS]  pass the tests
python3 run.py checks [NOX ARGUMENTS]    pass every check, on every Python that is found
"""

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 11)
if sys.version_info[:2] < OLDEST:
    sys.exit("nemo_sdk needs Python 3.11 or newer; this is Python " + sys.version.split()[0] + ".")

import tomllib  # noqa: E402 - an older Python must reach the sentence above

if sys.platform != "win32":
    import fcntl

ROOT = Path(__file__).resolve().parent
STATE = ROOT / ".run"
VENV = STATE / "venv"
STAMP = STATE / "stamp"
PYTHON = VENV / ("Scripts" if sys.platform == "win32" else "bin") / "python"
CACHES = {"PIP_CACHE_DIR": str(STATE / "pip"), "UV_CACHE_DIR": str(STATE / "uv")}
ENVIRON = {**CACHES, **os.environ, "PIP_USER": "0"}


def film(arguments: list[str]) -> int:
    """Generate one film and say where it is."""
    parser = argparse.ArgumentParser(prog="run.py film")
    parser.add_argument("prompt", nargs="?", default="a cat walking through a snowy forest")
    parser.add_argument("-o", "--output", default="cat.mp4", type=Path)
    wish = parser.parse_args(arguments)
    code = python("nemo_sdk", "generate", wish.prompt, "-o", str(wish.output), "--emulator")
    if code == 0:
        print(f"The film is {wish.output.resolve()}")
    return code


def tests(arguments: list[str]) -> int:
    """Run the test suite as this clone has it, on every core unless the arguments say how many."""
    told = any(argument.startswith(("-n", "--numprocesses", "--pdb")) for argument in arguments)
    cores = [] if told else ["-n", str(os.cpu_count() or 1)]
    return python("pytest", *cores, *arguments, cwd=ROOT)


def checks(arguments: list[str]) -> int:
    """Run the sessions of noxfile.py."""
    return python("nox", *arguments, cwd=ROOT)


def python(module: str, *arguments: str, cwd: Path | None = None) -> int:
    """Run a module in the environment; its exit code is ours."""
    try:
        return subprocess.call([PYTHON, "-m", module, *arguments], cwd=cwd, env=ENVIRON)
    except KeyboardInterrupt:
        return 130


def fingerprint() -> str:
    """What makes an environment stale when it changes: this Python, the project, the place."""
    texts = [path.read_text("utf-8") for path in (Path(__file__), ROOT / "pyproject.toml")]
    facts = [sys.version, sys.base_prefix, str(ROOT), *texts]
    return hashlib.sha256("\0".join(facts).encode()).hexdigest()


def is_ready() -> bool:
    """Whether the environment was set up to its end, for what is here now."""
    return STAMP.exists() and STAMP.read_text() == fingerprint() and PYTHON.exists()


def set_up() -> None:
    """Make the environment anew; the stamp comes last, so that a killed run leaves none."""
    print(f"Setting up {VENV}; this takes a minute the first time.", flush=True)
    STAMP.unlink(missing_ok=True)
    shutil.rmtree(VENV, ignore_errors=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extras = ",".join(project["project"]["optional-dependencies"])
    wanted = ["--editable", f".[{extras}]", *group(project["dependency-groups"], "dev")]
    step(*make_venv(), "install", "--quiet", *wanted)
    STAMP.write_text(fingerprint())


def make_venv() -> list[str]:
    """An empty environment, and the pip that fills it: the outer one where Debian split it off."""
    inner, outer = (importlib.util.find_spec(name) is not None for name in ("ensurepip", "pip"))
    if not inner and not outer:
        sys.exit("This Python cannot make an environment: run 'apt-get install python3-venv'.")
    options = [] if inner else ["--without-pip"]
    step(sys.executable, "-m", "venv", *options, str(VENV))
    if inner:
        return [str(PYTHON), "-m", "pip"]
    return [sys.executable, "-m", "pip", "--python", str(PYTHON)]


def step(*command: str) -> None:
    """Run a step of the set-up; it inherits the lock, should it outlive a run that is killed."""
    subprocess.run(command, cwd=ROOT, env=ENVIRON, check=True, close_fds=False)


def group(groups: dict[str, list[str | dict[str, str]]], name: str) -> list[str]:
    """The requirements of a dependency group: older pips do not read them."""
    found: list[str] = []
    for entry in groups[name]:
        found += [entry] if isinstance(entry, str) else group(groups, entry["include-group"])
    return found


def lock(file: int, *, alone: bool) -> None:
    """Share the environment with other runs, or wait until they have left it."""
    if sys.platform == "win32":
        return
    kind = fcntl.LOCK_EX if alone else fcntl.LOCK_SH
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Waiting for another run in this clone.", flush=True)
        fcntl.flock(file, kind)


def main() -> int:
    """Do the job that the command line names."""
    jobs = {job.__name__: job for job in (film, tests, checks)}
    job = jobs.get(sys.argv[1]) if len(sys.argv) > 1 else None
    if job is None:
        sys.exit((__doc__ or "").strip())
    STATE.mkdir(exist_ok=True)
    (STATE / ".gitignore").write_text("*\n")
    with (STATE / "lock").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        lock(file.fileno(), alone=False)
        while not is_ready():
            lock(file.fileno(), alone=True)
            if not is_ready():
                set_up()
            lock(file.fileno(), alone=False)
        return job(sys.argv[2:])


if __name__ == "__main__":
    try:
        sys.exit(main())
    except subprocess.CalledProcessError as error:
        sys.exit(f"Setting up failed, the lines above say why (exit code {error.returncode}).")
