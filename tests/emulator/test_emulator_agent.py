"""The agent: what a message makes it do, without any connection."""

import random
from itertools import pairwise
from typing import Any

import pytest
from attrs import frozen

from nemo_sdk.emulator import _drafts
from nemo_sdk.emulator._accounts import Account
from nemo_sdk.emulator._agent import Agent
from nemo_sdk.emulator._agent._lengths import seconds_in
from nemo_sdk.emulator._agent._phrases import NOISE
from nemo_sdk.emulator._drafts import Desk
from nemo_sdk.emulator._sessions import Session
from nemo_sdk.emulator._steps import Say, Step, Thought, ToolCall, ToolResult, Wait

from .films import session_of, shown

UPLOADS: dict[str, dict[str, Any]] = {
    "m1": {"filename": "a.mov", "file_type": "video", "cdn_url": "u1", "duration": 3.5},
    "m2": {"filename": "b.png", "file_type": "image", "cdn_url": "u2"},
    "m3": {"filename": "c.mp3", "file_type": "audio", "cdn_url": "u3", "duration": 8.0},
}


@frozen
class Turn:
    """What the agent did."""

    kind: str
    steps: list[Step]


def talk(
    first: str,
    *others: str,
    seed: int = 0,
    silent: float = 0.0,
    session: Session | None = None,
    **given: Any,
) -> tuple[Session, Turn]:
    """Sends messages one after another; returns the session and the last plan."""
    session = session or Session("1", "2", Account("user", 0), uploads=given.get("uploads", {}))
    rng = random.Random(f"{seed}:{first}")
    plan = Agent(session, Desk(rng), rng, seed, silent).plan(first)
    steps = []
    for step in plan.steps:
        steps.append(step)
        if isinstance(step, ToolResult):
            session.change(step.changes)
    if others:
        return talk(*others, seed=seed, silent=silent, session=session)
    return session, Turn(plan.kind, steps)


def said(turn: Turn) -> str:
    """Return what the agent said in a turn."""
    return " ".join(step.text for step in turn.steps if isinstance(step, Say))


def track(session: Session, kind: int) -> list[dict[str, Any]]:
    """Returns the segments of a session's track, nothing where it has no such track."""
    draft = session.draft or {"t": []}
    return [segment for track in draft["t"] if track["tt"] == kind for segment in track["sg"]]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("a 5 second film", 5),
        ("a two second film", 2),
        ("5s of rain", 5),
        ("a 10-second clip", 10),
        ("ten seconds of waves", 10),
        ("twenty-five seconds", 25),
        ("half a minute of rain", 30),
        ("a minute and a half", 60),
        ("one minute", 60),
        ("3.5 sec", 3.5),
        ("90 seconds", 60),
        ("0.2 seconds", 1),
        ("30秒的森林", 30),
        ("十秒", 10),
        ("十五秒", 15),
        ("二十五秒", 25),
        ("半分钟", 30),
        ("一分钟", 60),
        ("两秒半", 2.5),
        ("a cat", None),
        ("a second cat walks by", None),
        ("in the 80s", None),
        ("an 80s film", None),
        ("made in 1980s", None),
        ("0 seconds", None),
        ("", None),
    ],
)
def test_lengths_are_understood(text: str, seconds: float | None) -> None:
    """A length in digits or words, English or Chinese, is read, within 1 to 60 seconds."""
    assert seconds_in(text) == seconds


def test_a_generation_has_two_stages() -> None:
    """First the raw clip of one video track, then music, a title and an effect."""
    _, plan = talk("a cat walking through a snowy forest")
    assert plan.kind == "generation"
    results = [step for step in plan.steps if isinstance(step, ToolResult)]
    assert [step.name for step in results] == [
        "generate_video",
        "add_background_music",
        "add_title",
        "apply_effect",
    ]
    kinds = [[track["tt"] for track in step.changes["draft"]["t"]] for step in results]
    assert kinds == [[0], [0, 1], [0, 1, 7], [0, 1, 7]]
    drafts = [step.changes["draft"] for step in results]
    assert all(one != other for one, other in pairwise(drafts))


