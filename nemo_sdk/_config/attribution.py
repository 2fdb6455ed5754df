"""Who calls: the three headers without which the service blocks exports."""

import os
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

from attrs import field, frozen

from nemo_sdk._paths import expanded, kind_of, naming, shown
from nemo_sdk._text import one_line
from nemo_sdk._version import __version__

from .environment import variable

__all__ = ["Attribution"]

_NOT_GIVEN = "unknown"
_LONGEST = 1024**2
"""Bytes of a skill's file."""
_LONGEST_WORDS = 300


def _header_value(_: Any, attribute: Any, value: object) -> None:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"Attribution.{attribute.name} must be a text that is not empty.")
    if not value.isprintable():
        raise ValueError(
            f"Attribution.{attribute.name} goes into a header: "
            "it must not hold line breaks or other control characters."
        )


@frozen
class Attribution:
    """Which skill or program a call comes from, and where it is installed.

    Sent with every call as X-Skill-Source, X-Skill-Version and X-Skill-Platform; the service
    answers exports without them with 402. The default names this library.

    Raises:
        ValueError: A value is empty or holds control characters.
    """

    source: str = field(default="nemo_sdk", validator=_header_value)
    """The skill's name."""
    version: str = field(default=__version__, validator=_header_value)
    """The skill's version."""
    platform: str = field(
        factory=lambda: variable("SKILL_SOURCE") or _NOT_GIVEN, validator=_header_value
    )
    """clawhub, cursor or unknown; the variable SKILL_SOURCE is the default."""

    @classmethod
    def from_skill(cls, path: str | os.PathLike[str]) -> Self:
        """Read a skill file's frontmatter (`name`, `version`) and its install path.

        The version may also be one of the frontmatter's `metadata`, as the Agent Skills format
        has it; a line `version` of its own wins.

        Args:
            path: The skill's Markdown file, or the folder that holds its SKILL.md. A path through
                `.clawhub/` gives the platform clawhub, one through `.cursor/skills/` cursor;
                the variable SKILL_SOURCE wins over both.

        Returns:
            What the skill says of itself.

        Raises:
            OSError: The file cannot be read.
            ValueError: It has no frontmatter, or that has no name or version.
        """
        file = expanded(path)
        kind = kind_of(file)
        if kind == "folder":
            file /= "SKILL.md"
            kind = kind_of(file)
        if kind == "other":  # to read it might never end
            raise ValueError(f"{shown(file)} is no regular file.")
        header = _frontmatter(file)
        return cls(
            source=_required(header, "name", file),
            version=_required(_with_version(header), "version", file),
            platform=variable("SKILL_SOURCE") or _platform(file),
        )

    def headers(self) -> dict[str, str]:
        """Return what is sent with every call.

        Returns:
            The headers X-Skill-Source, X-Skill-Version and X-Skill-Platform.
        """
        return {
            "X-Skill-Source": self.source,
            "X-Skill-Version": self.version,
            "X-Skill-Platform": self.platform,
        }


def _frontmatter(file: Path) -> Mapping[str, Any]:
    import yaml  # noqa: PLC0415 - few programs read a skill file

    try:
        with naming(file), file.open("rb") as opened:
            raw = opened.read(_LONGEST + 1)
        if len(raw) > _LONGEST:
            raise ValueError(f"{shown(file)} is longer than any skill's file.")
        lines = raw.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f"{shown(file)} is no text in UTF-8.") from error
    if not lines or lines[0].strip() != "---":
        raise ValueError(f"{shown(file)} has no frontmatter: its first line must be '---'.")
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in {"---", "..."}), None)
    if end is None:
        raise ValueError(
            f"The frontmatter of {shown(file)} has no end: a second line '---' is missing."
        )
    try:
        # BaseLoader reads 1.10 as the text that it is, not as the number 1.1.
        header = yaml.load("\n".join(lines[1:end]), Loader=yaml.BaseLoader)  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        words = one_line(str(error), _LONGEST_WORDS)
        raise ValueError(f"The frontmatter of {shown(file)} is no YAML: {words}") from error
    return header if isinstance(header, Mapping) else {}


def _with_version(header: Mapping[str, Any]) -> Mapping[str, Any]:
    more = header.get("metadata")
    if "version" in header or not isinstance(more, Mapping) or "version" not in more:
        return header
    return {**header, "version": more["version"]}


def _required(header: Mapping[str, Any], key: str, file: Path) -> str:
    value = header.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"The frontmatter of {shown(file)} needs a line '{key}: …'.")
    return value.strip()


def _platform(file: Path) -> str:
    absolute = Path(os.path.abspath(file))  # noqa: PTH100 - links stay
    for place in (absolute.parent, absolute.parent.resolve(), file.resolve().parent):
        folders = place.parts
        if ".clawhub" in folders:
            return "clawhub"
        if (".cursor", "skills") in pairwise(folders):
            return "cursor"
    return _NOT_GIVEN
