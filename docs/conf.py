"""The documentation: MyST pages, and a reference that is read out of the code."""

from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import nemo_sdk
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
nitpick_ignore_regex = [
    ("py:.*", r"(aiohttp|asyncio|attrs?|collections|multidict|os|pathlib|types|typing|yarl)\..*")
]


def resolve_public_name(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Lead a name from the module that defines it to the place where users import it."""
    name = str(node.get("reftarget", "")).rpartition(".")[2]
    if name not in nemo_sdk.__all__:
        return None
    place = (node["refdoc"], app.builder, "obj", f"nemo_sdk.{name}", node, content)
    found: nodes.reference | None = env.get_domain("py").resolve_xref(env, *place)
    return found


def check_completeness(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn, which fails the build, of a public name that the reference forgot."""
    documented: dict[str, Any] = env.domaindata["py"]["objects"]
    for name in nemo_sdk.__all__:
        if f"nemo_sdk.{name}" not in documented:
            logging.getLogger(__name__).warning("reference.md lacks nemo_sdk.%s", name)


def setup(app: Sphinx) -> None:
    """Join the two to the build."""
    app.connect("missing-reference", resolve_public_name)
    app.connect("env-check-consistency", check_completeness)
