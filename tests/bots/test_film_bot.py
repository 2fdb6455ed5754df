"""What the bots have in common, in a room of paper, and that they do have it in common."""

from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from conftest import PATIENT

import nemo_sdk
from nemo_sdk import NemoClient
from nemo_sdk.emulator import Emulator

from .conftest import BOTS, PaperRoom, load, picture, sent, until

pytest.importorskip("aiogram")


PICTURE = picture()


@pytest.fixture
def bots() -> ModuleType:
    """The example, as a module."""
    return load("telegram_bot")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the bot keeps its chats."""
    return tmp_path / "films.json"


@pytest.fixture
async def films(bots: ModuleType, client: NemoClient, file: Path) -> AsyncIterator[Any]:
    """A bot on the emulator."""
    made = bots.FilmBot(client, bots.Memory(file), every=0.02)
    yield made
    await made.aclose()


async def idle(films: Any) -> None:
    """Wait until the bot has nothing to do."""
    await until(lambda: not films._jobs)


async def restarted(bots: ModuleType, client: NemoClient, room: PaperRoom, file: Path) -> None:
    """Have another bot go on from the file until it has nothing more to do."""
    again = bots.FilmBot(client, bots.Memory(file), every=0.02)
    await again.go_on(lambda key: room)
    await idle(again)


async def test_a_command_makes_a_film(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """`/film` makes a film for one generation's credits and shows its way in one message."""
    await films.hear(room, "ann", "/film a fox in the snow")
    await idle(films)
    assert len(room.films) == 1
    assert len(room.lines) == 1
    assert "100%" in room.lines[0] and "ready" in room.lines[0]
    assert [charge.kind for charge in emulator.charges] == ["generation"]


