"""What people say, and what they get: silent edits, interface words, commands, links."""

import io
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from conftest import FAST, sketch

from nemo_sdk import (
    Credits,
    Event,
    InsufficientCreditsError,
    NemoClient,
    NothingToExportError,
    Render,
    Reply,
    State,
    StateChanged,
    TextDelta,
    Upload,
    UploadProgress,
)
from nemo_sdk.emulator import Emulator

PNG = (
    b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
    b"\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\0\5\0\1\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82"
)


async def test_a_silent_edit_is_told_from_what_changed() -> None:
    """A turn that ends without a word replies with the difference in the timeline."""
    async with (
        Emulator(credits=10_000, speed=1000, silent=1.0, renderer=sketch) as emulator,
        NemoClient(base_url=emulator.base_url, timing=FAST) as client,
    ):
        session = await client.create_session()
        await session.ask("a day at the beach")
        reply = await session.ask('change the title to "Paradise Found"')
    assert (reply.silent, reply.raw_text) == (True, "")
    assert "Paradise Found" in reply.text
    assert reply.changes


async def test_a_silent_turn_that_changed_nothing_says_so(
    client: NemoClient, emulator: Emulator
) -> None:
    """Nothing said and nothing done is told as such, and there is nothing to export."""
    emulator.script({"content": {"role": "model", "parts": [{"functionCall": {"name": "look"}}]}})
    session = await client.create_session()
    reply = await session.ask("do something")
    assert (reply.silent, reply.text, reply.changes) == (True, "Nothing changed.", ())
    with pytest.raises(NothingToExportError):
        await session.export()


async def test_instructions_for_an_interface_become_actions(
    client: NemoClient, emulator: Emulator
) -> None:
    """`text` has what is said of the content, `actions` what a program can do, `raw_text` all."""
    said = "I added lo-fi music. Click the Export button in the top right corner to download it."
    emulator.script({"content": {"role": "model", "parts": [{"text": said}]}})
    session = await client.create_session()
    reply = await session.ask("add music")
    assert (reply.text, reply.actions, reply.raw_text) == (
        "I added lo-fi music.",
        ("export",),
        said,
    )


DRAFT = {"t": [{"tt": 0, "sg": [{"d": 2000, "m": {"title": "fox"}}]}]}


@pytest.mark.parametrize(
    ("said", "action", "answer"),
    [
        ("Preview it in the timeline.", "state", "Timeline (1 track): 1. Video: fox (0-2s)"),
        ("在时间线中预览。", "state", "Timeline (1 track): 1. Video: fox (0-2s)"),
        ("click [Export]", "export", 'say "export"'),
        ("点击[导出]按钮。", "export", 'say "export"'),
        ("Simply select the clip.", "message", "Say what to change"),
        ("Check your account.", "credits", 'Say "credits"'),
    ],
)
async def test_an_instruction_alone_is_answered_with_what_it_asks_for(
    client: NemoClient, emulator: Emulator, said: str, action: str, answer: str
) -> None:
    """Where nothing else was said, the reply is the timeline, or the offer."""
    session = await client.create_session()
    emulator.script({"content": {"parts": [{"text": "There."}]}}, draft=DRAFT)
    await session.ask("a fox")
    emulator.script({"content": {"parts": [{"text": said}]}})
    reply = await session.ask("how do I see it?")
    assert answer in reply.text
    assert (reply.actions, reply.silent) == ((action,), False)


@pytest.mark.parametrize("said", ["Preview it in the timeline.", "Click Export.", " ", "\n\n"])
async def test_a_text_is_never_empty(client: NemoClient, emulator: Emulator, said: str) -> None:
    """Also where there is no timeline, and nothing that could be exported."""
    emulator.script({"content": {"parts": [{"text": said}]}})
    session = await client.create_session()
    assert (await session.ask("show me")).text.strip()


@pytest.mark.parametrize("words", ["please export it", "导出视频", "download", "send me the video"])
async def test_export_in_words_is_an_export(
    client: NemoClient, emulator: Emulator, words: str
) -> None:
    """A person who asks for the film gets a render, and no message is charged for it."""
    session = await client.create_session()
    await session.ask("a fox")
    render = await session.handle(words)
    assert isinstance(render, Render)
    assert len(emulator.charges) == 1


