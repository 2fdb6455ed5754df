"""What a prompt wishes for: the words that the scene painter knows, in English and Chinese."""

import random
import re
from collections.abc import Mapping

from attrs import frozen

_SUBJECTS = {
    "cat": "cat cats kitten kittens kitty 猫 小猫 猫咪 貓",
    "dog": "dog dogs puppy puppies husky corgi 狗 小狗 犬",
    "fox": "fox foxes 狐狸",
    "wolf": "wolf wolves 狼",
    "horse": "horse horses pony unicorn 马 骏马 馬",
    "bear": "bear bears panda 熊 熊猫",
    "lion": "lion lions tiger tigers 狮子 老虎 虎",
    "rabbit": "rabbit rabbits bunny hare 兔子 兔",
    "bird": "bird birds eagle seagull owl swan geese crane 鸟 鸟儿 老鹰 天鹅 鳥",
    "butterfly": "butterfly butterflies 蝴蝶",
    "fish": "fish fishes shark goldfish clownfish 鱼 鲨鱼 魚",
    "whale": "whale whales dolphin dolphins 鲸 鲸鱼 海豚",
    "astronaut": "astronaut astronauts cosmonaut spaceman 宇航员 航天员",
    "robot": "robot robots android mech 机器人",
    "person": (
        "person people man men woman women girl boy child children kid kids couple traveler "
        "traveller hiker runner dancer friend friends samurai "
        "人 女孩 男孩 女人 男人 孩子 小孩 情侣 旅人 少女 老人"
    ),
    "rocket": "rocket rockets spaceship spacecraft starship shuttle 火箭 飞船 宇宙飞船",
    "plane": "plane planes airplane aircraft jet drone 飞机",
    "balloon": "balloon balloons 气球 热气球",
    "train": "train trains railway locomotive tram 火车 列车 高铁 地铁",
    "car": "car cars taxi truck bus van roadster driving 汽车 车 出租车 跑车 公交车",
    "ship": "ship ships boat boats sailboat yacht sailing ferry 船 帆船 轮船 小船",
}
_LANDS = {
    "forest": "forest forests wood woods jungle trees tree park 森林 树林 树 丛林 公园",
    "city": (
        "city cities urban town street streets skyline skyscraper skyscrapers downtown tokyo "
        "shanghai paris london cyberpunk 城市 都市 街道 街头 大楼 上海 北京 东京 城"
    ),
    "sea": (
        "sea ocean beach wave waves coast harbor harbour island lake river 海 大海 海洋 "
        "海边 海滩 沙滩 湖 河 海浪"
    ),
    "desert": "desert dune dunes sand sahara cactus pyramid 沙漠 沙丘 荒漠",
    "mountains": (
        "mountain mountains peak peaks alps himalaya cliff canyon 山 高山 山脉 雪山 群山 峡谷"
    ),
    "field": (
        "field fields meadow savanna savannah grass grassland farm garden flower "
        "flowers prairie 草原 田野 花园 花海 草地 花"
    ),
    "space": (
        "space galaxy planet planets mars moonwalk universe cosmos nebula asteroid "
        "太空 宇宙 银河 星系 行星 火星 星球"
    ),
    "underwater": "underwater reef coral seabed aquarium submarine 水下 海底 珊瑚 水族馆",
}
_HOURS = {
    "sunset": "sunset dusk evening golden twilight 日落 夕阳 黄昏 傍晚 晚霞",
    "dawn": "dawn sunrise morning 日出 黎明 清晨 早晨",
    "neon": "neon cyberpunk synthwave futuristic 霓虹 赛博朋克",
    "night": (
        "night midnight moon moonlight moonlit stars starry dark aurora "
        "夜 夜晚 夜空 星空 月亮 月光 深夜 极光 晚上"
    ),
    "day": "day noon sunny sunshine daylight summer 白天 中午 阳光 晴天 夏天",
}
_WEATHERS = {
    "snow": (
        "snow snowy snowing snowfall winter blizzard ice icy frozen christmas 雪 下雪 "
        "雪花 大雪 雪地 冬天 冬日 圣诞 雪山"
    ),
    "rain": (
        "rain rainy raining storm stormy thunderstorm drizzle monsoon 雨 下雨 雨中 暴雨 雨天 风暴"
    ),
    "petals": "sakura blossom blossoms petal petals spring 樱花 花瓣 春天",
    "leaves": "autumn fall leaf leaves maple 秋天 落叶 枫叶 秋",
    "sparks": (
        "fire fires campfire flame flames lava volcano burning bonfire dragon 火 篝火 "
        "火焰 火山 熔岩 龙"
    ),
    "fireflies": (
        "firefly fireflies magic magical fairy dream dreamy enchanted 萤火虫 魔法 梦幻 童话"
    ),
}
WALKERS = frozenset(_SUBJECTS) - {
    "bird",
    "butterfly",
    "fish",
    "whale",
    "rocket",
    "plane",
    "balloon",
    "ship",
}
"""The subjects that need ground to go on."""

_HOME = {
    "rocket": "space",
    "astronaut": "space",
    "fish": "underwater",
    "whale": "underwater",
    "ship": "sea",
    "balloon": "mountains",
    "butterfly": "field",
    "horse": "field",
    "car": "city",
}
_LIKELY = ("day", "day", "day", "sunset", "dawn", "night")
_WANDERERS = ("person", "bird", "fox", "balloon", "horse", "dog")


@frozen
class Wishes:
    """The scene that a prompt asks for; "" for weather is none."""

    subject: str
    land: str
    hour: str
    weather: str


def read_wishes(prompt: str, rng: random.Random) -> Wishes:
    """Read what the prompt names; chance decides the rest."""
    tokens = _TOKEN.findall(prompt[:2000].lower())
    subject = _first(tokens, _SUBJECT)
    weather = _first(tokens, _WEATHER)
    land = _first(tokens, _LAND) or _HOME.get(subject) or _chosen(rng)
    if land == "sea" and subject in {"fish", "whale"}:
        land = "underwater"
    return Wishes(
        subject or _native(land, rng),
        land,
        _first(tokens, _HOUR) or rng.choice(_LIKELY),
        weather or ("fireflies" if land == "forest" and "night" in tokens else ""),
    )


def _chosen(rng: random.Random) -> str:
    return rng.choice(("forest", "mountains", "field", "field", "city", "desert"))


def _native(land: str, rng: random.Random) -> str:
    natives = {"space": "rocket", "underwater": "fish", "sea": "ship", "city": "car"}
    return natives.get(land) or rng.choice(_WANDERERS)


def _first(tokens: list[str], meanings: Mapping[str, str]) -> str:
    return next((meanings[token] for token in tokens if token in meanings), "")


def _meanings(vocabulary: Mapping[str, str]) -> dict[str, str]:
    return {word: meaning for meaning, words in vocabulary.items() for word in words.split()}


_SUBJECT, _LAND, _HOUR, _WEATHER = map(_meanings, (_SUBJECTS, _LANDS, _HOURS, _WEATHERS))

# Chinese has no spaces, so its words are looked for, the long ones first: a train is no fire.
_CHINESE = sorted(
    (w for w in {**_SUBJECT, **_LAND, **_HOUR, **_WEATHER} if not w.isascii()),
    key=lambda w: -len(w),
)
_TOKEN = re.compile("|".join((*_CHINESE, "[a-z]+")))
