"""What the agent's tools do, told to people."""

import pytest

from nemo_sdk import NemoClient, StillWorking, ToolCall

AT_WORK = "The agent is at work…"


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        ("add_background_music", "Adding music…"),
        ("addBGM", "Adding music…"),
        ("generate_video", "Making the clip…"),
        ("add_title", "Adding the title…"),
        ("update_title", "Changing the title…"),
        ("remove_background_music", "Removing music…"),
        ("deleteSubtitles", "Removing captions…"),
        ("check_credits", "Looking at the account…"),
        ("generate_subtitles", "Adding captions…"),
        ("trim_clip", "Cutting…"),
        ("set_volume", "Working on the sound…"),
        ("apply_effect", "Adding effects…"),
        ("adk_request_confirmation", "Asking you something…"),
        ("analyze_video", "Looking at the material…"),
        ("search_music", "Looking for material…"),
        ("frobnicate", AT_WORK),
        ("x" * 100_000, AT_WORK),
        ("", AT_WORK),
    ],
)
def test_a_tool_is_told_in_words(tool: str, words: str) -> None:
    """The words say what is done, and never how the tool is called."""
    assert ToolCall(tool).doing == words


def test_the_line_of_a_long_turn_is_the_documents() -> None:
    """It is the service's own, whoever shows it."""
    assert str(StillWorking(240.4)) == "⏳ Still working..."


async def test_progress_shows_no_tool(client: NemoClient) -> None:
    """`message` is for people; `tool` has the name, for programs."""
    told = [progress async for progress in client.generate("a fox").progress(every=0.001)]
    assert not any("_" in progress.message for progress in told)
    assert {"Making the clip…", "Adding music…"} & {progress.message for progress in told}
    assert {"generate_video", "add_background_music"} & {progress.tool for progress in told}