@pytest.mark.parametrize(
    ("words", "output"),
    [
        ("export 1080p MP4", {"format": "mp4", "quality": "high"}),
        ("Export as MOV, please!", {"format": "mov", "quality": "high"}),
        ("导出为mov格式", {"format": "mov", "quality": "high"}),
        ("export in low quality", {"format": "mp4", "quality": "low"}),
    ],
)
async def test_an_export_is_what_the_words_name(
    client: NemoClient, emulator: Emulator, words: str, output: dict[str, str]
) -> None:
    """Format and quality go from the words to the renderer; no message is charged for it."""
    session = await client.create_session()
    await session.ask("a fox")
    assert isinstance(await session.handle(words), Render)
    (call,) = emulator.calls_of("submit_render")
    assert {name: call.body["output"][name] for name in output} == output
    assert len(emulator.charges) == 1


@pytest.mark.parametrize(
    ("words", "files"),
    [
        ("export as gif", []),
        ("导出gif", [PNG]),
        ("the audio as mp3", []),
        ("export as mp4 and mov", [PNG]),
    ],
)
async def test_what_there_is_not_is_answered_and_not_sent(
    client: NemoClient, emulator: Emulator, words: str, files: list[bytes]
) -> None:
    """Nothing reaches the service, not even the file that came along."""
    session = await client.create_session()
    before = len(emulator.calls)
    with pytest.raises(ValueError, match="mp4, mov, avi, webm or mkv"):
        await session.handle(words, files=files)
    assert len(emulator.calls) == before


@pytest.mark.parametrize("words", ["upload {}/a.mp4", "上传 {}/a.mp4", "{}/a.mp4"])
async def test_addresses_in_the_words_are_uploaded(
    client: NemoClient, emulator: Emulator, words: str
) -> None:
    """The service is told the address; the agent is not bothered."""
    session = await client.create_session()
    assert isinstance(await session.handle(words.format("https://e.example")), Upload)
    (call,) = emulator.calls_of("upload")
    assert call.body["urls"] == ["https://e.example/a.mp4"]
    assert not emulator.calls_of("run_sse")


async def test_a_session_is_in_the_language_of_the_first_words(
    client: NemoClient, emulator: Emulator
) -> None:
    """`text` decides where `language` does not; where there is neither, it is English."""
    await client.create_session(text="一只猫走过雪林")
    await client.create_session(text="一只猫走过雪林", language="ja")
    await client.create_session()
    languages = [call.body["language"] for call in emulator.calls_of("create_session")]
    assert languages == ["zh", "ja", "en"]


@pytest.mark.parametrize(("given", "sent"), [("MOV", "mov"), (" WebM ", "webm")])
async def test_formats_and_qualities_are_taken_in_any_case(
    client: NemoClient, emulator: Emulator, given: Any, sent: str
) -> None:
    """Whatever the case, the service gets small letters."""
    loud: Any = "LOW"
    session = await client.create_session()
    await session.ask("a fox")
    await session.export(format=given, quality=loud)
    await client.generate("a hen", format=given, quality=loud)
    outputs = [call.body["output"] for call in emulator.calls_of("submit_render")]
    assert [(one["format"], one["quality"]) for one in outputs] == [(sent, "low")] * 2


async def test_commands_are_done_and_not_sent(client: NemoClient, emulator: Emulator) -> None:
    """Balance and state are read, files are uploaded; none of it reaches the agent."""
    session = await client.create_session()
    assert isinstance(await session.handle("what's my balance?"), Credits)
    assert isinstance(await session.handle("查看状态"), State)
    assert isinstance(await session.handle("", files=[("a.png", PNG)]), Upload)
    assert isinstance(await session.handle("upload", files=[io.BytesIO(PNG)]), Upload)
    assert not emulator.calls_of("run_sse")


