"""Signatures as users read them: real defaults, and the names that they import."""

import inspect
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import attrs
from docutils import nodes
from signatures import HANDED_OUT, default_of, fields_of
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.typing import stringify_annotation

import nemo_sdk
import nemo_sdk.bots
import nemo_sdk.emulator
import nemo_sdk.fleet
import nemo_sdk.jobs
import nemo_sdk.mcp
import nemo_sdk.testing
from nemo_sdk import exceptions

PUBLIC: tuple[ModuleType, ...] = (
    nemo_sdk,
    nemo_sdk.bots,
    nemo_sdk.emulator,
    nemo_sdk.fleet,
    nemo_sdk.jobs,
    nemo_sdk.mcp,
    nemo_sdk.testing,
)
MOVED = {"aiohttp.client.ClientSession": "aiohttp.ClientSession"}
"""Names of other projects that stand in their pages under another."""


def public_classes() -> Iterator[tuple[str, type]]:
    """Yield the classes that users import, with the names that they have there."""
    for module in PUBLIC:
        for name in module.__all__:
            if isinstance(found := getattr(module, name), type):
                yield f"{module.__name__}.{name}", found


PLACES = {f"{kind.__module__}.{kind.__qualname__}": name for name, kind in public_classes()}
"""Where users import what a module defines, by where it is defined."""
ALIASES = {
    stringify_annotation(alias, "smart"): name
    for name, alias in (
        ("nemo_sdk.Format", nemo_sdk.Format),
        ("nemo_sdk.Quality", nemo_sdk.Quality),
        ("nemo_sdk.jobs.Status", nemo_sdk.jobs.Status),
        ("nemo_sdk.exceptions.Charged", exceptions.Charged),
        ("nemo_sdk.exceptions.Next", exceptions.Next),
    )
}
"""The names that types have for users, by how they are written out."""
MADE_BY_ATTRS = {kind.__init__: kind for _, kind in public_classes() if attrs.has(kind)}


def show_defaults(_app: Sphinx, made: Any, _bound: bool) -> None:
    """Put the values of defaults where a signature has the code of attrs, or a sentinel."""
    try:
        signature = inspect.signature(made)
        kind = MADE_BY_ATTRS.get(made)
    except (TypeError, ValueError):  # not every object has a signature, or a hash
        return
    fields = fields_of(kind) if kind else {}
    shown = [one.replace(default=default_of(one, fields)) for one in signature.parameters.values()]
    if shown != list(signature.parameters.values()):
        made.__signature__ = signature.replace(parameters=shown)


def say_aliases(
    _app: Sphinx, _what: str, name: str, _object: object, _options: object, *signature: str | None
) -> tuple[str | None, str | None]:
    """Write the names of aliases, and no arguments that users do not give."""
    if name in HANDED_OUT:
        return "", ""
    arguments, returned = (say(text) if text else text for text in signature)
    return arguments, returned


def say(text: str) -> str:
    """Return a signature with the public names of aliases."""
    for values, public in ALIASES.items():
        text = text.replace(values, f"~{public}")
    return text


def hide_bases(
    _app: Sphinx, _name: str, _object: object, _options: object, bases: list[type]
) -> None:
    """Leave out the bases that users cannot name."""
    bases[:] = [one for one in bases if "._" not in place_of(one) or place_of(one) in PLACES]


def place_of(kind: type) -> str:
    """Return where a class is defined."""
    return f"{kind.__module__}.{kind.__qualname__}"


def keep_first_line(
    _app: Sphinx, what: str, _name: str, _object: object, _options: object, lines: list[str]
) -> None:
    """Keep napoleon from taking the words before an attribute's first colon for its type."""
    if what in {"attribute", "data", "property"}:
        lines.insert(0, "\\")  # an escaped line end: nothing, but a line without a colon


def resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Lead a name from the module that defines it to the place where users import it."""
    if node.get("reftarget") in MOVED:
        node["reftarget"] = MOVED[node["reftarget"]]
        return None
    target = str(node.get("reftarget", ""))
    module, _, name = target.rpartition(".")
    inner = [one for one in PUBLIC[1:] if module.startswith(one.__name__)]
    public = next(iter(inner), nemo_sdk)
    if name in public.__all__:
        target = f"{public.__name__}.{name}"
    elif target not in ALIASES.values():
        return None
    place = (node["refdoc"], app.builder, "obj", target, node, content)
    found: nodes.reference | None = env.get_domain("py").resolve_xref(env, *place)
    return found


def rename(_app: Sphinx, page: nodes.document, _name: str) -> None:
    """Write the public name of a class wherever a page has that of its module."""
    for node in page.findall(nodes.reference):
        if node.get("reftitle") in PLACES:
            node["reftitle"] = PLACES[node["reftitle"]]
    for text in list(page.findall(nodes.Text)):
        if text in PLACES:
            text.parent.replace(text, nodes.Text(PLACES[text]))


def check_completeness(_app: Sphinx, env: BuildEnvironment) -> None:
    """Warn, which fails the build, of a public name that the reference forgot."""
    documented: dict[str, Any] = env.domaindata["py"]["objects"]
    for module in PUBLIC:
        for name in module.__all__:
            if f"{module.__name__}.{name}" not in documented:
                words = "the reference lacks %s.%s"
                logging.getLogger(__name__).warning(words, module.__name__, name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Join these to the build."""
    app.connect("autodoc-before-process-signature", show_defaults, priority=600)
    app.connect("autodoc-process-signature", say_aliases)
    app.connect("autodoc-process-bases", hide_bases)
    app.connect("autodoc-process-docstring", keep_first_line, priority=400)
    app.connect("missing-reference", resolve, priority=400)  # before the inventories are asked
    app.connect("doctree-resolved", rename)
    app.connect("env-check-consistency", check_completeness)
    return {"parallel_read_safe": True}
