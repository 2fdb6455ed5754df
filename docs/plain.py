"""Write what a code host shows in place of directives: `python docs/plain.py`.

In a page, a comment `<!-- site … -->` holds a directive, and what stands below it between
`<!-- host -->` and `<!-- /host -->` is the same as plain Markdown: the signature and the members
of what is documented, or a copy of the file that is included. A test keeps both in step. What is
shown for other directives is written by hand.
"""

import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from functools import cached_property
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, get_args

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS / "sphinx_ext"))

from signatures import HANDED_OUT, Shown, default_of, fields_of  # noqa: E402 - the folder is named first

LONG = 100
PAIR = re.compile(
    r"^(<!-- site\n```\{(eval-rst|literalinclude)\}(.*?)^```\n-->\n<!-- host -->\n)"
    r".*?(?=^<!-- /host)",
    re.DOTALL | re.MULTILINE,
)
DIRECTIVE = re.compile(r"^\.\. (?:py:)?(\w+):: (\S+)\n((?:^(?:   .*)?\n)*)", re.MULTILINE)
SECTION = re.compile(r"^(?:Args|Attributes):\n((?:[ ]{4}.*\n|\n)*)", re.MULTILINE)
ENTRY = re.compile(r"^(\S[^:\n]*): (.*?)(?=^\S|\Z)", re.DOTALL | re.MULTILINE)


class Row(NamedTuple):
    """A line of a table: a name, and what it is."""

    name: str
    text: str


def page(text: str) -> str:
    """Return a page with all that stands for directives written anew."""
    return PAIR.sub(lambda found: found[1] + shown(found[2], found[3]), text)


def shown(directive: str, body: str) -> str:
    """Return what stands for a directive."""
    if directive == "literalinclude":
        return copied(*body.strip().splitlines())
    return "\n".join(documented(body))


def copied(path: str, *options: str) -> str:
    """Return a file as a block of code; `py` is not run with the page, as `python` is."""
    languages = [line.rpartition(" ")[2] for line in options if ":language:" in line]
    language = "".join(languages).replace("python", "py")
    return f"```{language}\n{(DOCS / path).read_text('utf-8').rstrip()}\n```\n"


def documented(body: str) -> Iterator[str]:
    """Yield what stands for each directive of a block."""
    module = "nemo_sdk"
    for directive, name, options in (one.groups() for one in DIRECTIVE.finditer(body)):
        if directive == "currentmodule":
            module = name
        elif directive == "automodule":
            inner = import_module(name)
            rows = [row(*one) for one in vars(inner).items() if not one[0].startswith("_")]
            yield f"`{name}`\n\n{table([one for one in rows if one.text])}"
        elif directive == "data":
            yield f"`{name}`: {on_one_line(options)}\n"
        else:
            yield from thing_shown(module, name, options)


def thing_shown(module: str, name: str, options: str) -> Iterator[str]:
    """Yield the signature of one thing, what it takes, and its members."""
    thing = getattr(import_module(module), name.removesuffix("()"))
    if not isinstance(thing, type) and not inspect.isroutine(thing):
        yield f"`{name}`: {comment_of(name, import_module(module))}\n"
        return
    is_made_by_users = not name.endswith("()") and f"{module}.{name}" not in HANDED_OUT
    call = called(name, thing) if is_made_by_users else name.removesuffix("()")
    doc = inspect.getdoc(thing) or ""
    yield f"```text\n{folded(call)}\n```\n"
    yield f"{first_paragraph(doc)}\n"
    rows = {one.name: one for one in sections(doc)}
    if isinstance(thing, type) and "members" in options:
        for one in members(thing, options):
            rows.setdefault(one.name, one)
    if rows:
        yield table([*rows.values()])


def called(name: str, thing: Any) -> str:
    """Return how something is called: its arguments and their defaults, without types."""
    signature = inspect.signature(thing)
    if getattr(thing, "_is_protocol", False):
        return name
    fields = fields_of(thing) if isinstance(thing, type) else {}
    known = vars(sys.modules[thing.__module__])
    arguments = [
        one.replace(default=named(default_of(one, fields), known), annotation=one.empty)
        for one in signature.parameters.values()
        if one.name not in {"self", "cls"}
    ]
    plain = signature.replace(parameters=arguments, return_annotation=signature.empty)
    waits = "await " if inspect.iscoroutinefunction(inspect.unwrap(thing)) else ""
    return f"{waits}{name}{plain}"


