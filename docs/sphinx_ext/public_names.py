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

import nemo_sdk
import nemo_sdk.bots
import nemo_sdk.emulator
import nemo_sdk.fleet
import nemo_sdk.jobs
import nemo_sdk.mcp
import nemo_sdk.testing

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


def hide_constructor(_app: Sphinx, _what: str, name: str, *_: object) -> tuple[str, str] | None:
    """Leave out the arguments of a class that users do not make."""
    return ("", "") if name in HANDED_OUT else None


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
    module, _, name = str(node.get("reftarget", "")).rpartition(".")
    inner = [one for one in PUBLIC[1:] if module.startswith(one.__name__)]
    public = next(iter(inner), nemo_sdk)
    if name not in public.__all__:
        return None
    place = (node["refdoc"], app.builder, "obj", f"{public.__name__}.{name}", node, content)
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
    app.connect("autodoc-process-signature", hide_constructor)
    app.connect("autodoc-process-docstring", keep_first_line, priority=400)
    app.connect("missing-reference", resolve, priority=400)  # before the inventories are asked
    app.connect("doctree-resolved", rename)
    app.connect("env-check-consistency", check_completeness)
    return {"parallel_read_safe": True}
