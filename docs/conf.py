"""The documentation: MyST pages, and a reference that is read out of the code."""

from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import nemo_sdk
import nemo_sdk.bots
import nemo_sdk.emulator
import nemo_sdk.fleet
import nemo_sdk.jobs
import nemo_sdk.testing
from nemo_sdk._version import __version__

project = "nemo_sdk"
author = "The nemo_sdk authors"
project_copyright = "2026, The nemo_sdk authors"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
default_role = "code"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"nemo_sdk {release}"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
maximum_signature_line_length = 88

nitpicky = True
# Names of other projects: their references would have to be fetched at build time.
OTHERS = "aiohttp|asyncio|attrs?|collections|datetime|multidict|os|pathlib|types|typing|yarl"
# Types of private modules are what users are given and never name.
PRIVATE = r"nemo_sdk\.(\w+\.)*_\w+\..*"
nitpick_ignore_regex = [("py:.*", rf"({OTHERS})\..*"), ("py:.*", PRIVATE)]

PUBLIC = (
    nemo_sdk,
    nemo_sdk.bots,
    nemo_sdk.emulator,
    nemo_sdk.fleet,
    nemo_sdk.jobs,
    nemo_sdk.testing,
)

# Objects that the client hands out: how they are made is nobody's concern but its own.
HANDED_OUT = {f"nemo_sdk.{name}" for name in ("Generation", "Render", "Session", "Turn", "Video")}


def hide_constructor(_app: Sphinx, _what: str, name: str, *_: object) -> tuple[str, str] | None:
    """Leave out the arguments of a class that users do not make."""
    return ("", "") if name in HANDED_OUT else None


def keep_first_line(
    _app: Sphinx, what: str, _name: str, _object: object, _options: object, lines: list[str]
) -> None:
    """Keep napoleon from taking the words before an attribute's first colon for its type."""
    if what in {"attribute", "data", "property"}:
        lines.insert(0, "\\")  # an escaped line end: nothing, but a line without a colon


def resolve_public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Lead a name from the module that defines it to the place where users import it."""
    module, _, name = str(node.get("reftarget", "")).rpartition(".")
    public = next((one for one in PUBLIC[1:] if module.startswith(one.__name__)), nemo_sdk)
    if name not in public.__all__:
        return None
    place = (node["refdoc"], app.builder, "obj", f"{public.__name__}.{name}", node, content)
    found: nodes.reference | None = env.get_domain("py").resolve_xref(env, *place)
    return found


def check_completeness(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn, which fails the build, of a public name that the reference forgot."""
    documented: dict[str, Any] = env.domaindata["py"]["objects"]
    for module in PUBLIC:
        for name in module.__all__:
            if f"{module.__name__}.{name}" not in documented:
                words = "the reference lacks %s.%s"
                logging.getLogger(__name__).warning(words, module.__name__, name)


def setup(app: Sphinx) -> None:
    """Join these to the build."""
    app.connect("autodoc-process-signature", hide_constructor)
    app.connect("autodoc-process-docstring", keep_first_line, priority=400)
    app.connect("missing-reference", resolve_public_name)
    app.connect("env-check-consistency", check_completeness)
