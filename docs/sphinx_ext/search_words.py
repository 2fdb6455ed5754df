"""Words that people search for, and that a page has under another name.

The search of the site skips numbers, so "429" finds nothing that stands in a text. What stands in
the index is found: `search_words` in conf.py names the words, and the page and heading of each.
"""

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util import logging


def add(app: Sphinx, page: nodes.document) -> None:
    """Put the words that lead to a page into the index, at their headings."""
    here = app.env.docname
    for place, words in app.config.search_words.items():
        name, _, heading = place.partition("#")
        if name != here:
            continue
        found = [one for one in page.findall(nodes.section) if not heading or heading in one["ids"]]
        if not found:
            logging.getLogger(__name__).warning("there is no heading %s for its words", place)
            continue
        section = found[0]
        entries = [("single", word, section["ids"][0], "", None) for word in words]
        section.insert(1, addnodes.index(entries=entries))


def setup(app: Sphinx) -> dict[str, bool]:
    """Join the words to the build."""
    app.add_config_value("search_words", {}, "env")
    app.connect("doctree-read", add)
    return {"parallel_read_safe": True}
