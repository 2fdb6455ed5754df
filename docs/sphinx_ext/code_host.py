"""What the site alone can show, and what stands in its place where pages are read as Markdown.

Directives stand in a comment that begins with `site`, and a plain form of the same between the
comments `host` and `/host`; `python docs/plain.py` writes it. The site takes the former.
"""

import re

from sphinx.application import Sphinx

SITE = re.compile(r"^<!-- site\n(.*?)^-->\n", re.DOTALL | re.MULTILINE)
HOST = re.compile(r"^<!-- host -->\n.*?^<!-- /host -->\n", re.DOTALL | re.MULTILINE)


def for_the_site(_app: Sphinx, _name: str, content: list[str]) -> None:
    """Take the directives out of their comments, and what stands for them away."""
    content[0] = HOST.sub("", SITE.sub(r"\1", content[0]))


def setup(app: Sphinx) -> dict[str, bool]:
    """Join this to the build."""
    app.connect("source-read", for_the_site)
    return {"parallel_read_safe": True}
