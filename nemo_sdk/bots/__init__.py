"""Films in a chat: the engine of a bot, on any platform.

The engine, `FilmBot`, hears what people say, queues it, has the films made as jobs, shows how far
they are, and says what fails. A platform is a `Room`: it can say something and show a film.

    from nemo_sdk import NemoClient
    from nemo_sdk.bots import FilmBot
    from nemo_sdk.jobs import Jobs

    async with NemoClient() as client, Jobs(client) as jobs:
        bot = FilmBot(jobs)
        await bot.hear(room, "ann", "a fox in the snow")
"""

from ._bot import FilmBot
from ._room import Fetch, Limits, Note, Room, SlowDown, film_file, place_for
from ._who import Allow, AllowList, Asked, DailyLimit
from ._words import COMMANDS, WORDS, Words

__all__ = [
    "COMMANDS",
    "WORDS",
    "Allow",
    "AllowList",
    "Asked",
    "DailyLimit",
    "Fetch",
    "FilmBot",
    "Limits",
    "Note",
    "Room",
    "SlowDown",
    "Words",
    "film_file",
    "place_for",
]
