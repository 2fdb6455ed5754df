"""What the engine of the bots promises, in rooms of paper."""
# ruff: noqa: RUF001 - Chinese has signs of its own

import asyncio
import json
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from blockbuster import blockbuster_ctx
from clocks import FAST
from waiting import until

import nemo_sdk
from nemo_sdk import NemoClient
from nemo_sdk.bots import (
    WORDS,
    AllowList,
    Asked,
    DailyLimit,
    FilmBot,
    Limits,
    SlowDown,
    film_file,
    place_for,
)
from nemo_sdk.bots._words import in_language, of_error, of_progress
from nemo_sdk.emulator import Emulator
from nemo_sdk.jobs import FileStore, Jobs, MemoryStore

from .conftest import PaperRoom, idle, picture, sent

PICTURE = picture()


@define
class Place:
    """Where a bot keeps what it knows: it can be started there again and again."""

    client: NemoClient
    folder: Path
    rooms: dict[str, PaperRoom] = field(factory=dict)

    @asynccontextmanager
    async def bot(self, **options: Any) -> AsyncIterator[FilmBot]:
        """A bot that ends as a process does."""
        async with Jobs(self.client, store=FileStore(self.folder)) as jobs:
            made = FilmBot(jobs, **options)
            yield made
            await made.aclose()

    async def restart(self, **options: Any) -> None:
        """Have another bot go on until it has nothing more to do."""
        async with self.bot(**options) as again:
            await again.go_on(self.rooms.get)
            await idle(again)


@pytest.fixture
def place(client: NemoClient, tmp_path: Path, room: PaperRoom) -> Place:
    """A place with one room."""
    return Place(client, tmp_path / "jobs", {room.key: room})


@pytest.fixture
async def bot(place: Place) -> AsyncIterator[FilmBot]:
    """A bot on the emulator."""
    async with place.bot() as made:
        yield made


def charged(emulator: Emulator) -> list[str]:
    return [charge.kind for charge in emulator.charges]


@pytest.mark.parametrize("words", ["/film a fox in the snow", "a fox in the snow"])
async def test_a_film(bot: FilmBot, room: PaperRoom, emulator: Emulator, words: str) -> None:
    """A command and plain words make a film, charged once, its way shown in one message."""
    await bot.hear(room, "ann", words)
    await idle(bot)
    (film,), (line,), (said,) = room.films, room.lines, room.history
    assert b"fox" in film and line.endswith("100%\nThe video is ready")
    assert said[0] == "One moment…"
    assert not any("_" in text for text in said)  # no tool's name
    assert charged(emulator) == ["generation"]


