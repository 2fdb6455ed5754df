"""The documentation: MyST pages, and a reference that is read out of the code."""

import sys
from pathlib import Path

from nemo_sdk._version import __version__

sys.path.insert(0, str(Path(__file__).parent / "sphinx_ext"))

project = "nemo_sdk"
author = "The nemo_sdk authors"
project_copyright = "2026, The nemo_sdk authors"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "sphinx.ext.napoleon",
    "sphinx.ext.viewcode",
    "code_host",
    "command_output",
    "public_names",
    "search_words",
]
exclude_patterns = ["_build", "performance/*.md"]
default_role = "code"
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = f"nemo_sdk {release}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
toc_object_entries_show_parents = "hide"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
maximum_signature_line_length = 88
viewcode_line_numbers = True

# The inventories lie here, cut down to what these pages name, so that a build needs no network.
intersphinx_mapping = {
    "python": ("https://docs.python.org/3", "inventories/python.inv"),
    "aiohttp": ("https://docs.aiohttp.org/en/stable", "inventories/aiohttp.inv"),
}

nitpicky = True
# Names that no inventory here has.
OTHERS = "attrs?|asyncio|mcp|mcp_types|multidict|types|typing|yarl"
# Types of private modules are what users are given and never name.
PRIVATE = r"nemo_sdk\.(\w+\.)*_\w+\..*"
nitpick_ignore_regex = [("py:.*", rf"({OTHERS})\..*"), ("py:.*", PRIVATE)]

search_words = {
    "errors#ratelimiterror": ["429", "rate limit", "too many requests", "Retry-After"],
    "errors#insufficientcreditserror": ["2001", "402", "no credits", "payment"],
    "errors#authenticationerror": ["1001", "401", "unauthorized", "invalid token"],
    "errors#exportblockederror": ["403", "subscription"],
    "errors#sessionnotfounderror": ["1002", "404"],
    "errors#unsupportedfiletypeerror": ["4001", "415"],
    "errors#filetoolargeerror": ["4002", "413", "500 MB"],
    "errors#badrequesterror": ["400", "422"],
    "errors#requesttimeouterror": ["408", "timed out"],
    "errors#servererror": ["500", "502", "503", "504", "5xx"],
    "prices": ["price", "prices", "cost", "costs", "billing", "charge", "money"],
    "many": ["batch", "bulk", "parallel", "concurrency"],
    "network": ["proxy", "proxies", "certificate", "SSL", "TLS", "CA bundle", "corporate network"],
    "deployment#docker": ["Docker", "container", "Kubernetes"],
    "deployment#celery": ["Celery", "task queue", "RQ", "Dramatiq"],
    "deployment": ["workers", "gunicorn", "uvicorn"],
    "curl": ["curl", "REST", "HTTP API"],
    "apps": ["FastAPI", "Flask", "Django", "JSON"],
    "apps#from-code-that-is-not-async": ["sync", "synchronous", "threads", "asyncio.run"],
    "jobs#be-told-when-a-film-is-done": ["webhook", "webhooks", "callback", "notification"],
    "configuration#timeouts-and-repeats": ["timeout", "timeouts", "retry", "retries", "backoff"],
    "configuration#platforms": ["Windows", "macOS"],
    "configuration#the-token": ["token", "API key", "login"],
    "conversation#language": ["Chinese", "Japanese", "languages"],
    "emulator#what-the-agent-understands": ["subtitle", "subtitles", "caption", "aspect ratio"],
    "errors": ["pickle", "exception"],
    "files": ["upload", "download"],
    "reliability#cancelling": ["cancel", "cancelling", "stop"],
    "reliability#what-cannot-be-known": ["refund", "charged twice"],
}
