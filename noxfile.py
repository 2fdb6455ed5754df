"""Every check of the project: ``python3 run.py checks``, or plain ``nox`` where it is installed."""

import os
import shutil
import tarfile
import zipfile
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13", "3.14"]
ROOT = Path(__file__).parent
DIST = ROOT / ".nox" / "dist"
ALL_CORES = ("-n", str(os.cpu_count() or 1))
PARTS = ("tests/cli", "tests/generation", "tests/transport", "tests/transfer", "tests/telemetry")
"""Where the libraries that we use are used most: what `wheel` runs unless told more."""
PROJECT = nox.project.load_toml(ROOT / "pyproject.toml")
EXTRAS = ",".join(PROJECT["project"]["optional-dependencies"])

nox.needs_version = ">=2025.10.16"
nox.options.default_venv_backend = "uv"  # makes twenty environments in a minute
nox.options.download_python = "never"
nox.options.reuse_venv = "yes"


def put_pythons_on_path() -> None:
    """Let nox see each Python that pyenv keeps, and those that `.ci/debian_python.py` unpacked.

    The shims of pyenv answer for the chosen ones alone.
    """
    versions = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    kept = [next(versions.glob(f"{python}.*/bin"), None) for python in PYTHONS]
    unpacked = [ROOT / ".run" / "debian" / python / "usr" / "bin" for python in PYTHONS]
    folders = [str(folder) for folder in (*kept, *unpacked) if folder and folder.exists()]
    os.environ["PATH"] = os.pathsep.join([*folders, os.environ["PATH"]])


put_pythons_on_path()


def group(name: str) -> list[str]:
    """The requirements of one of pyproject.toml's dependency groups."""
    return list(nox.project.dependency_groups(PROJECT, name))


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The test suite on the tree."""
    session.install("-e", f".[{EXTRAS}]", *group("tests"))
    session.run("pytest", *(session.posargs or ALL_CORES))


@nox.session(python=PYTHONS[0])
def coverage(session: nox.Session) -> None:
    """The test suite, and how many branches it takes, also of the commands that tests run."""
    session.install("-e", f".[{EXTRAS}]", *group("tests"))
    env = {"COVERAGE_FILE": str(Path(session.create_tmp()) / "coverage")}
    session.run("coverage", "erase", env=env)
    # What fails here fails in the tests' own session; what decides here is the floor.
    tests = ("coverage", "run", "-m", "pytest", *(session.posargs or ALL_CORES))
    session.run(*tests, env=env, success_codes=[0, 1])
    session.run("coverage", "combine", "--quiet", env=env)
    session.run("coverage", "report", env=env)


@nox.session(python=PYTHONS[0], reuse_venv=False)
def lowest(session: nox.Session) -> None:
    """The test suite on the lowest version of everything that pyproject.toml allows."""
    wanted = ("-e", f".[{EXTRAS}]", *group("tests"), *group("postgres"))
    session.install("--resolution", "lowest-direct", *wanted)
    session.run("uv", "pip", "list")
    session.run("pytest", *(session.posargs or ALL_CORES))


@nox.session(reuse_venv=False)
def newest(session: nox.Session) -> None:
    """What is to come: the newest of everything, not yet released ones too."""
    wanted = ("-e", f".[{EXTRAS}]", *group("tests"), *group("postgres"))
    session.install("--prerelease", "allow", *wanted)
    session.run("uv", "pip", "list")
    session.run("pytest", *(session.posargs or ALL_CORES))


@nox.session
def lint(session: nox.Session) -> None:
    """Style, and the traps that a linter knows."""
    session.install(*group("lint"))
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session(python=PYTHONS[0])
def types(session: nox.Session) -> None:
    """Two type checkers, on the oldest Python: users run either."""
    session.install("-e", f".[{EXTRAS}]", *group("types"))
    if not shutil.which("node"):
        session.install("pyright[nodejs]")
    session.run("mypy")
    session.run("pyright")
    blocks = written_blocks(session)
    session.run("mypy", *blocks, env={"MYPYPATH": "examples/testing"})
    session.run("pyright", *blocks)


def written_blocks(session: nox.Session) -> list[str]:
    """The Python of README and documentation as files."""
    folder = Path(session.create_tmp()).resolve() / "blocks"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    session.run("python", ".ci/written_blocks.py", str(folder))
    return [str(path) for path in sorted(folder.glob("*.py"))]


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation; a warning, a broken link and a search without a page are errors."""
    session.install("-e", f".[{EXTRAS}]", *group("docs"))
    site = "docs/_build/html"  # built anew: what commands say, and the index of words
    session.run("sphinx-build", "-EnqW", "--keep-going", "-b", "html", "docs", site)
    session.run("python", ".ci/check_site.py", site)


