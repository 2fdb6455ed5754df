"""Who calls: read from a skill file's frontmatter and its install path."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from nemo_sdk import Attribution, NemoClient, __version__
from nemo_sdk.emulator import Emulator

SKILL = """---
name: sora-video-generator-is-free
version: 1.10
---
# A skill
---
name: not this one
"""


def skill(folder: Path, text: str | bytes = SKILL, name: str = "SKILL.md") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_the_default_names_this_library() -> None:
    """Without a skill the three headers name this library."""
    assert Attribution().headers() == {
        "X-Skill-Source": "nemo_sdk",
        "X-Skill-Version": __version__,
        "X-Skill-Platform": "unknown",
    }


def test_a_skill_file_is_read(tmp_path: Path) -> None:
    """Name and version come from the frontmatter; 1.10 is a text and not the number 1.1."""
    found = Attribution.from_skill(skill(tmp_path))
    assert found == Attribution("sora-video-generator-is-free", "1.10", "unknown")


def test_a_folder_stands_for_its_skill_file(tmp_path: Path) -> None:
    """A skill's folder, as text too, is read from its SKILL.md."""
    skill(tmp_path)
    assert Attribution.from_skill(str(tmp_path)).version == "1.10"


@pytest.mark.parametrize(
    "text",
    [
        SKILL.replace("\n", "\r\n"),
        "\ufeff" + SKILL,
        SKILL.replace("---\nname", "---   \nname"),
        SKILL.replace("1.10", '"1.10"'),
        SKILL.replace("1.10", "'1.10'  # a comment"),
        SKILL.replace("sora-video-generator-is-free", '"sora-video-generator-is-free"'),
        SKILL.replace("version", 'description: "x: y"\nmetadata: {"a": {"b": [1]}}\nversion'),
        SKILL.replace("version", "description: >\n  name: folded\n  --- not the end\nversion"),
        SKILL.rstrip().partition("# A skill")[0].rstrip(),
    ],
    ids=["crlf", "bom", "spaces", "quotes", "comment", "name", "metadata", "folded", "no newline"],
)
def test_frontmatter_is_read_as_people_write_it(tmp_path: Path, text: str) -> None:
    """Quotes, comments, Windows' line ends, a byte order mark and other keys are all fine."""
    found = Attribution.from_skill(skill(tmp_path, text))
    assert (found.source, found.version) == ("sora-video-generator-is-free", "1.10")


@pytest.mark.parametrize(
    ("lines", "version"),
    [
        ("metadata:\n  version: 1.10", "1.10"),
        ('metadata: {"version": "1.10"}', "1.10"),
        ("version: 2.0\nmetadata:\n  version: 1.10", "2.0"),
        ("metadata: a text\nversion: 2.0", "2.0"),
    ],
)
def test_the_version_may_be_one_of_the_metadata(tmp_path: Path, lines: str, version: str) -> None:
    """The Agent Skills format knows no other place for it; a line of its own wins."""
    found = Attribution.from_skill(skill(tmp_path, SKILL.replace("version: 1.10", lines)))
    assert (found.source, found.version) == ("sora-video-generator-is-free", version)


@pytest.mark.parametrize("version", ["1", "2.0.0-beta.1", "2026-03-01", "0x10", "true", "1e3"])
def test_a_version_is_text_whatever_yaml_makes_of_it(tmp_path: Path, version: str) -> None:
    """A version that YAML takes for a number, a date or a truth stays as it was written."""
    found = Attribution.from_skill(skill(tmp_path, SKILL.replace("1.10", version)))
    assert found.version == version


@pytest.mark.parametrize(
    ("folder", "platform"),
    [
        (".clawhub/skills/x", "clawhub"),
        (".clawhub", "clawhub"),
        (".cursor/skills/x", "cursor"),
        (".cursor/skills", "cursor"),
        (".cursor/x/skills", "unknown"),
        (".cursor", "unknown"),
        ("clawhub/skills", "unknown"),
        ("not.clawhub/x", "unknown"),
        ("skills/.clawhub.d", "unknown"),
    ],
)
def test_the_platform_is_where_the_skill_is_installed(
    tmp_path: Path, folder: str, platform: str
) -> None:
    """The install path tells the platform by whole folder names."""
    assert Attribution.from_skill(skill(tmp_path / folder)).platform == platform


def test_a_path_may_start_at_home(home: Path) -> None:
    """`~` is the user's home."""
    skill(home / ".clawhub" / "x")
    assert Attribution.from_skill("~/.clawhub/x").platform == "clawhub"


def test_a_relative_path_is_taken_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A skill that is read from inside its folder is still installed there."""
    folder = skill(tmp_path / ".cursor" / "skills" / "x").parent
    monkeypatch.chdir(folder)
    assert Attribution.from_skill("SKILL.md").platform == "cursor"


def test_a_link_counts_where_it_lies_and_where_it_leads(tmp_path: Path) -> None:
    """A skill that is linked into a platform's folder is installed there."""
    target = skill(tmp_path / "source")
    place = tmp_path / ".clawhub"
    place.mkdir()
    (place / "SKILL.md").symlink_to(target)
    (tmp_path / "link").symlink_to(place)
    assert Attribution.from_skill(place).platform == "clawhub"
    assert Attribution.from_skill(tmp_path / "link" / "SKILL.md").platform == "clawhub"