def test_a_generation_takes_100_to_300_seconds() -> None:
    """Its waits add up to the service's own time, whatever the seed."""
    for seed in range(50):
        _, plan = talk("a cat", seed=seed)
        total = sum(step.seconds for step in plan.steps if isinstance(step, Wait))
        assert 100 <= total <= 300


def test_calls_and_results_belong_together() -> None:
    """Each tool call is followed by its own result, with its own id."""
    _, plan = talk("a cat")
    calls = [step.id for step in plan.steps if isinstance(step, ToolCall)]
    assert calls == [step.id for step in plan.steps if isinstance(step, ToolResult)]
    assert len(set(calls)) == 4


@pytest.mark.parametrize(
    ("prompt", "title", "milliseconds"),
    [
        ("a cat walking through a snowy forest", "cat walking through a snowy forest", 10_000),
        ("Please make me a 5 second video of the sea", "sea", 5000),
        ("generate a film about two dogs, 3s", "two dogs", 3000),
        ("雪中的猫\uff0c十五秒", "雪中的猫", 15_000),
        ("x" * 100, "x" * 59 + "…", 10_000),
        ("!!!", "!!!", 10_000),
    ],
)
def test_the_clip_follows_from_the_prompt(prompt: str, title: str, milliseconds: int) -> None:
    """The video segment has the prompt, a title made from it, and the length asked for."""
    session, _ = talk(prompt)
    (segment,) = track(session, _drafts.VIDEO)
    assert segment["m"]["prompt"] == prompt
    assert segment["m"]["title"] == title
    assert segment["d"] == milliseconds


def test_music_and_title_asked_for_in_the_prompt_are_taken() -> None:
    """A generation that names its music and title gets them."""
    session, _ = talk('a cat with jazz music and the title "My cat"')
    assert track(session, _drafts.AUDIO)[0]["m"]["name"] == "Jazz"
    assert track(session, _drafts.TEXT)[0]["m"]["text"] == "My cat"


def test_the_same_prompt_makes_the_same_film() -> None:
    """What is rendered depends on prompt and seed alone, not on the session's chances."""
    first, second, other = (
        talk(*before, "generate a cat", seed=seed)[0]
        for before, seed in (((), 1), (("hello",), 1), ((), 3))
    )
    names = [track(session, _drafts.AUDIO)[0]["m"] for session in (first, second, other)]
    assert names[0] == names[1]
    assert names[0] != names[2]


@pytest.mark.parametrize(
    ("text", "kind", "key", "expected"),
    [
        ("add lo-fi music", 1, "name", "Lo-fi"),
        ("change the music to something else", 1, "name", "Acoustic"),
        ("换成轻快的音乐", 1, "name", "轻快"),
        ('add a title "Urban Dreams"', 7, "text", "Urban Dreams"),
        ("add a title 'Night'", 7, "text", "Night"),
        ("add the title: Big City, please", 7, "text", "Big City"),
        ("添加标题“城市之梦”", 7, "text", "城市之梦"),
        ("set the music volume to 80%", 1, "volume", 0.8),
        ("make the music louder", 1, "volume", 0.55),
        ("make the music quieter", 1, "volume", 0.15),
        ("音量调到百分之20", 1, "volume", 0.2),
    ],
)
def test_edits_change_the_draft(text: str, kind: int, key: str, expected: object) -> None:
    """Music, titles and volume are set as asked for, in English and Chinese."""
    session, plan = talk("a cat", text)
    assert plan.kind == "edit"
    (segment,) = track(session, kind)
    assert segment["m"][key] == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("cut it to 4 seconds", 4), ("trim to two seconds", 2), ("剪到5秒", 5), ("make it 20s", 20)],
)
def test_trims_set_the_length_of_the_film(text: str, seconds: float) -> None:
    """Video and music end with the new length; a title never becomes longer."""
    session, plan = talk("a cat", text)
    assert plan.kind == "edit"
    assert session.draft is not None
    assert _drafts.length(session.draft) == seconds * 1000
    assert track(session, _drafts.AUDIO)[0]["d"] == seconds * 1000
    assert track(session, _drafts.TEXT)[0]["d"] == min(3, seconds) * 1000


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("remove the music", [0, 7]),
        ("delete the title", [0, 1]),
        ("去掉音乐和标题", [0]),
        ("no music please", [0, 7]),
    ],
)
def test_tracks_are_removed(text: str, left: list[int]) -> None:
    """A track that is not wanted any more goes, the others stay."""
    session, _ = talk("a cat", text)
    assert session.draft is not None
    assert [each["tt"] for each in session.draft["t"]] == left