@nox.session(default=False)
def benchmarks(session: nox.Session) -> None:
    """What the library costs, beside its peers; the figures are for people to judge.

    Arguments are those of `python -m benchmarks`: with `--smoke` each is only tried.
    """
    session.install("-e", ".[cli,emulator,speed]", *group("benchmarks"))
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """The wheel and the source archive, as they are to be published, and whether they can be."""
    session.install(*group("build"))
    shutil.rmtree(DIST, ignore_errors=True)
    session.run("uv", "build", "--quiet", "--out-dir", str(DIST))
    (DIST / ".gitignore").unlink()  # what is published is all that lies there
    archives = [str(path) for path in sorted(DIST.iterdir())]
    session.run("twine", "check", "--strict", *archives)
    (built,) = DIST.glob("*.whl")
    session.run("check-wheel-contents", str(built))
    check_wheel(session, built)
    (source,) = DIST.glob("*.tar.gz")
    check_source(session, source)


@nox.session(reuse_venv=False)
def wheel(session: nox.Session) -> None:
    """What users install: the wheel in an environment of its own, away from the tree."""
    place = Path(session.create_tmp()).resolve()
    session.install(f"nemo-sdk[{EXTRAS}] @ {wheel_of(session).as_uri()}", *group("tests"))
    session.install("pyright" if shutil.which("node") else "pyright[nodejs]")
    session.chdir(copy_of_tests(place / "outside"))
    session.run("pyright", "--verifytypes", "nemo_sdk", "--ignoreexternal")
    session.run("nemo-sdk", "--version")
    prompt = "a two second film of a ship at sea"
    session.run("nemo-sdk", "generate", prompt, "-o", "ship.mp4", "--emulator")
    session.run("python", str(ROOT / ".ci" / "check_film.py"), "ship.mp4", "--seconds", "2")
    session.run("pytest", *(session.posargs or (*ALL_CORES, *PARTS)))


@nox.session(reuse_venv=False)
def sample(session: nox.Session) -> None:
    """A project of a user's: its tests pass on the wheel, with no more than it asks for."""
    place = Path(session.create_tmp()).resolve()
    built = wheel_of(session)
    project = copy_of(ROOT / "examples" / "testing", place / "project")
    wanted = nox.project.load_toml(project / "pyproject.toml")
    session.install(f"nemo-sdk @ {built.as_uri()}", *nox.project.dependency_groups(wanted, "tests"))
    session.chdir(project)
    session.run("pytest", *session.posargs)
    session.run("pytest", "-n", "2", *session.posargs)


@nox.session
def adk(session: nox.Session) -> None:
    """The emulator's stream and the library, held against the real ADK API server."""
    session.install("-e", ".[emulator]", *group("adk"))
    session.run("pytest", "tests/adk", *session.posargs)


@nox.session
def faults(session: nox.Session) -> None:
    """Whole generations under every fault, and killed ones resumed: charged once, never lost."""
    session.install("-e", f".[{EXTRAS}]", *group("tests"))
    session.run("python", "-m", "tests.faults", "all", *session.posargs)
    session.run("python", "-m", "tests.faults", "kills", "--runs", "140")