def test_the_variable_wins_over_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SKILL_SOURCE names the platform, whatever the path and in the default."""
    monkeypatch.setenv("SKILL_SOURCE", "mine")
    assert Attribution.from_skill(skill(tmp_path / ".clawhub")).platform == "mine"
    assert Attribution().platform == "mine"
    assert Attribution(platform="given").platform == "given"


@pytest.mark.skipif(sys.platform == "win32", reason="devices of Unix")
@pytest.mark.parametrize("folder", [True, False])
def test_what_has_no_end_is_not_read(tmp_path: Path, folder: bool) -> None:
    """A pipe or a device is no skill's file, nor is one that is longer than any of them."""
    pipe = tmp_path / "SKILL.md"
    os.mkfifo(pipe)
    for path in (tmp_path if folder else pipe, Path("/dev/zero")):
        with pytest.raises(ValueError, match="no regular file"):
            Attribution.from_skill(path)
    pipe.unlink()
    pipe.write_bytes(b"---\nname: x\nversion: 1\n---\n" + b" " * 1024**2)
    with pytest.raises(ValueError, match="longer than any"):
        Attribution.from_skill(tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no frontmatter"),
        ("# A skill\n---\nname: x\nversion: 1\n---\n", "no frontmatter"),
        ("---\nname: x\nversion: 1\n", "no end"),
        ("---\nversion: 1\n---\n", "'name"),
        ("---\nname: x\n---\n", "'version"),
        ("---\nname: x\nmetadata:\n  author: y\n---\n", "'version"),
        ("---\nname: x\nmetadata:\n  version:\n---\n", "'version"),
        ("---\nname:\nversion: 1\n---\n", "'name"),
        ("---\nname: [x]\nversion: 1\n---\n", "'name"),
        ("---\n- name\n---\n", "'name"),
        ("---\n---\n", "'name"),
        ("---\nname: 'x\nversion: 1\n---\n", "no YAML"),
        ("---\nname: x: y\nversion: 1\n---\n", "no YAML"),
        ("---\n" + "[" * 5000 + "\n---\n", "no YAML"),
        (b"---\nname: \xff\nversion: 1\n---\n", "UTF-8"),
        ('---\nname: "a\\nb"\nversion: 1\n---\n', "line breaks"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value[:20],
)
def test_a_file_that_is_no_skill_is_refused(
    tmp_path: Path, text: str | bytes, problem: str
) -> None:
    """A file without name and version is a ValueError that says what is missing."""
    with pytest.raises(ValueError, match=problem):
        Attribution.from_skill(skill(tmp_path, text))


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    """A skill that does not exist is a FileNotFoundError with its path."""
    with pytest.raises(FileNotFoundError, match=r"SKILL\.md"):
        Attribution.from_skill(tmp_path)


@pytest.mark.parametrize("value", ["", " ", "a\nb", "a\r", "\0", "\x7f", None, 5])
@pytest.mark.parametrize("name", ["source", "version", "platform"])
def test_a_value_that_no_header_takes_is_refused(name: str, value: Any) -> None:
    """Header values are refused by name when they are made, not when they are sent."""
    with pytest.raises(ValueError, match=name):
        Attribution(**{name: value})


async def test_the_variable_names_the_skill(
    tmp_path: Path, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NEMO_SKILL, a file or its folder, tells the service who calls; an argument wins."""
    monkeypatch.setenv("NEMO_SKILL", str(skill(tmp_path / ".clawhub" / "x").parent))
    async with NemoClient(base_url=emulator.base_url) as client:
        await client.credits()
    sent = emulator.calls[-1].headers
    assert {name: sent[name] for name in Attribution().headers()} == {
        "X-Skill-Source": "sora-video-generator-is-free",
        "X-Skill-Version": "1.10",
        "X-Skill-Platform": "clawhub",
    }
    async with NemoClient(base_url=emulator.base_url, attribution=Attribution("mine")) as client:
        await client.credits()
    assert emulator.calls[-1].headers["X-Skill-Source"] == "mine"


def test_a_variable_that_names_no_skill_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is sent under another name."""
    monkeypatch.setenv("NEMO_SKILL", str(tmp_path / "SKILL.md"))
    with pytest.raises(ValueError, match="NEMO_SKILL"):
        NemoClient()


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [
        ("a\0b", ValueError, "is no path"),
        ("~nobody-has-this-home/x", ValueError, "no such home folder"),
        ("n" * 300, OSError, "too long"),
        ("nothing", FileNotFoundError, "nothing"),
    ],
)
def test_what_the_system_says_of_a_path_is_told(
    path: str, error: type[Exception], words: str
) -> None:
    """A skill that cannot be looked at is refused in words, whatever the Python."""
    with pytest.raises(error, match=words):
        Attribution.from_skill(path)
