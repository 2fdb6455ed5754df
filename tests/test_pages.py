"""What the pages leave out, and what in them would grow old: every name, error, variable, link."""

import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import nemo_sdk
from nemo_sdk import NemoError, exceptions

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = {page.name: page.read_text("utf-8") for page in sorted(DOCS.glob("*.md"))}
INNER = ("bots", "emulator", "fleet", "jobs", "testing")
PUBLIC = ("nemo_sdk", *(f"nemo_sdk.{name}" for name in INNER))
DIRECTIVE = re.compile(
    r"^\.\. (?:py:)?(?:auto)?(?:class|exception|function|data|module):: (\S+)", re.MULTILINE
)
SECTION = re.compile(r"^#+ ", re.MULTILINE)
CLASS = re.compile(r"^\.\. autoclass:: (\w+)", re.MULTILINE)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
ENTRY = re.compile(r"^### (\w+Error)\n(.*?)(?=^##)", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([\w./-]*\.(?:md|svg|py))?(#[\w-]+)?\)")
VARIABLE = re.compile(r"\b(?:NEMO_[A-Z_]+|SKILL_SOURCE|NO_COLOR|SSL_CERT_\w+)\b")

pytestmark = pytest.mark.skipif(not PAGES, reason="the wheel is tested without its pages")


def documented() -> set[str]:
    """The names that the directives of all pages document."""
    found = set()
    for page in PAGES.values():
        module = "nemo_sdk"
        for line in page.splitlines():
            if line.startswith(".. currentmodule:: "):
                module = line.removeprefix(".. currentmodule:: ")
            elif match := DIRECTIVE.match(line):
                name = match[1].removesuffix("()")
                found.add(name if name.startswith("nemo_sdk.") else f"{module}.{name}")
    return found


@pytest.mark.parametrize("module", [*map(import_module, PUBLIC)], ids=lambda one: one.__name__)
def test_every_public_name_is_documented(module: ModuleType) -> None:
    """The build checks the same; this says it sooner."""
    names = {f"{module.__name__}.{name}" for name in module.__all__}
    assert names - documented() == set()


def without_example() -> list[str]:
    """The classes whose section has no Python; an error's entry may do without."""
    sections = [
        part for page in PAGES.values() for part in re.split(r"^#+ ", page, flags=re.MULTILINE)
    ]
    plain = [part for part in sections if "```python" not in part]
    return [
        name
        for part in plain
        for name in re.findall(r"^\.\. autoclass:: (\w+)", part, re.MULTILINE)
    ]


def test_every_public_class_has_an_example() -> None:
    """It stands in the section of the class, and is run with its page."""
    assert without_example() == []


def errors() -> list[type[NemoError]]:
    return [
        kind
        for kind in vars(exceptions).values()
        if isinstance(kind, type) and issubclass(kind, NemoError)
    ]


@pytest.mark.parametrize("kind", errors(), ids=lambda kind: kind.__name__)
def test_each_error_has_its_entry(kind: type[NemoError]) -> None:
    """With what it means for a charge, as the code has it."""
    entries = dict(ENTRY.findall(PAGES["errors.md"]))
    assert f"- Charged: `{kind.charged}`\n- What to do: " in entries[kind.__name__]


def test_the_tree_of_errors_is_that_of_the_code() -> None:
    """The page has the tree that stands in the module."""
    tree = re.search(
        r"^NemoError\n.*?DownloadError[^\n]*", PAGES["errors.md"], re.DOTALL | re.MULTILINE
    )
    lines = [line.strip() for line in (exceptions.__doc__ or "").splitlines()]
    assert tree is not None
    assert [line for line in map(str.strip, tree[0].splitlines()) if line not in lines] == []


def test_every_variable_is_in_the_index() -> None:
    """What the code reads from the environment is in the table of settings."""
    code = "\n".join(file.read_text("utf-8") for file in (ROOT / "nemo_sdk").rglob("*.py"))
    assert {*VARIABLE.findall(code)} - {*VARIABLE.findall(PAGES["configuration.md"])} == set()


def slug(heading: str) -> str:
    """The place that a code host and the site make of a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def places(page: str) -> set[str]:
    text = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    return {slug(heading) for heading in HEADING.findall(text)}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    """Between the pages, as a code host shows them, too."""
    for file, place in LINK.findall(PAGES[page]):
        assert not file or (DOCS / file).exists(), file
        if place and (not file or file in PAGES):
            assert place[1:] in places(PAGES[file or page]), f"{file}{place}"


def test_readme_has_absolute_links_alone() -> None:
    """It is shown where the repository is not: on the package's page."""
    text = (ROOT / "README.md").read_text("utf-8")
    targets = [
        *re.findall(r"\]\(([^)]+)\)", text),
        *re.findall(r"^\[[^\]]+\]: (\S+)", text, re.MULTILINE),
    ]
    assert [target for target in targets if not target.startswith("https://")] == []
    root = "https://github.com/nemo-sdk/nemo-sdk/blob/main/"
    raw = "https://raw.githubusercontent.com/nemo-sdk/nemo-sdk/main/"
    for target in targets:
        path, _, place = target.removeprefix(root).removeprefix(raw).partition("#")
        if path.endswith((".md", ".jpg", ".svg")):
            assert (ROOT / path).exists(), target
            assert not place or place in places(PAGES[path.removeprefix("docs/")]), target


@pytest.mark.parametrize("page", PAGES)
def test_pages_read_well_as_they_stand(page: str) -> None:
    """A code host shows directives as they are: each page has words of its own."""
    text = re.sub(r"^```.*?^```", "", PAGES[page], flags=re.DOTALL | re.MULTILINE)
    assert len(text.split()) > 20


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_plain_markdown(page: str) -> None:
    """Nothing vanishes on a code host: links have words, and directives stand in comments."""
    text = re.sub(r"^<!-- site\n.*?^-->", "", PAGES[page], flags=re.DOTALL | re.MULTILINE)
    assert "[](" not in text
    assert re.findall(r"\{(?:py:)?(?:class|meth|func|mod|attr|exc|ref|doc)\}`", text) == []
    assert re.findall(r"^```\{.*", text, re.MULTILINE) == []


def test_what_stands_for_directives_is_in_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python docs/plain.py` writes it anew."""
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.syspath_prepend(str(DOCS / "sphinx_ext"))
    plain = import_module("plain")
    try:
        assert [name for name, text in PAGES.items() if plain.page(text) != text] == []
    finally:
        for name in ("plain", "signatures"):
            sys.modules.pop(name, None)


async def test_the_diagram_is_what_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python docs/sequence.py` draws it anew."""
    monkeypatch.syspath_prepend(str(DOCS))
    drawn = import_module("sequence")
    try:
        made = await drawn.steps()
        picture = (DOCS / "sequence.svg").read_text("utf-8")
        assert [step.endpoint for step in made] == [*drawn.KNOWN]
        shown = re.findall(r">((?:GET|POST) [^<]+)<", picture)
        assert shown == [f"{step.method} {step.path}" for step in made]
    finally:
        sys.modules.pop("sequence", None)


def test_the_version_is_shown() -> None:
    """The table of the README names the version that was compared."""
    assert f"nemo-sdk {nemo_sdk.__version__}" in (ROOT / "README.md").read_text("utf-8")