def test_what_the_agent_does_not_know_it_says() -> None:
    """A wish that is none of the known edits leaves the film alone, and costs nothing."""
    before, _ = talk("a cat")
    session, plan = talk("a cat", "make it more dramatic")
    assert plan.kind == "answer"
    assert "does not do that: “make it more dramatic”" in said(plan)
    assert track(session, _drafts.VIDEO) == track(before, _drafts.VIDEO)


def test_uploads_are_put_on_the_timeline_and_edited() -> None:
    """The first message after uploads makes a timeline of them, then edits it."""
    session, plan = talk("cut it to six seconds and add lo-fi music", uploads=UPLOADS)
    assert plan.kind == "edit"
    clips = track(session, _drafts.VIDEO)
    assert [(clip["m"]["src"], clip["m"]["in"], clip["d"]) for clip in clips] == [
        ("m1", 0, 3500),
        ("m2", 0, 2500),
    ]
    assert [segment["m"]["name"] for segment in track(session, _drafts.AUDIO)] == ["Lo-fi"]


def test_uploads_alone_are_assembled() -> None:
    """Uploads with words that say nothing of them become a timeline as they are."""
    session, plan = talk("here you are", uploads=UPLOADS)
    assert plan.kind == "edit"
    assert [segment["m"]["src"] for segment in track(session, _drafts.VIDEO)] == ["m1", "m2"]
    assert [segment["m"]["src"] for segment in track(session, _drafts.AUDIO)] == ["m3"]


def test_later_uploads_are_appended_when_asked_for() -> None:
    """New files go behind the clips that are there; asked for again, the last one is repeated."""
    session, _ = talk("a cat")
    session.uploads["m1"] = UPLOADS["m1"]
    talk("append my clip", session=session)
    assert [segment["m"].get("src") for segment in track(session, 0)] == [None, "m1"]
    talk("插入片段", session=session)
    assert [segment["m"].get("src") for segment in track(session, 0)] == [None, "m1", "m1"]


def test_clips_change_their_order() -> None:
    """Reordering turns the clips round."""
    session, _ = talk("here", "swap the clips", uploads=UPLOADS)
    assert [segment["m"]["src"] for segment in track(session, 0)] == ["m2", "m1"]


@pytest.mark.parametrize("text", ["hello", "thanks!", "你好", "", "   ", "how do I add music?"])
@pytest.mark.parametrize("before", [(), ("a cat",)])
def test_talk_is_answered(text: str, before: tuple[str, ...]) -> None:
    """Greetings and questions change nothing and get a text in 5 to 15 seconds."""
    _, plan = talk(*before, text)
    assert plan.kind == "answer"
    assert not any(isinstance(step, ToolCall) for step in plan.steps)
    assert isinstance(plan.steps[-1], Say)
    assert 5 <= sum(step.seconds for step in plan.steps if isinstance(step, Wait)) <= 15


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("is it good?", "answer"),
        ("时长是多少\uff1f", "answer"),
        ("can you add jazz music?", "edit"),
        ("generate a film of a dog with jazz music", "generation"),
        ("a dog on the beach at night", "answer"),
        ("生成一个小狗的视频", "generation"),
    ],
)
def test_messages_about_an_existing_film(text: str, kind: str) -> None:
    """With a draft there, edits, questions and new films are told apart."""
    assert talk("a cat", text)[1].kind == kind


def test_the_last_words_speak_of_an_interface_in_the_users_language() -> None:
    """English gets English and Chinese gets Chinese, with buttons to click."""
    seen = {"en": "", "zh": ""}
    for seed in range(20):
        for language, prompt in (("en", "a cat"), ("zh", "一只猫")):
            _, plan = talk(prompt, seed=seed)
            seen[language] += "".join(step.text for step in plan.steps if isinstance(step, Say))
    assert "lick" in seen["en"]
    assert "Export" in seen["en"]
    assert "点击" in seen["zh"]
    assert "导出" in seen["zh"]
    assert not any("\u4e00" <= character <= "\u9fff" for character in seen["en"])


