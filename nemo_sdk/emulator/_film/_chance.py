"""Chance that can be repeated."""

import random


def chance(seed: int, *about: str) -> random.Random:
    """Random numbers that are the same for the same arguments, on every machine."""
    return random.Random(" ".join((str(seed), *about)))  # noqa: S311 - scenery, no secrets