def folded(call: str) -> str:
    """Return a call on lines that fit a page."""
    fold = textwrap.TextWrapper(96, subsequent_indent="    ", break_long_words=False)
    fold.break_on_hyphens = False
    return fold.fill(call)


def named(default: Any, known: dict[str, Any]) -> Any:
    """Return a long default by the name that it has in its module."""
    names = (name for name, value in known.items() if value is default)
    return Shown(next(names, "...")) if len(repr(default)) > LONG else default


def members(kind: type, options: str) -> Iterator[Row]:
    """Yield the public members of a class that have a docstring, in the order of the source."""
    left_out = re.findall(r":exclude-members: (.*)", options)
    special = re.findall(r":special-members: (\S+)", options)
    inherited = "inherited-members" in options
    seen = {*left_out}
    for one in kind.__mro__[: -1 if inherited else 1]:
        for name, text in comments(one).items():
            if name not in seen and not name.startswith("_"):
                seen.add(name)
                yield Row(f"`{name}`", text)
        for name, member in vars(one).items():
            if name not in seen and (not name.startswith("_") or name in special):
                seen.add(name)
                found = row(name, member)
                if found.text:
                    yield found


def row(name: str, member: Any) -> Row:
    """Return the line of a method, a property or a function; without a text where it has none."""
    inner = getattr(member, "__func__", member)
    if isinstance(member, property | cached_property):
        return Row(f"`{name}`", first_paragraph(inspect.getdoc(member) or ""))
    if not inspect.isfunction(inner):
        return Row(name, "")
    return Row(f"`{called(name, inner)}`", first_paragraph(inspect.getdoc(inner) or ""))


def comments(kind: type | ModuleType) -> dict[str, str]:
    """Return the texts that stand below the attributes of a class, or the names of a module."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    except (OSError, TypeError):  # a class that attrs or typing made
        return {}
    body = tree.body if isinstance(kind, ModuleType) else getattr(tree.body[0], "body", [])
    found = {}
    for one, below in pairwise(body):
        target = getattr(one, "target", None) or next(iter(getattr(one, "targets", [])), None)
        text = getattr(getattr(below, "value", None), "value", None)
        if isinstance(target, ast.Name) and isinstance(text, str):
            found[target.id] = on_one_line(text)
    return found


def comment_of(name: str, module: ModuleType) -> str:
    """Return what is said of a name where it is defined, and the values that it stands for."""
    thing = getattr(module, name)
    rooms = [one for key, one in sys.modules.items() if key.startswith(module.__name__)]
    found = (comments(one).get(name) for one in rooms if vars(one).get(name) is thing)
    values = thing if isinstance(thing, tuple) else get_args(thing)
    if not all(isinstance(one, str) or one in vars(module).values() for one in values):
        values = ()  # arguments of a callable or of a mapping: the text says it
    kinds = [repr(one) if isinstance(one, str) else one.__name__ for one in values]
    return " ".join(filter(None, (next(filter(None, found), ""), *(f"`{one}`" for one in kinds))))


def sections(doc: str) -> Iterator[Row]:
    """Yield what a docstring says of arguments and attributes."""
    for body in SECTION.findall(doc + "\n"):
        for names, text in ENTRY.findall(inspect.cleandoc(body)):
            yield Row(", ".join(f"`{one}`" for one in names.split(", ")), on_one_line(text))


def first_paragraph(doc: str) -> str:
    """Return the first paragraph of a docstring."""
    return on_one_line(doc.partition("\n\n")[0])


def on_one_line(text: str) -> str:
    """Return a text without its line ends."""
    return " ".join(text.split())


def table(rows: list[Row]) -> str:
    """Return rows as a table of Markdown."""
    lines = [f"| {cell(one.name)} | {cell(one.text)} |" for one in rows]
    return "\n".join(["| | |", "|---|---|", *lines, ""])


def cell(text: str) -> str:
    """Return a text as it stands in a cell."""
    return text.replace("|", "\\|").replace("``", "`")


def main() -> None:
    """Write all pages anew."""
    for path in sorted(DOCS.glob("*.md")):
        text = path.read_text("utf-8")
        if (new := page(text)) != text:
            path.write_text(new, "utf-8")
            print(f"docs/{path.name}")


if __name__ == "__main__":
    main()