def test_the_sessions_language_decides_for_texts_without_letters() -> None:
    """“???” is answered in the language of the session."""
    session = Session("1", "2", Account("user", 0), language="zh-CN")
    rng = random.Random(0)
    *_, last = Agent(session, Desk(rng), rng, 0).plan("???").steps
    assert isinstance(last, Say)
    assert "点击" in last.text


def test_about_30_percent_of_edits_are_silent() -> None:
    """Silent edits end with their tools and no text; the share follows from the seeds."""
    silent = 0
    for seed in range(300):
        _, plan = talk("a cat", "add jazz music", seed=seed, silent=0.3)
        silent += not any(isinstance(step, Say) for step in plan.steps)
    assert 60 <= silent <= 120


def test_the_temporary_issue_comes_after_some_answers() -> None:
    """The noise trails a normal answer, now and then."""
    last = [talk("a cat", seed=seed)[1].steps[-1] for seed in range(100)]
    noisy = sum(isinstance(step, Say) and step.text == NOISE for step in last)
    assert 2 <= noisy <= 25


def test_the_agent_thinks_before_it_acts() -> None:
    """The first step of a turn is a thought, which is no part of the reply."""
    for text in ("a cat", "hello"):
        assert isinstance(talk(text)[1].steps[0], Thought)


