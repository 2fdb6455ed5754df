"""The table of what the agent does: sentences in English and Chinese, and their operations.

A row is one operation. Its examples stand in the documentation, and are understood. What is not a
sentence of this table is declined in words.
"""

from ._clips import CLIPS
from ._lengths import LENGTHS
from ._looks import LOOKS
from ._memory import MEMORY
from ._row import Row
from ._sounds import SOUNDS
from ._speeds import SPEEDS
from ._texts import TEXTS

__all__ = ["SUBJECTS", "TABLE", "Row"]

SUBJECTS = {
    "Lengths": LENGTHS,
    "Clips": CLIPS,
    "Speed": SPEEDS,
    "Sound": SOUNDS,
    "Texts": TEXTS,
    "Looks": LOOKS,
    "History": MEMORY,
}
TABLE = tuple(one for rows in SUBJECTS.values() for one in rows)
