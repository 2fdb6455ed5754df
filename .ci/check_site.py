"""Look at the documentation as it was built: ``check_site.py FOLDER``.

Each link within the site leads to a page and a place that are there. No signature shows a private
name, or code in place of a default. What people search for is found, by the search's own rules.
"""

import html
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

SEARCHED = (
    *("429", "batch", "price", "proxy", "Docker", "Celery", "certificate", "curl", "resume"),
    *("timeout", "retry", "webhook", "upload", "cancel", "cost", "Chinese", "Windows", "thread"),
    *("sync", "Django", "FastAPI", "rate limit", "token", "pickle", "subtitle", "refund"),
)
LINK = re.compile(r'<a [^>]*?href="([^"]+)"')
PLACE = re.compile(r'\bid="([^"]+)"')
SIGNATURE = re.compile(r'<dt class="sig[^"]*"[^>]*>(.*?)</dt>', re.DOTALL)
PRIVATE = re.compile(r"attr_dict|NOTHING|= _[A-Za-z]|nemo_sdk(\.\w+)*\._(?!_)")


def main() -> None:
    """Tell everything that is wrong, and fail where there is something."""
    site = Path(sys.argv[1])
    wrong = [*broken_links(site), *private_names(site), *words_not_found(site)]
    print(*wrong, sep="\n")
    print(f"{len([*site.glob('*.html')])} pages, {len(SEARCHED)} searches, {len(wrong)} faults")
    sys.exit(bool(wrong))


def broken_links(site: Path) -> Iterator[str]:
    """Yield the links of the pages that lead nowhere in the site."""
    places = {page.name: places_of(page) for page in site.glob("*.html")}
    for page in site.glob("*.html"):
        for link in set(LINK.findall(page.read_text("utf-8"))):
            if re.match(r"[a-z]+:", link):
                continue
            file, _, place = unquote(html.unescape(link)).partition("#")
            name = file or page.name
            known = places.get(name)
            if known is None:
                if not (site / name).exists():
                    yield f"{page.name}: {link} is not there"
            elif place and place not in known:
                yield f"{page.name}: {link} has no such place"


def places_of(page: Path) -> set[str]:
    """Return the places of a page that links can name."""
    return {html.unescape(place) for place in PLACE.findall(page.read_text("utf-8"))}


def private_names(site: Path) -> Iterator[str]:
    """Yield the signatures that show what users do not see."""
    for page in site.glob("*.html"):
        for signature in SIGNATURE.findall(page.read_text("utf-8")):
            text = html.unescape(re.sub(r"<[^>]+>", "", signature))
            if PRIVATE.search(text):
                yield f"{page.name}: {' '.join(text.split())[:200]}"


def words_not_found(site: Path) -> Iterator[str]:
    """Yield the words that lead to no page."""
    raw = (site / "searchindex.js").read_text("utf-8")
    index = json.loads(raw.removeprefix("Search.setIndex(").removesuffix(")"))
    for word in SEARCHED:
        if not is_found(word.lower(), index):
            yield f"a search for {word!r} finds nothing"


def is_found(word: str, index: dict[str, dict[str, object]]) -> bool:
    """Whether a word is found: in a text (never a number), in a title, or in the index."""
    stems = (word, re.sub(r"(ies|y)$", "i", word), re.sub(r"e?s?$", "", word))
    if not word.isdigit() and any(stem in index["terms"] for stem in stems):
        return True
    headings = [*index["alltitles"], *index["indexentries"]]
    return any(word in one.lower() and len(word) * 2 >= len(one) for one in headings)


if __name__ == "__main__":
    main()