@pytest.mark.parametrize("piece", ["a", "a ", "add ", "5", "5 ", "猫", "'", "two-"])
def test_a_message_of_a_megabyte_is_no_burden(piece: str) -> None:
    """However long a message is, it is planned; the draft has it whole."""
    prompt = piece * (1_000_000 // len(piece))
    session, _ = talk(prompt)
    assert track(session, _drafts.VIDEO)[0]["m"]["prompt"] == prompt
    talk("add a title", prompt, session=session)


def test_a_draft_is_never_changed_in_place() -> None:
    """An edit leaves the draft before it as it was."""
    session, _ = talk("a cat")
    before = session.draft
    assert before is not None
    revision = before["ext"]["rev"]
    rng = random.Random(0)
    steps = list(Agent(session, Desk(rng), rng, 0).plan("remove the music").steps)
    assert any(isinstance(step, ToolResult) for step in steps)
    assert session.draft is before
    assert before["ext"]["rev"] == revision
    assert len(before["t"]) == 3


def test_undo_and_redo_go_through_the_wishes() -> None:
    """A wish of two clauses is undone at once; the revision number only grows."""
    session, _ = talk("a cat", "cut it to 4 seconds and make it 9:16", "add jazz music")
    drafts = [session.draft]
    for wish in ("undo", "undo", "redo", "redo"):
        talk(wish, session=session)
        drafts.append(session.draft)
    seen = [shown(draft) for draft in drafts if draft]
    assert seen[0]["audio"].startswith("Jazz")
    assert seen[0] == seen[4]
    assert seen[1] == seen[3]
    assert [each["shape"][:4] for each in seen] == ["9:16", "9:16", "16:9", "9:16", "9:16"]
    revisions = [draft["ext"]["rev"] for draft in drafts if draft]
    assert revisions == sorted(set(revisions))


def test_a_new_film_can_be_undone() -> None:
    """The film before the last generation comes back, with its shape."""
    session, _ = talk("a cat, 1:1", "make a new video of a dog", "undo")
    assert track(session, _drafts.VIDEO)[0]["m"]["title"] == "cat"
    assert session.state["canvas_config"]["ratio"] == "1:1"


def test_a_wish_after_an_undo_ends_what_could_be_redone() -> None:
    """There is one line of history."""
    _, plan = talk("a cat", "add jazz music", "undo", "fade out", "redo")
    assert plan.kind == "answer"
    assert "nothing to do again" in said(plan)


@pytest.mark.parametrize(
    ("prompt", "ratio", "title"),
    [
        ("a vertical video of a waterfall", "9:16", "waterfall"),
        ("a vertical four second film of a hen", "9:16", "hen"),
        ("a short square 3.5-second clip of a hen", "1:1", "hen"),
        ("a cat, 9:16", "9:16", "cat"),
        ("make a square video of rain", "1:1", "rain"),
        ("a portrait of a woman", "16:9", "portrait of a woman"),
        ("竖屏的猫", "9:16", "猫"),
    ],
)
def test_the_shape_asked_for_is_taken(prompt: str, ratio: str, title: str) -> None:
    """A generation has the prompt's shape in its canvas and its tool call."""
    session, plan = talk(prompt)
    (call,) = (step for step in plan.steps if isinstance(step, ToolCall) and "prompt" in step.args)
    assert session.draft is not None
    assert call.args["aspect_ratio"] == session.draft["canvas"]["ratio"] == ratio
    assert track(session, _drafts.VIDEO)[0]["m"]["title"] == title


@pytest.mark.parametrize(
    ("width", "height", "canvas"),
    [(1080, 1920, (1080, 1920, "9:16")), (640, 480, (1920, 1440, "4:3"))],
)
def test_a_timeline_has_the_shape_of_its_first_picture(
    width: int, height: int, canvas: tuple[int, int, str]
) -> None:
    """An uploaded clip's own shape is the film's; the longer side is the emulator's."""
    clip = {**UPLOADS["m1"], "width": width, "height": height}
    session, _ = talk("here you are", uploads={"m1": clip})
    assert session.draft is not None
    made = session.draft["canvas"]
    assert (made["width"], made["height"], made["ratio"]) == canvas
    assert session.state["canvas_config"] == made


def test_only_effects_that_are_drawn_are_given() -> None:
    """The second stage chooses what the renderer has, or what the prompt names."""
    effects = {track(talk(f"a cat {n}")[0], 0)[0]["ef"][0]["name"] for n in range(20)}
    assert effects == {"vignette", "brighter"}
    assert track(talk("a sepia film of a cat")[0], 0)[0]["ef"] == [{"name": "sepia"}]


def test_what_a_prompt_does_not_want_is_left_out() -> None:
    """No music and no title, where the prompt says so."""
    session, _ = talk("a quiet lake, no music, without text")
    assert session.draft is not None
    assert [each["tt"] for each in session.draft["t"]] == [_drafts.VIDEO]


def test_an_uploaded_sound_is_the_music_of_a_new_film() -> None:
    """Sound alone is no timeline: the prompt's film has it as music."""
    session, plan = talk("a film with this sound", uploads={"m3": UPLOADS["m3"]})
    assert plan.kind == "generation"
    assert track(session, _drafts.AUDIO)[0]["m"]["src"] == "m3"


@pytest.mark.parametrize(
    ("wish", "answer", "ratio"),
    [
        ("a cat", "9:16", "9:16"),
        ("a cat, 1:1", "yes", "1:1"),
        ("a cat", "a square one, 1:1", "1:1"),
    ],
)
def test_an_answer_goes_on_with_the_wish(wish: str, answer: str, ratio: str) -> None:
    """The message after a question is its answer."""
    session = Session("1", "2", Account("user", 0), asked=wish)
    _, plan = talk(answer, session=session)
    assert plan.kind == "generation"
    assert session.draft is not None
    assert session.draft["canvas"]["ratio"] == ratio
    assert track(session, _drafts.VIDEO)[0]["m"]["title"].startswith("cat")


@pytest.mark.parametrize(
    ("wish", "answer", "kind", "line"),
    [
        ("make it another shape", "9:16", "shape", "9:16 1080x1920"),
        ("add a title", "Winter", "text", "Winter 3"),
        ("cut it to 4 seconds", "yes", "video", "cat 4"),
        ("make it nicer", "and add jazz music", "audio", "Jazz 10 35%"),
    ],
)
def test_an_answer_about_a_film(wish: str, answer: str, kind: str, line: str) -> None:
    """With a film there, an answer is a wish by itself, or completes the one before it."""
    session = session_of("cat")
    session.asked = wish
    _, plan = talk(answer, session=session)
    assert plan.kind == "edit"
    assert shown(session.draft)[kind] == line