async def test_files_with_words_are_uploaded_then_the_words_are_sent(
    client: NemoClient, emulator: Emulator, tmp_path: Path
) -> None:
    """Files come first, and the words that came with them go to the agent."""
    picture = tmp_path / "cat.png"
    picture.write_bytes(PNG)
    session = await client.create_session()
    reply = await session.handle("make a slideshow of this", files=[picture])
    assert isinstance(reply, Reply)
    order = [call.endpoint for call in emulator.calls if call.endpoint in {"upload", "run_sse"}]
    assert order == ["upload", "run_sse"]


async def test_creative_words_that_sound_like_commands_are_messages(
    client: NemoClient, emulator: Emulator
) -> None:
    """A film about a bank balance is a film."""
    session = await client.create_session()
    assert isinstance(await session.handle("a story of a bank balance"), Reply)
    assert len(emulator.calls_of("run_sse")) == 1


@pytest.mark.parametrize("words", ["upload", "", "  "])
async def test_nothing_to_do_is_an_error(client: NemoClient, words: str) -> None:
    """An upload without a file, and no words at all, are refused with a sentence."""
    with pytest.raises(ValueError, match="file"):
        await client.session("1").handle(words)


async def test_an_anonymous_user_without_credits_gets_the_registration_link() -> None:
    """2001 carries the link that binds the account, for those with an anonymous token."""
    async with (
        Emulator(credits=100, speed=1000, renderer=sketch) as emulator,
        NemoClient(
            base_url=emulator.base_url, timing=FAST, web_url="https://web.example"
        ) as client,
    ):
        await client.generate("a fox")
        with pytest.raises(InsufficientCreditsError) as caught:
            await client.generate("another fox")
        user = emulator.charges[0].user_id
        assert caught.value.register_url == f"https://web.example/register?bind={user}"
        assert str(caught.value.register_url) in str(caught.value)


async def test_a_registered_user_without_credits_is_told_to_top_up() -> None:
    """2001 has no registration link for those who brought a token."""
    async with Emulator(speed=1000, renderer=sketch) as emulator:
        token = emulator.add_token(token="nmv_usr_registered", credits=0, user_id="u1")
        async with NemoClient(token, base_url=emulator.base_url, timing=FAST) as client:
            with pytest.raises(InsufficientCreditsError, match="Top up") as caught:
                await client.generate("a fox")
        assert caught.value.register_url is None


async def test_a_project_link_opens_with_a_claim_token_alone(client: NemoClient) -> None:
    """The link for people holds a claim token, and nothing that gives access to the API."""
    session = await client.create_session()
    url = await session.project_url()
    assert url.startswith("https://nemovideo.com/workspace/claim?ct=clm_")


async def test_both_stages_of_a_generation_are_told(client: NemoClient) -> None:
    """The raw clip and the finished timeline are events and progress messages of their own."""
    generation = client.generate("a fox")
    stages = [event.stage async for event in generation if isinstance(event, StateChanged)]
    assert stages[0] == "clip"
    assert stages[-1] == "timeline"


async def test_handle_tells_what_happens(client: NemoClient) -> None:
    """The upload's progress and the turn's events are told meanwhile, sync or async."""
    session = await client.create_session()
    told: list[Event] = []

    async def on_event(event: Event) -> None:
        told.append(event)

    reply = await session.handle("a fox in the snow", files=[PNG], on_event=on_event)
    assert isinstance(reply, Reply)
    assert "".join(one.text for one in told if isinstance(one, TextDelta)) == reply.raw_text
    assert [one.sent == one.total for one in told if isinstance(one, UploadProgress)][-1]
    before = len(told)
    assert isinstance(await session.handle("add lo-fi music", on_event=told.append), Reply)
    assert len(told) > before


async def test_one_file_needs_no_list(client: NemoClient, clip: Path) -> None:
    """A single path or bytes are a file, not a list of letters."""
    session = await client.create_session()
    for one in (str(clip), clip, PNG):
        done = await session.handle("", files=one)  # type: ignore[arg-type]
        assert isinstance(done, Upload)
        assert len(done.files) == 1
    done = await session.handle("", files=deque([clip, PNG]))
    assert isinstance(done, Upload)
    assert len(done.files) == 2
