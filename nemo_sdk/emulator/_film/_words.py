"""What a prompt's words mean: where and when it is, and which things have a picture."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import emoji
from attrs import frozen

from ._drawing import COATS

_MORE = {
    "🌲": "forest woods woodland pines 森林 树林 雪林 林 森 bosque forêt wald floresta foresta лес",
    "🏔": "mountains hills peaks peak alps 山脉 雪山 山 montañas montagnes berge горы",
    "🌊": "sea ocean coast lake harbour harbor waves beach 大海 海洋 海边 海滩 海 mar mer море",
    "🏙": "city town street skyline downtown 城市 街道 都市 ciudad ville stadt город",
    "🏜": "desert dunes 沙漠 desierto désert wüste пустыня",
    "🌱": "field fields meadow park garden grass 草地 草原 田野 公园 花园 campo prairie wiese",
    "🌙": "night midnight moonlight 夜晚 夜里 深夜 夜 noche nuit nacht ночь",
    "🌇": "sunset sunrise dusk dawn twilight 日落 日出 黄昏 黎明 atardecer coucher закат",
    "❄": "snow snowy winter snowfall snowing 雪地 下雪 大雪 雪 冬天 nieve neige schnee снег",
    "🌧": "rain rainy raining drizzle 下雨 雨天 雨 lluvia pluie regen дождь",
    "☀": "day noon daylight morning sunny 白天 中午 早上",
    "🐈": "kitten kitty 猫咪 小猫 кот",
}
"""Words for scenery, which emoji are not named by."""

_PLACES = {"🌲": "forest", "🌳": "forest", "🏔": "mountains", "⛰": "mountains", "🏙": "city"}
_PLACES |= {"🌊": "sea", "🏖": "sea", "🏜": "desert", "🌱": "meadow"}
_HOURS = {"🌇": "sunset", "🌅": "sunset", "🌆": "sunset", "🌙": "night", "🌃": "night", "☀": "day"}
_WEATHER = {"❄": "snow", "🌨": "snow", "🌧": "rain", "☔": "rain"}
_SCENERY = {*_PLACES, *_HOURS, *_WEATHER, "🐈", "🐱"}
_ENGLISH = """
    a an the of in on at to and with over through by across its is are it from into walking walks
    walk video film movie clip create generate make me please second seconds
""".split()  # noqa: SIM905 - a block of words is easier to read
_SMALL = {*_ENGLISH} | set("的在里一只和行走过穿")
_WRITTEN = re.compile(r"^(?:NEGATIVE )?SQUARED |^KEYCAP |^INPUT SYMBOL |ARROW ABOVE$")
"""Signs that are a written word, such as NEW or 10: the words that name them name no thing."""
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\d_\u3040-\ud7af]+")


@frozen
class Wishes:
    """What a scene is made of, and whether that is all that the prompt says (`known`)."""

    place: str
    hour: str
    weather: str
    coat: str | None
    things: list[str]
    known: bool


@lru_cache(maxsize=64)
def read_wishes(prompt: str) -> Wishes:
    """Return what a prompt asks for, as far as its words are known; nothing is made up."""
    text = prompt.casefold()
    signs = [each["emoji"].rstrip("\ufe0f") for each in emoji.emoji_list(text)]
    words = dict(_meanings(_TOKEN.findall(emoji.replace_emoji(text, " "))))
    found = [*signs, *filter(None, words.values())]
    cat = any(sign[0] in "🐈🐱" for sign in found)
    unknown = {word for word in words if not words[word] and word not in _SMALL}
    place, hour, weather = (
        next((kinds[sign] for sign in found if sign in kinds), "")
        for kinds in (_PLACES, _HOURS, _WEATHER)
    )
    coat = next((word for word in _TOKEN.findall(text) if word in COATS), "") if cat else None
    things = list(dict.fromkeys(sign for sign in found if sign[0] not in _SCENERY))[:4]
    known = bool(found) and unknown <= (COATS.keys() if cat else set())
    return Wishes(place, hour, weather, coat, things, known)


def _meanings(tokens: list[str]) -> Iterator[tuple[str, str]]:
    """Each word or phrase with its emoji, empty where there is none; longer phrases first."""
    names = _names(in_english=not set(tokens).isdisjoint(_ENGLISH))
    while tokens:
        joint = "" if tokens[0] >= "\u3040" else " "
        for count in range(6, 0, -1):
            phrase = joint.join(tokens[:count])
            sign = names.get(phrase) or names.get(phrase.removesuffix("s"), "")
            if count == 1 or (sign and phrase not in _SMALL):
                yield phrase, "" if phrase in _SMALL else sign
                del tokens[:count]
                break


@lru_cache(maxsize=2)
def _names(*, in_english: bool) -> dict[str, str]:
    """Return what things are called, as emoji; in 14 languages where a prompt is not in English."""
    names: dict[str, str] = {}
    if not in_english:
        emoji.config.load_language()
    for language in ("en",) if in_english else emoji.LANGUAGES:
        for sign, about in emoji.EMOJI_DATA.items():
            if about["status"] == emoji.STATUS["fully_qualified"] and _is_a_thing(sign):
                for name in (about.get(language, ""), *about.get("alias", ())):
                    spoken = name.strip(":").replace("_", " ").casefold()
                    names.setdefault(spoken, sign.rstrip("\ufe0f"))
    return names | {word: sign for sign, words in _MORE.items() for word in words.split()}


def _is_a_thing(sign: str) -> bool:
    """Whether a sign is a picture, and not a written word."""
    return sign > "\u2000" and not _WRITTEN.search(unicodedata.name(sign[0], ""))