@nox.session(reuse_venv=False)
def notebook(session: nox.Session) -> None:
    """Real Jupyter kernels, and the tutorial, on the wheel and away from the tree."""
    place = Path(session.create_tmp()).resolve()
    built = wheel_of(session)
    session.install(f"nemo-sdk[emulator,notebook] @ {built.as_uri()}", *group("notebook"))
    session.chdir(copy_of_tests(place / "outside"))
    session.run("pytest", "tests/notebook", *session.posargs)


@nox.session
def bots(session: nox.Session) -> None:
    """The chat bots among the examples, with their platforms' own libraries."""
    session.install("-e", f".[{EXTRAS}]", *group("bots"))
    platforms = [f"tests/bots/test_{name}_bot.py" for name in ("discord", "slack", "telegram")]
    session.run("pytest", *platforms, *session.posargs)


@nox.session
def fleet(session: nox.Session) -> None:
    """Jobs on many machines, on a real PostgreSQL: killed workers, a killed database."""
    session.install("-e", f".[{EXTRAS}]", *group("fleet"))
    session.run("pytest", "tests/fleet", "tests/fleet_engines", *(session.posargs or ALL_CORES))
    session.run("python", "-m", "tests.fleet", "kills", "--films", "200")


@nox.session
def contract(session: nox.Session) -> None:
    """The emulator against the OpenAPI description that it serves, with schemathesis."""
    session.install("-e", ".[emulator]", *group("contract"))
    session.run("python", ".ci/contract.py")


@nox.session
def apps(session: nox.Session) -> None:
    """Pages in chromium, where it is installed: the examples' applications, the emulator's own."""
    session.install("-e", f".[{EXTRAS}]", *group("apps"))
    pages = ("tests/apps", "tests/emulator/test_status_in_browser.py")
    session.run("pytest", *pages, *session.posargs)


def wheel_of(session: nox.Session) -> Path:
    """The wheel of the sources as they are now; sessions share it until these change."""
    sources = [ROOT / "pyproject.toml", ROOT / "README.md", *(ROOT / "nemo_sdk").rglob("*.*")]
    changed = max(path.stat().st_mtime for path in sources if path.suffix != ".pyc")
    for built in DIST.glob("*.whl"):
        if built.stat().st_mtime > changed:
            return built
    shutil.rmtree(DIST, ignore_errors=True)
    session.run("uv", "build", "--quiet", "--wheel", "--out-dir", str(DIST))
    (built,) = DIST.glob("*.whl")
    return built


def check_source(session: nox.Session, archive: Path) -> None:
    """Refuse a source archive that lacks a file of the repository: these sessions run in it."""
    if not (ROOT / ".git").exists():
        return
    wanted = session.run("git", "ls-files", external=True, silent=True)
    with tarfile.open(archive) as files:
        carried = {name.partition("/")[2] for name in files.getnames()}
    if missing := set(str(wanted).splitlines()) - carried:
        session.error(f"The source archive lacks {sorted(missing)}.")


def check_wheel(session: nox.Session, built: Path) -> None:
    """Refuse a wheel that lacks its types or licence, or that carries more than the package."""
    with zipfile.ZipFile(built) as archive:
        names = archive.namelist()
    ours = ("nemo_sdk/", "nemo_sdk-")
    strangers = [name for name in names if not name.startswith(ours)]
    if strangers:
        session.error(f"The wheel carries {strangers}.")
    for needed in ("nemo_sdk/py.typed", "LICENSE"):
        if not any(name.endswith(needed) for name in names):
            session.error(f"The wheel lacks {needed}.")


def copy_of_tests(place: Path) -> Path:
    """The tests where no source tree can be imported by accident."""
    shutil.rmtree(place, ignore_errors=True)
    for folder in ("tests", "examples", "docs"):
        copy_of(ROOT / folder, place / folder)
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, place)
    return place


def copy_of(folder: Path, place: Path) -> Path:
    """A folder elsewhere, without what Python has left in it."""
    shutil.rmtree(place, ignore_errors=True)
    ignored = shutil.ignore_patterns("__pycache__", ".*_cache")
    return Path(shutil.copytree(folder, place, ignore=ignored))