async def test_the_chat_goes_on(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """What is said after a film changes that very film, below the answer in one message."""
    await bot.hear(room, "ann", "/film a fox in the snow")
    await bot.hear(room, "ann", 'change the title to "Reynard"')
    await idle(bot)
    assert len(emulator.sessions) == 1 and charged(emulator) == ["generation", "edit"]
    assert b"Reynard" in room.films[-1] and len(room.films) == len(room.lines) == 2
    answer, _, end = room.lines[1].rpartition("\n\n")
    assert "Reynard" in answer and end.endswith("The video is ready")


LOOKS = {
    "/credits": "10000 credits are left.",
    "/credits@films_bot": "10000 credits are left.",
    "credits": "10000 credits are left.",
    "余额": "剩余 10000 积分。",
    "/status": "There is nothing in the film yet. Say what you want to see.",
    "/export": "There is nothing in the film yet. Say what you want to see.",
    "/export as gif": "A film is exported as one of mp4, mov, avi, webm, mkv: say which.",
    "upload": "There is no file to upload: send one along, or say its address.",
    "/film": "What do you want to see? Say it behind the command: /film a fox in the snow",
    "/cancel": "There is nothing to cancel.",
    "/new": "A new beginning. What do you want to see?",
    "/settings": WORDS["en"]["help"],
}


@pytest.mark.parametrize("words", LOOKS)
async def test_what_costs_nothing(
    bot: FilmBot, room: PaperRoom, emulator: Emulator, words: str
) -> None:
    """Looks, mistakes and what is not known are answered, and none of it is for the agent."""
    await bot.hear(room, "ann", words)
    await idle(bot)
    assert room.lines[-1] == LOOKS[words]
    assert not emulator.calls_of("run_sse") and not emulator.charges


async def test_nothing_is_said(bot: FilmBot, room: PaperRoom) -> None:
    """Neither words nor files: nothing is answered."""
    await bot.hear(room, "ann", "  ")
    assert not room.lines


async def test_status_and_export(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """The status is the timeline as text; an export sends the film once more, for free."""
    for words in ("/film a fox", "send me the video as mov", "/status"):
        await bot.hear(room, "ann", words)
        await idle(bot)
    assert len(room.films) == 2 and room.lines[-1].startswith("Timeline (")
    assert emulator.calls_of("submit_render")[-1].body["output"]["format"] == "mov"
    assert charged(emulator) == ["generation"]


async def test_files(bot: FilmBot, room: PaperRoom, emulator: Emulator, place: Place) -> None:
    """A file that was sent is in the session for what is said next, and leaves nothing behind."""
    await bot.hear(room, "ann", "", sent(PICTURE))
    await bot.hear(room, "ann", "make a film of this picture", sent(("dog.png", PICTURE[1])))
    await idle(bot)
    assert room.lines[0] == "I have cat.png. What shall I do with it?"
    assert len(emulator.sessions) == 1 and len(room.films) == 1
    assert len(emulator.calls_of("upload")) == 2
    assert not list((place.folder / "rooms" / "files").iterdir())


@pytest.mark.parametrize("words", ["status", "export"])
async def test_no_file_is_lost(
    bot: FilmBot, room: PaperRoom, emulator: Emulator, words: str
) -> None:
    """A file whose caption is a command is uploaded all the same."""
    await bot.hear(room, "ann", "/film a fox")
    await bot.hear(room, "ann", words, sent(PICTURE))
    await idle(bot)
    assert len(emulator.calls_of("upload")) == 1


async def test_files_that_do_not_come(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """A file that cannot be had, is empty, or of a wrong kind, is told in words."""

    async def fetch(folder: Path) -> list[Path]:
        raise ValueError("Paper does not give me your file.")

    async def broken(folder: Path) -> list[Path]:
        raise LookupError("/secret/place")

    for one in (fetch, sent(("empty.png", b"")), sent(("notes.txt", b"hello"))):
        await bot.hear(room, "ann", "", one)
    await idle(bot)
    assert "That did not work: Paper does not give me your file." in room.lines
    told = "\n".join(room.lines)
    await bot.hear(room, "ann", "", broken)
    await idle(bot)
    assert room.lines[-1] == "That did not work: I do not get your file from here. Send it again."
    assert "empty.png is empty" in told and "I can use mp4, mov" in told
    assert not emulator.calls


async def test_delivered_twice(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """A message that comes twice is one; the same words in another message are meant."""
    for number in ("1", "1", "2", "1"):
        await bot.hear(room, "ann", "/film a fox", id=number)
    await idle(bot)
    assert charged(emulator) == ["generation"] * 2 and len(room.films) == 2


async def test_delivered_again_after_a_restart(
    place: Place, room: PaperRoom, emulator: Emulator
) -> None:
    """What was heard before a restart is not heard again after it."""
    for _ in range(2):
        async with place.bot() as bot:
            await bot.hear(room, "ann", "/film a fox", id="1")
            await idle(bot)
    assert charged(emulator) == ["generation"] and len(room.films) == 1


async def test_two_rooms_have_messages_of_one_id(bot: FilmBot, emulator: Emulator) -> None:
    """The ids of messages count in each room by themselves."""
    rooms = [PaperRoom("a"), PaperRoom("b")]
    for one in rooms:
        await bot.hear(one, "ann", "/film a fox", id="1")
    await idle(bot)
    assert [len(one.films) for one in rooms] == [1, 1] and len(emulator.charges) == 2


async def test_queue(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """What has to wait in a room is told at once how much is before it."""
    emulator.faults.stall("run_sse")
    for words in ("/film a fox", "/film a hare", "/film a hen"):
        await bot.hear(room, "ann", words)
    assert room.lines[1:] == ["1 before this one.", "2 before this one."]
    await bot.hear(room, "ann", "/cancel")


async def test_queue_of_all_rooms(client: NemoClient, emulator: Emulator) -> None:
    """What waits because others are served is told so too, in the person's language."""
    emulator.faults.stall("run_sse")
    rooms = [PaperRoom("a"), PaperRoom("b"), PaperRoom("c")]
    async with Jobs(client, store=MemoryStore(), at_once=1) as jobs:
        bot = FilmBot(jobs)
        await bot.hear(rooms[0], "ann", "/film a fox")
        await until(lambda: emulator.calls_of("run_sse"))
        await bot.hear(rooms[1], "bob", "/film a hare")
        await until(lambda: "Waiting (0 before this one)" in "".join(rooms[1].lines))
        await bot.hear(rooms[2], "li", "/film 一只猫")
        await until(lambda: "等待中（前面还有 1 项）" in "".join(rooms[2].lines))
        await bot.aclose()


async def test_limits_of_a_person(bot: FilmBot, room: PaperRoom) -> None:
    """A person has a limit of wishes over all rooms; others do not wait for that."""
    rooms, heard = [PaperRoom(str(number)) for number in range(4)], asyncio.Event()
    for one in rooms:
        await bot.hear(one, "ann", "/film a fox", sent(PICTURE, after=heard))
    await bot.hear(room, "bob", "/film a hare")
    assert rooms[-1].lines == ["I have 3 things to do for you already. Wait for one, or /cancel."]
    heard.set()
    await idle(bot)
    assert [len(one.films) for one in [*rooms, room]] == [1, 1, 1, 0, 1]


async def test_limits_of_a_person_who_is_everywhere_at_once(
    bot: FilmBot, emulator: Emulator
) -> None:
    """What is being taken on in one room counts in the others already."""
    rooms = [PaperRoom(str(number)) for number in range(6)]
    emulator.faults.stall("run_sse", times=None)
    await asyncio.gather(*(bot.hear(one, "ann", "/film a fox") for one in rooms))
    assert sum(one.lines[0].startswith("I have 3 things") for one in rooms if one.lines) == 3


async def test_album(bot: FilmBot, room: PaperRoom) -> None:
    """An album of many files is no overuse; hundreds are, and are not fetched."""
    heard = asyncio.Event()
    for number in range(22):
        await bot.hear(room, "ann", "", sent((f"{number}.png", PICTURE[1]), after=heard))
    heard.set()
    await idle(bot)
    assert sum(line.startswith("I have 20 things") for line in room.lines) == 2
    assert sum(".png. What shall I do" in line for line in room.lines) == 20


async def ask(asked: Asked) -> bool | str:
    return "Ann may not." if asked.person == "ann" and asked.room == "room" else False


ALLOWED = {
    "a daily limit": (DailyLimit(1), "/film a fox", "That was all for today. Ask again tomorrow."),
    "a list": (AllowList({"bob"}), "/film a fox", WORDS["en"]["not_allowed"]),
    "a list, in Chinese": (AllowList({"bob"}), "/film 一只猫", WORDS["zh"]["not_allowed"]),
    "a list and a limit": (AllowList({"ann"}, films=1), "a hen", WORDS["en"]["limit"]),
    "a hook of one's own": (ask, "/film a fox", "Ann may not."),
}


@pytest.mark.parametrize("case", ALLOWED)
async def test_who_may(place: Place, room: PaperRoom, emulator: Emulator, case: str) -> None:
    """A hook decides before anything is charged, and its count outlives a restart."""
    allow, words, told = ALLOWED[case]
    limited = told == WORDS["en"]["limit"]
    for _ in range(1 + limited):
        async with place.bot(allow=allow) as bot:
            await bot.hear(room, "ann", words)
            await idle(bot)
    assert room.lines[-1] == told
    assert len(emulator.charges) == limited


async def test_a_limit_is_on(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """Without any hook a person has ten a day, and looks are free."""
    for _ in range(10):
        await bot.hear(room, "ann", "/film a fox")
        await idle(bot)
    await bot.hear(room, "ann", "/film a fox")
    await bot.hear(room, "bob", "/film a fox")
    await idle(bot)
    assert WORDS["en"]["limit"] in room.lines
    await bot.hear(room, "ann", "/credits")
    assert "credits are left" in room.lines[-1] and len(emulator.charges) == 11


async def test_a_hook_that_fails(place: Place, room: PaperRoom, emulator: Emulator) -> None:
    """Nobody is let in by a mistake."""

    def allow(asked: Asked) -> bool:
        raise LookupError("/secret/place")

    async with place.bot(allow=allow) as bot:
        await bot.hear(room, "ann", "/film a fox")
    assert room.lines == [WORDS["en"]["Exception"]] and not emulator.charges


async def test_question(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """What the agent asks is shown with its options; a number or an option answers it."""
    emulator.agent.asks("Which format do you want?", ["mp4", "mov"])
    await bot.hear(room, "ann", "a fox, please")
    await idle(bot)
    assert room.lines == ["Which format do you want?\n1. mp4\n2. mov"]
    await bot.hear(room, "ann", "2")
    await idle(bot)
    (_, answer) = emulator.calls_of("run_sse")
    assert answer.body["new_message"]["parts"] == [{"text": "mov"}]
    assert len(room.films) == 1 and len(emulator.sessions) == 1


async def test_question_about_a_film(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """The command for a film may end in a question too: it is no failure."""
    emulator.agent.asks("Which format do you want?", ["mp4", "mov"])
    await bot.hear(room, "ann", "/film a fox")
    await idle(bot)
    assert room.lines == ["Which format do you want?\n1. mp4\n2. mov"]
    await bot.hear(room, "ann", "MP4")
    await idle(bot)
    assert len(room.films) == 1 and len(emulator.sessions) == 1


async def test_no_credits(room: PaperRoom, tmp_path: Path) -> None:
    """Without credits an anonymous user gets the registration link, in one's language."""
    async with (
        Emulator(credits=10, speed=1000) as emulator,
        NemoClient(base_url=emulator.base_url, timing=FAST) as client,
        Place(client, tmp_path, {}).bot() as bot,
    ):
        for words in ("/film a fox", "/film 一只猫"):
            await bot.hear(room, "ann", words)
            await idle(bot)
    told = [line for line in room.lines if "register?bind=anon_" in line]
    assert [one[:5] for one in told] == ["There", "积分已用完"]
    assert room.lines[0].endswith("This did not work.")


async def test_language(bot: FilmBot, room: PaperRoom) -> None:
    """Each person is answered in the own language, also after words that are in none."""
    await bot.hear(room, "li", "/film 雪地里的狐狸")
    await idle(bot)
    assert room.history[0][0] == "请稍候…" and room.lines[0].endswith("影片好了")
    assert not any("Rendering" in text or "agent" in text for text in room.history[0])
    await bot.hear(room, "li", "/credits")
    await bot.hear(room, "ann", "/credits")
    assert room.lines[1:] == ["剩余 9900 积分。", "9900 credits are left."]


async def test_other_words(place: Place, room: PaperRoom) -> None:
    """Another language is a table more; what it does not have is said in English."""
    words = {**WORDS, "ru": {"credits": "Осталось {available:g}."}}
    async with place.bot(words=words) as bot:
        await bot.hear(room, "ann", "/film лиса в снегу")
        await idle(bot)
        await bot.hear(room, "ann", "/credits")
        await idle(bot)
    assert "Осталось 9900." in room.lines
    assert room.history[0][0] == "One moment…"


def test_every_word_is_there_in_chinese() -> None:
    """The two tables have the same names, and the same facts in their sentences."""
    for name, sentence in WORDS["en"].items():
        facts = [part.split("}")[0] for part in sentence.split("{")[1:]]
        assert all(f"{{{fact}}}" in WORDS["zh"][name] for fact in facts if fact != "when"), name


KINDS = [getattr(nemo_sdk, name) for name in nemo_sdk.__all__ if name.endswith("Error")]


@pytest.mark.parametrize("kind", [*KINDS, ValueError, OSError], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_errors_are_for_people(kind: type[Exception], language: str) -> None:
    """No error is told with the names of functions or of calls."""
    words = of_error(in_language(WORDS, language), kind("went wrong"))
    assert words and "()" not in words and "None" not in words and "{" not in words


def test_progress_is_for_people() -> None:
    """A line that a language does not know is that of the stage."""
    words = in_language(WORDS, "zh")
    assert of_progress(words, "Rendering (40%)", "render") == "正在渲染（40%）"
    assert of_progress(words, "Adding music…", "message") == "正在配乐"
    assert of_progress(words, "Uploading cat2.png (40%)", "upload") == "正在上传文件"
    assert of_progress(in_language(WORDS, "de"), "Rendering (40%)", "render") == "Rendering (40%)"


async def test_edits_are_throttled(bot: FilmBot, room: PaperRoom) -> None:
    """However often there is something new, edits come when it is time for one."""
    room.limits = Limits(seconds=60)
    await bot.hear(room, "ann", "/film a fox")
    await idle(bot)
    (said,) = room.history
    assert said[0] == "One moment…" and said[-1].endswith("The video is ready") and len(said) == 2


@pytest.mark.parametrize("before", [0, 1, 2])
async def test_flood_control(bot: FilmBot, before: int) -> None:
    """What is refused for some time is sent after that, and nothing in between."""
    slow = SlowRoom(refused_at=before)
    await bot.hear(slow, "ann", "/film a fox")
    await idle(bot)
    assert len(slow.films) == 1 and slow.refused
    after = [one for one in slow.times if one > slow.refused[0]]
    assert after and min(after) >= slow.refused[0] + 0.3


class SlowRoom(PaperRoom):
    """A chat that wants nothing more for some time, once."""

    def __init__(self, refused_at: int) -> None:
        super().__init__("slow")
        self.refused_at = refused_at
        self.refused: list[float] = []

    def _tick(self) -> None:
        super()._tick()
        if len(self.times) == self.refused_at + 1:
            self.refused.append(self.times[-1])
            raise SlowDown(0.3)


async def test_a_room_that_takes_nothing(place: Place, room: PaperRoom, emulator: Emulator) -> None:
    """A time that is too long is not waited for: the next start tells it, charged once."""
    room.slow.append(86_400)
    async with place.bot() as bot:
        await bot.hear(room, "ann", "/film a fox")
        await idle(bot)
    assert not room.slow and not room.films
    await place.restart()
    assert len(room.films) == 1 and len(emulator.charges) == 1


async def test_refused_edits(bot: FilmBot, room: PaperRoom) -> None:
    """Where a platform refuses edits, an answer comes as a message of its own."""
    room.refuse_edits = True
    await bot.hear(room, "ann", "/film a fox")
    await bot.hear(room, "ann", 'change the title to "Reynard"')
    await idle(bot)
    assert len(room.films) == 2 and len(room.lines) > 2


REFUSALS = [ValueError("413"), PermissionError("no right to send videos"), LookupError("a bug")]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: type(one).__name__)
async def test_refused_films(
    bot: FilmBot, room: PaperRoom, emulator: Emulator, refusal: Exception
) -> None:
    """Of a film that the platform does not take, the link comes."""
    room.refuse_films = refusal
    await bot.hear(room, "ann", "/film a fox")
    await idle(bot)
    assert "It is here for some time: " + emulator.films_url in room.lines[-1]


async def test_large_films(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """A film that is known to be too large is not even fetched."""
    room.limits = Limits(bytes=10, seconds=0.02)
    await bot.hear(room, "ann", "/film a fox")
    await idle(bot)
    assert emulator.films_url in room.lines[-1] and not room.films


async def test_film_file(client: NemoClient) -> None:
    """A film is in a file while it is sent, unless it is too large, and not any longer."""
    video = await client.generate("a fox")
    async with film_file(video, Limits()) as path:
        assert path.suffix == ".mp4" and path.read_bytes() == await video.read()
    assert not path.parent.exists()
    with pytest.raises(ValueError, match="10 may be sent"):
        async with film_file(video, Limits(bytes=10)):
            pass


async def test_no_folder_is_left_of_a_film_that_nobody_waits_for(
    client: NemoClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is cancelled while the folder is made leaves none behind."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    loop, making, made = asyncio.get_running_loop(), tempfile.mkdtemp, asyncio.Event()

    def mkdtemp(*args: Any, **how: Any) -> Any:
        loop.call_soon_threadsafe(sending.cancel)
        folder = making(*args, **how)
        loop.call_soon_threadsafe(made.set)
        return folder

    async def send() -> None:
        async with film_file(client.video("r1"), Limits()):
            pass

    monkeypatch.setattr(tempfile, "mkdtemp", mkdtemp)
    sending = asyncio.create_task(send())
    with pytest.raises(asyncio.CancelledError):
        await sending
    await made.wait()
    assert list(tmp_path.glob("*tmp*")) == []


async def test_places(tmp_path: Path) -> None:
    """Each file has a place of its own in the folder, whatever it is called."""
    names = [
        "cat.png",
        "cat.png",
        "../../cat.png",
        "C:\\cat.png",
        "猫" * 200 + ".png",
        "",
        "\0",
        "..",
    ]
    places = [await place_for(name, tmp_path) for name in names]
    assert len(set(places)) == len(names)
    assert all(one.parent.parent == tmp_path for one in places)
    assert [one.name for one in places[:4]] == ["cat.png"] * 4
    for one in places:
        one.write_bytes(b"")


async def test_long_answers(bot: FilmBot, room: PaperRoom) -> None:
    """No message is longer than the platform takes, emoji counted as it counts them."""
    room.limits = Limits(letters=40, seconds=0.02)
    await bot.hear(room, "ann", "/film " + "🦊" * 200)
    await bot.hear(room, "ann", "/settings")
    await idle(bot)
    texts = [text for said in room.history for text in said]
    assert max(len(text.encode("utf-16-le")) // 2 for text in texts) <= 40
    assert any(text.endswith("…") for text in texts)


@pytest.mark.parametrize("endpoint", ["upload", "run_sse", "render_status"])
async def test_cancel(
    bot: FilmBot, room: PaperRoom, emulator: Emulator, place: Place, endpoint: str
) -> None:
    """An upload, a turn and an export can be cancelled, and the chat goes on."""
    if endpoint == "render_status":
        await bot.hear(room, "ann", "/film a fox")
        await idle(bot)
    emulator.faults.stall(endpoint)
    words = {"upload": "", "run_sse": "a fox, please", "render_status": "/export"}[endpoint]
    await bot.hear(room, "ann", words, sent(PICTURE) if endpoint == "upload" else None)
    await until(lambda: emulator.faults.fired)
    await bot.hear(room, "ann", "/cancel")
    assert room.lines[-2] == "Cancelled." and room.lines[-1].startswith("Cancelled. What")
    assert (len(emulator.calls_of("cancel_render")) == 1) is (endpoint == "render_status")
    await bot.hear(room, "ann", "/film a hare")
    await idle(bot)
    assert b"hare" in room.films[-1]
    seen = len(room.films)
    await place.restart()
    assert len(room.films) == seen


async def test_cancel_at_once(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """What is cancelled before it has begun leaves nothing behind."""
    await bot.hear(room, "ann", "/film a fox")
    await bot.hear(room, "ann", "/cancel")
    await idle(bot)
    assert not emulator.calls_of("run_sse") and not room.films


async def test_new(bot: FilmBot, room: PaperRoom, emulator: Emulator) -> None:
    """`/new` begins another film in another session."""
    for words in ("a fox in the snow", "/new", "a hare in the snow"):
        await bot.hear(room, "ann", words)
    await idle(bot)
    assert len(emulator.sessions) == 2 and len(room.films) == 2


async def test_a_forgotten_session(bot: FilmBot, room: PaperRoom) -> None:
    """Where the service has forgotten a room's film, the next words begin a new one."""
    await bot.hear(room, "ann", "/new")
    await idle(bot)
    bot._book.chat("room").session_id = "123"
    await bot.hear(room, "ann", "make it longer, please")
    await idle(bot)
    assert "gone from the service" in room.lines[-1]
    await bot.hear(room, "ann", "a fox in the snow")
    await idle(bot)
    assert len(room.films) == 1


RESTARTS: dict[str, tuple[str, str, dict[str, Any], int]] = {
    "in a turn": ("/film a fox", "run_sse", {"after_event": 1}, 1),
    "in a turn of plain words": ("a fox, please", "run_sse", {"after_event": 1}, 1),
    "in the render": ("a fox in the snow", "render_status", {}, 1),
    "before the render": ("a fox in the snow", "submit_render", {"effect": False}, 1),
}


@pytest.mark.parametrize("case", RESTARTS)
async def test_restart(place: Place, room: PaperRoom, emulator: Emulator, case: str) -> None:
    """What was running is gone on with, the room is told, and nothing is charged twice."""
    words, endpoint, options, films = RESTARTS[case]
    emulator.faults.stall(endpoint, **options)
    async with place.bot() as bot:
        await bot.hear(room, "ann", words)
        await until(lambda: emulator.faults.fired and emulator.charges)
    await place.restart()
    assert len(room.films) == films and charged(emulator) == ["generation"]
    assert len(emulator.calls_of("run_sse")) == 1
    assert any(
        text.startswith("I was restarted, and go on with “")
        for said in room.history
        for text in said
    )
    assert not list((place.folder / "rooms").glob("*/*"))
    await place.restart()
    assert len(room.films) == films


async def test_restart_in_an_edit(place: Place, room: PaperRoom, emulator: Emulator) -> None:
    """A change that a restart came into is not asked for again, and its film comes."""
    async with place.bot() as bot:
        await bot.hear(room, "ann", "/film a fox")
        await idle(bot)
        emulator.faults.stall("run_sse")
        await bot.hear(room, "ann", 'change the title to "Reynard"')
        await until(lambda: len(emulator.charges) == 2)
    await place.restart()
    assert b"Reynard" in room.films[-1] and len(emulator.calls_of("run_sse")) == 2


async def test_restart_in_an_export(place: Place, room: PaperRoom, emulator: Emulator) -> None:
    """A render that was under way is waited for after a restart, and not made twice."""
    async with place.bot() as bot:
        await bot.hear(room, "ann", "/film a fox")
        await idle(bot)
        emulator.faults.stall("render_status")
        await bot.hear(room, "ann", "/export")
        await until(lambda: emulator.faults.fired)
    await place.restart()
    assert len(room.films) == 2 and len(emulator.renders) == 2


async def test_restart_of_what_waits(place: Place, room: PaperRoom, emulator: Emulator) -> None:
    """What waited for its turn when the bot was stopped is done after the restart."""
    emulator.faults.stall("run_sse")
    async with place.bot() as bot:
        await bot.hear(room, "ann", "/film a fox")
        await bot.hear(room, "ann", "/new")
        await bot.hear(room, "ann", "a hare in the snow")
        await bot.hear(room, "ann", "", sent(PICTURE))
        await until(lambda: emulator.charges)
    await place.restart()
    assert [b"fox" in film for film in room.films] == [True, False]
    assert b"hare" in room.films[1] and len(emulator.charges) == 2
    assert room.lines[-1].endswith("Send them again.")


async def test_restart_with_files(place: Place, room: PaperRoom, emulator: Emulator) -> None:
    """Files that were fetched are there after a restart."""
    emulator.faults.stall("upload", effect=False)
    async with place.bot() as bot:
        await bot.hear(room, "ann", "/film a fox", sent(PICTURE))
        await until(lambda: emulator.faults.fired)
    await place.restart()
    assert len(room.films) == 1 and len(emulator.charges) == 1


async def test_nothing_else_is_gone_on_with(place: Place, room: PaperRoom) -> None:
    """Rooms that are none of this platform's are left alone."""
    async with place.bot() as bot:
        await bot.hear(room, "ann", "/film a fox")
    place.rooms.clear()
    await place.restart()
    assert not room.films
    place.rooms[room.key] = room
    await place.restart()
    assert len(room.films) == 1


@pytest.mark.parametrize("when", ["idle", "at work", "after a restart"])
async def test_a_group_that_moves(
    place: Place, room: PaperRoom, emulator: Emulator, when: str
) -> None:
    """A group that becomes another one keeps its film, and what is being made comes there."""
    there = place.rooms["there"] = PaperRoom("there")
    async with place.bot() as bot:
        await bot.go_on(place.rooms.get)
        await bot.hear(room, "ann", "/film a fox")
        if when != "at work":
            await idle(bot)
        if when != "after a restart":
            bot.move("room", "there")
            await idle(bot)
    async with place.bot() as bot:
        if when == "after a restart":
            bot.move("room", "there")
        await bot.hear(there, "ann", "/export")
        await idle(bot)
    assert len(there.films) == (2 if when == "at work" else 1)
    assert len(room.films) == (0 if when == "at work" else 1)
    assert len(emulator.sessions) == 1


async def test_long_unused(place: Place, room: PaperRoom) -> None:
    """A room in which nothing was said for months is dropped, one that waits is not."""
    async with place.bot() as bot:
        await bot.hear(room, "ann", "/new")
        await bot.hear(PaperRoom("waiting"), "ann", "/film a fox")
    for file in (place.folder / "rooms").glob("*.json"):
        if file.stem != "today":
            kept = json.loads(file.read_text())
            file.write_text(json.dumps({**kept, "used": time.time() - 100 * 86_400}))
    async with place.bot() as bot:
        await bot.go_on(lambda key: None)
        assert list(bot._book.chats) == ["waiting"]
    kept = [one for one in (place.folder / "rooms").glob("*.json") if one.stem != "today"]
    assert len(kept) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
async def test_kept_for_the_owner_alone(place: Place, room: PaperRoom) -> None:
    """What people say is not for other users of the machine."""
    async with place.bot() as bot:
        await bot.hear(room, "ann", "/new")
        await idle(bot)
    files = list((place.folder / "rooms").glob("*.json"))
    assert files and all(file.stat().st_mode & 0o077 == 0 for file in files)


async def test_damaged_files(
    place: Place, room: PaperRoom, caplog: pytest.LogCaptureFixture
) -> None:
    """A damaged file is told in the log and keeps nobody from a film."""
    (place.folder / "rooms").mkdir(parents=True)
    (place.folder / "rooms" / "x.json").write_text("{")
    async with place.bot() as bot:
        await bot.hear(room, "ann", "/film a fox")
        await idle(bot)
    assert len(room.films) == 1 and "x.json is no conversation" in caplog.text


async def test_in_memory(client: NemoClient, room: PaperRoom) -> None:
    """Where jobs are in no folder, conversations are kept as long as the process lives."""
    async with Jobs(client, store=MemoryStore()) as jobs:
        bot = FilmBot(jobs)
        await bot.hear(room, "ann", "make a film of this", sent(PICTURE))
        await idle(bot)
        await bot.aclose()
    assert len(room.films) == 1


async def test_an_unreachable_room(place: Place, emulator: Emulator) -> None:
    """A room that cannot be reached costs nothing, and keeps no other from its film."""

    class Gone(PaperRoom):
        async def say(self, text: str) -> Any:
            raise ConnectionError("the bot was kicked")

    async with place.bot() as bot:
        await bot.hear(Gone("gone"), "ann", "/film a fox")
        await idle(bot)
    assert not emulator.charges
    await place.restart()


async def test_a_download_that_fails(bot: FilmBot, room: PaperRoom) -> None:
    """A film that does not come through is told as what it is, not as the platform's refusal."""
    room.refuse_films = nemo_sdk.DownloadError("cut")
    await bot.hear(room, "ann", "/film a fox")
    await idle(bot)
    assert room.lines[-1] == WORDS["en"]["DownloadError"]


async def test_the_loop_is_not_kept_waiting(
    client: NemoClient, room: PaperRoom, tmp_path: Path
) -> None:
    """Whatever the engine reads and writes, it does so in threads."""
    with blockbuster_ctx("nemo_sdk.bots"):
        place = Place(client, tmp_path / "jobs", {room.key: room})
        async with place.bot() as bot:
            await bot.hear(room, "ann", "make a film of this", sent(PICTURE))
            await idle(bot)
            await bot.hear(room, "ann", "/export")
        await place.restart()
    assert len(room.films) == 2