async def test_plain_words_make_a_film(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """A prompt in plain words gets the agent's answer and the film."""
    await films.hear(room, "ann", "a fox in the snow")
    await idle(films)
    assert len(room.films) == 1
    assert "fox" in room.lines[0]
    assert [charge.kind for charge in emulator.charges] == ["generation"]


async def test_the_chat_goes_on(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """What is said after a film edits that very film."""
    await films.hear(room, "ann", "/film a fox in the snow")
    await films.hear(room, "ann", 'change the title to "Reynard"')
    await idle(films)
    assert len(emulator.sessions) == 1
    assert b"Reynard" in room.films[-1] and len(room.films) == 2


@pytest.mark.parametrize("words", ["/credits", "/credits@films_bot", "credits", "余额"])
async def test_credits(films: Any, room: PaperRoom, words: str, emulator: Emulator) -> None:
    """The balance is told, by a command or in words, and costs nothing."""
    await films.hear(room, "ann", words)
    await idle(films)
    assert room.lines == ["10000 credits are left."]
    assert not emulator.charges


async def test_status(films: Any, room: PaperRoom) -> None:
    """The status is the timeline as text."""
    await films.hear(room, "ann", "/status")
    assert room.lines == ["Timeline (0 tracks)"]


async def test_export(films: Any, room: PaperRoom) -> None:
    """An export sends the film once more."""
    await films.hear(room, "ann", "/film a fox")
    await films.hear(room, "ann", "/export")
    await idle(films)
    assert len(room.films) == 2 and room.films[0] == room.films[1]


async def test_nothing_to_export(films: Any, room: PaperRoom) -> None:
    """An export of nothing says what to do."""
    await films.hear(room, "ann", "/export")
    await idle(films)
    assert room.lines[-1] == "There is nothing in the film yet. Say what you want to see."


async def test_files(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """A file that was sent is in the session for what is said next."""
    await films.hear(room, "ann", "", sent(PICTURE))
    await films.hear(room, "ann", "make a film of this picture")
    await idle(films)
    assert room.lines[0] == "I have cat.png. What shall I do with it?"
    assert len(emulator.sessions) == 1
    assert len(room.films) == 1


async def test_wrong_file(films: Any, room: PaperRoom) -> None:
    """A file that the service does not take is answered with those that it takes."""
    await films.hear(room, "ann", "", sent(("notes.txt", b"hello")))
    await idle(films)
    assert "I can use mp4, mov" in room.lines[-1]


async def test_no_credits(bots: ModuleType, room: PaperRoom, file: Path, tmp_path: Path) -> None:
    """Without credits an anonymous user gets the registration link."""
    async with (
        Emulator(credits=10, speed=1000) as emulator,
        NemoClient(base_url=emulator.base_url, timing=PATIENT) as client,
    ):
        films = bots.FilmBot(client, bots.Memory(file), every=0.02)
        await films.hear(room, "ann", "/film a fox")
        await idle(films)
    assert "https://nemovideo.com/register?bind=anon_" in room.lines[-1]


async def test_limit(films: Any, room: PaperRoom, bots: ModuleType) -> None:
    """A person has a limit of jobs over all chats; others do not wait for that."""
    rooms = [PaperRoom(str(number)) for number in range(bots.JOBS_EACH + 1)]
    for one in rooms:
        await films.hear(one, "ann", "/film a fox")
    await films.hear(room, "bob", "/film a hare")
    assert rooms[-1].lines == ["I have 3 things to do for you already. Wait for one, or /cancel."]
    await idle(films)
    assert [len(one.films) for one in [*rooms, room]] == [1, 1, 1, 0, 1]


async def test_album(films: Any, room: PaperRoom) -> None:
    """An album of many files is no overuse."""
    for number in range(6):
        await films.hear(room, "ann", "", sent((f"{number}.png", PICTURE[1])))
    await idle(films)
    assert [line.partition(". ")[0] for line in room.lines] == [
        f"I have {number}.png" for number in range(6)
    ]


async def test_cancel(films: Any, room: PaperRoom, emulator: Emulator, file: Path) -> None:
    """A cancelled film does not come, and leaves the chat free."""
    emulator.faults.stall("run_sse")
    await films.hear(room, "ann", "/film a fox")
    await until(lambda: emulator.calls_of("run_sse"))
    await films.hear(room, "ann", "/cancel")
    assert room.lines[-1].startswith("Cancelled.")
    assert not room.films and not films._jobs
    assert room.lines[0].endswith("Cancelled.")
    assert not load("telegram_bot").Memory(file).chat("room").asked
    await films.hear(room, "ann", "/cancel")
    assert room.lines[-1] == "There is nothing to cancel."


async def test_new(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """`/new` begins another film in another session."""
    await films.hear(room, "ann", "a fox")
    await films.hear(room, "ann", "/new")
    await films.hear(room, "ann", "a hare")
    await idle(films)
    assert len(emulator.sessions) == 2 and len(room.films) == 2


async def test_restart_in_a_turn(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """A film whose message had left is gone on with after a restart, and charged once."""
    emulator.faults.stall("run_sse", after_event=1)
    await films.hear(room, "ann", "/film a fox")
    await until(lambda: emulator.charges)
    await films.aclose()
    await restarted(bots, client, room, file)
    assert len(room.films) == 1 and len(emulator.charges) == 1
    assert not any("restarted" in line for line in room.lines)


async def test_restart_after_an_answer(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """A film of plain words comes after a restart without a word of what was lost: nothing was."""
    emulator.faults.stall("render_status")
    await films.hear(room, "ann", "a fox in the snow")
    await until(lambda: emulator.faults.fired)
    await films.aclose()
    await restarted(bots, client, room, file)
    assert len(room.films) == 1
    assert not any("restarted" in line for line in room.lines)


async def test_refused_edits(films: Any, room: PaperRoom) -> None:
    """Where a platform refuses an edit, an answer comes as a message of its own."""
    room.refuse_edits = True
    await films.hear(room, "ann", "/credits")
    assert room.lines[-1] == "10000 credits are left."


async def test_restart_in_an_export(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """A render that was under way is waited for after a restart, and not made twice."""
    await films.hear(room, "ann", "/film a fox")
    await idle(films)
    emulator.faults.stall("render_status")
    await films.hear(room, "ann", "/export")
    await until(lambda: emulator.faults.fired)
    await films.aclose()
    await restarted(bots, client, room, file)
    assert len(room.films) == 2 and len(emulator.renders) == 2


async def test_restart_in_plain_words(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """A first film of plain words whose answer a restart lost is gone on with, charged once."""
    emulator.faults.stall("run_sse")
    await films.hear(room, "ann", "a fox, please")
    await until(lambda: emulator.charges)
    await films.aclose()
    await restarted(bots, client, room, file)
    assert len(room.films) == 1 and len(emulator.calls_of("run_sse")) == 1
    assert not any("restarted" in line for line in room.lines)
    assert not bots.Memory(file).chat("room").asked


async def test_restart_before_the_message(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """Words of which nothing came are not sent again; the person is told to look later."""
    emulator.faults.stall("run_sse", effect=False)
    await films.hear(room, "ann", "a fox, please")
    await until(lambda: emulator.faults.fired)
    await films.aclose()
    await restarted(bots, client, room, file)
    assert room.lines[-1].startswith("The answer was lost.")
    assert not room.films and len(emulator.calls_of("run_sse")) == 1


async def test_restart_in_an_edit(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """Words whose answer a restart lost are named, not sent again, and their film comes."""
    await films.hear(room, "ann", "/film a fox")
    await idle(films)
    emulator.faults.stall("run_sse")
    await films.hear(room, "ann", 'change the title to "Reynard"')
    await until(lambda: len(emulator.charges) == 2)
    await films.aclose()
    await restarted(bots, client, room, file)
    assert "“change the title to" in room.lines[-1] and "restarted" in room.lines[-1]
    assert b"Reynard" in room.films[-1] and len(room.films) == 2
    assert len(emulator.calls_of("run_sse")) == 2


async def test_restart_before_the_render(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """An edit that was answered is not owned up to: its render is made after the restart."""
    await films.hear(room, "ann", "/film a fox")
    await idle(films)
    emulator.faults.stall("submit_render", effect=False)
    await films.hear(room, "ann", 'change the title to "Reynard"')
    await until(lambda: emulator.faults.fired)
    await films.aclose()
    await restarted(bots, client, room, file)
    assert b"Reynard" in room.films[-1] and len(room.films) == 2
    assert not any("restarted" in line for line in room.lines)


async def test_restart_before_the_turn(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """What waited for its turn when the bot was stopped is done after the restart."""
    emulator.faults.stall("run_sse")
    await films.hear(room, "ann", "/film a fox")
    await films.hear(room, "ann", "/new")
    await films.hear(room, "ann", "a hare")
    await films.hear(room, "ann", "", sent(PICTURE))
    await until(lambda: emulator.charges)
    await films.aclose()
    await restarted(bots, client, room, file)
    assert [b"fox" in film for film in room.films] == [True, False]
    assert b"hare" in room.films[1] and len(emulator.charges) == 2
    assert room.lines[-1] == "I was restarted before I had sent on your files. Send them again."


async def test_cancelled_is_not_gone_on_with(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """After a restart nothing comes of what was cancelled."""
    emulator.faults.stall("run_sse")
    await films.hear(room, "ann", "a fox")
    await films.hear(room, "ann", "a hare")
    await until(lambda: emulator.charges)
    await films.hear(room, "ann", "/cancel")
    await films.aclose()
    await restarted(bots, client, room, file)
    assert not room.films and len(emulator.charges) == 1


async def test_restart_before_the_files(
    films: Any,
    bots: ModuleType,
    client: NemoClient,
    room: PaperRoom,
    file: Path,
    emulator: Emulator,
) -> None:
    """Files that a restart lost are asked for again."""
    emulator.faults.stall("upload", effect=False)
    await films.hear(room, "ann", "/film a fox", sent(PICTURE))
    await until(lambda: emulator.calls_of("upload"))
    await films.aclose()
    await restarted(bots, client, room, file)
    assert "Send them again" in room.lines[-1] and not emulator.charges


async def test_a_forgotten_session(films: Any, room: PaperRoom, client: NemoClient) -> None:
    """Where the service has forgotten a chat's film, the next words begin a new one."""
    films._memory.chat("room").session_id = "123"
    await films.hear(room, "ann", "/status")
    assert "gone from the service" in room.lines[-1]
    await films.hear(room, "ann", "/status")
    assert room.lines[-1] == "Timeline (0 tracks)"


async def test_what_the_agent_does(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """While plain words are handled, the message says what the agent does; never a tool's name."""
    emulator.faults.stall("run_sse", after_event=2)
    await films.hear(room, "ann", "a fox")
    await until(lambda: room.lines == ["Making the clip\u2026"])
    await until(lambda: room.lines == ["\u23f3 Still working..."])
    await films.hear(room, "ann", "/cancel")


async def test_one_message_for_plain_words(films: Any, room: PaperRoom) -> None:
    """A first film, and then a change of it: one message each, the bar under the answer."""
    films._every = 0.002
    for words in ("a fox in the snow", 'change the title to "Reynard"'):
        await films.hear(room, "ann", words)
        await idle(films)
        said = room.history[-1]
        answer = said[-1].rpartition("\n\n")[0]
        assert answer and answer in said
        assert said[0] == "One moment…" and said[1].endswith("…") and "_" not in said[1]
        assert any("Rendering" in text and text.startswith(answer) for text in said)
        assert said[-1].endswith("100%\nThe video is ready")
    assert len(room.lines) == 2 and len(room.films) == 2


async def test_the_raw_clip(films: Any, room: PaperRoom) -> None:
    """The raw clip is told until the answer is there, above the tools that come after it."""
    films._every = 0.002
    await films.hear(room, "ann", "a fox in the snow")
    await idle(films)
    (said,) = room.history
    told = [text.split("\n\n") for text in said if text.startswith("The raw clip is ready;")]
    assert len({tuple(parts[1:]) for parts in told}) > 1
    assert all("_" not in parts[1] for parts in told)
    assert "The raw clip is ready;" not in said[-1]


def test_news(bots: ModuleType, room: PaperRoom) -> None:
    """Each event that tells something is told in words, and others leave those as they are."""
    job = bots.Job(room, bots.Wish("ann", "a fox", edit=True))
    told = []
    for event in (
        nemo_sdk.UploadProgress(63, 100, "cat.png"),
        nemo_sdk.UploadProgress(100, 100, "cat.png"),
        nemo_sdk.ToolCall("add_title"),
        nemo_sdk.ToolCall(""),
        nemo_sdk.StateChanged(("draft",), "clip"),  # of an edit, which has no raw clip
        nemo_sdk.TextDelta("The title is there."),
        nemo_sdk.StillWorking(240.4),
    ):
        job.hear(event)
        told.append(job.news)
    assert told[:2] == ["Uploading cat.png (63%)", "One moment…"]
    assert told[2] == "Adding the title\u2026"
    assert told[3:6] == ["The agent is at work\u2026"] * 3
    assert told[6] == "\u23f3 Still working..." and not job.answer
    job.wish.edit = False
    job.hear(nemo_sdk.StateChanged(("draft",), "clip"))
    assert job.answer.startswith("The raw clip is ready;") and job.news == "The agent is at work"


async def test_one_message_for_an_export(films: Any, room: PaperRoom) -> None:
    """An export shows its way in one message."""
    await films.hear(room, "ann", "/film a fox")
    await films.hear(room, "ann", "send me the video")
    await idle(films)
    assert len(room.history) == 2
    assert room.history[1][0] == "One moment…" and "The video is ready" in room.history[1][-1]
    assert any("Rendering" in text for text in room.history[1])


LARGE = "large.gif", picture("gif")[1] + bytes(30_000_000)


async def test_one_message_for_an_upload(films: Any, room: PaperRoom) -> None:
    """An upload says how far it is in one message, and never that the agent is at work."""
    await films.hear(room, "ann", "", sent(LARGE))
    await idle(films)
    (said,) = room.history
    assert any(text.startswith("Uploading large.gif (") for text in said)
    assert not any("agent" in text for text in said)
    assert said[-1].startswith("I have large.gif.")


async def test_rate_of_edits(films: Any, room: PaperRoom) -> None:
    """However often an upload tells how far it is, edits come when it is time for one."""
    films._every = 60
    await films.hear(room, "ann", "", sent(LARGE))
    await idle(films)
    assert room.history == [["One moment…", "I have large.gif. What shall I do with it?"]]


@pytest.mark.parametrize("endpoint", ["upload", "run_sse", "render_status"])
async def test_cancel_everywhere(
    films: Any, room: PaperRoom, emulator: Emulator, file: Path, endpoint: str
) -> None:
    """An upload, a turn and an export can be cancelled, and the chat goes on."""
    if endpoint == "render_status":
        await films.hear(room, "ann", "/film a fox")
        await idle(films)
    emulator.faults.stall(endpoint)
    text = {"upload": "", "run_sse": "a fox", "render_status": "/export"}[endpoint]
    await films.hear(room, "ann", text, sent(PICTURE) if endpoint == "upload" else None)
    await until(lambda: emulator.faults.fired)
    await films.hear(room, "ann", "/cancel")
    assert room.lines[-2].endswith("Cancelled.") and room.lines[-1].startswith("Cancelled. What")
    assert not films._jobs and not load("telegram_bot").Memory(file).chat("room").asked
    await films.hear(room, "ann", "/film a hare")
    await idle(films)
    assert b"hare" in room.films[-1]


async def test_cancel_ends_the_render(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """A cancelled export does not keep the next one waiting in the service."""
    await films.hear(room, "ann", "/film a fox")
    await idle(films)
    emulator.faults.stall("render_status")
    await films.hear(room, "ann", "/export")
    await until(lambda: emulator.faults.fired)
    await films.hear(room, "ann", "/cancel")
    assert len(emulator.calls_of("cancel_render")) == 1


async def test_cancel_at_once(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """What is cancelled before it has begun leaves nothing behind."""
    await films.hear(room, "ann", "/film a fox")
    await films.hear(room, "ann", "/cancel")
    await idle(films)
    assert not emulator.calls_of("run_sse")


@pytest.mark.parametrize("words", ["/film\na fox", "/film@films_bot a fox"])
async def test_forms_of_a_command(
    films: Any, room: PaperRoom, emulator: Emulator, words: str
) -> None:
    """A command may end with a line, or with the bot's name; the prompt is the rest."""
    await films.hear(room, "ann", words)
    await idle(films)
    (call,) = emulator.calls_of("run_sse")
    assert call.body["new_message"]["parts"] == [{"text": "a fox"}]


async def test_unknown_command(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """A command that is not known is none of the agent's, and costs nothing."""
    await films.hear(room, "ann", "/settings")
    await idle(films)
    assert "/film PROMPT" in room.lines[0] and not emulator.calls_of("run_sse")


async def test_many_files(films: Any, room: PaperRoom, bots: ModuleType) -> None:
    """Files alone have a limit as well, and nothing is fetched of those beyond it."""
    fetched = []

    async def fetch(folder: Path) -> list[Path]:
        fetched.append(folder)
        return await sent(PICTURE)(folder)  # type: ignore[no-any-return]

    for _ in range(bots.FILES_EACH + 1):
        await films.hear(room, "ann", "", fetch)
    assert "things to do" in room.lines[0]
    await idle(films)
    assert len(fetched) == bots.FILES_EACH
    assert not any(folder.exists() for folder in fetched)


async def test_files_that_do_not_come(films: Any, room: PaperRoom, emulator: Emulator) -> None:
    """A file that the platform keeps, and one with nothing in it, are told in words."""

    async def fetch(folder: Path) -> list[Path]:
        raise ValueError("Paper does not give me your file.")

    await films.hear(room, "ann", "", fetch)
    await films.hear(room, "ann", "", sent(("empty.png", b"")))
    await idle(films)
    assert room.lines[1] == "That did not work: Paper does not give me your file."
    assert room.lines[3] == "That did not work: empty.png is empty: there is nothing to upload."
    assert not emulator.calls_of("upload")


def test_places(bots: ModuleType, tmp_path: Path) -> None:
    """Each file has a place of its own in the folder, whatever it is called."""
    names = ["cat.png", "cat.png", "../../cat.png", "C:\\cat.png", "猫" * 200 + ".png", ""]
    places = [bots.place_for(name, tmp_path) for name in names]
    assert len(set(places)) == len(names)
    assert all(place.parent.parent == tmp_path for place in places)
    assert [place.name for place in places[:4]] == ["cat.png"] * 4
    assert places[4].suffix == ".png" and places[5].name
    for place in places:
        place.write_bytes(b"")


def test_a_film_without_an_address(bots: ModuleType) -> None:
    """Of a film that is too large, its address is told where there is one."""

    def film(url: str | None) -> Any:
        return SimpleNamespace(url=url)

    assert bots.too_large(film(None)) == "The film is too large for this chat."
    assert "for some time: https://films/1" in bots.too_large(film("https://films/1"))


class BrokenRoom(PaperRoom):
    """A chat that takes no films."""

    async def show(self, video: Any) -> None:
        """Fail as a program with a mistake does."""
        raise LookupError("/secret/place")


async def test_a_mistake_of_the_bot(films: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever fails in the bot is told without its details, and is in the log with them."""
    room = BrokenRoom()
    await films.hear(room, "ann", "/film a fox")
    await idle(films)
    assert room.lines[-1].startswith("Something went wrong on my side.")
    assert not any("/secret/place" in line for line in room.lines)
    assert "/secret/place" in caplog.text


def test_errors_have_plain_words(bots: ModuleType) -> None:
    """Each error of the library is told without the names of its functions."""
    kinds = [getattr(nemo_sdk, name) for name in nemo_sdk.__all__ if name.endswith("Error")]
    for kind in kinds:
        words = bots.in_plain_words(kind("POST /run_sse was refused"))
        assert "()" not in words and "/run_sse" not in words


def test_one_bot_on_three_platforms() -> None:
    """The bot itself reads the same in the three files, so that a mend of one mends all."""
    texts = [
        path.read_text("utf-8").partition("\nlog = ")[2].partition("\n\n\nasync def _end(")[0]
        for path in sorted(BOTS.glob("*_bot.py"))
    ]
    assert len(texts) == 3 and len(texts[0]) > 1000
    assert texts[0] == texts[1] == texts[2]
