"""Words to choose from, and the sentence for every other one."""

from typing import Any


def one_of(*choices: str) -> Any:
    """Return a validator that takes some words alone."""

    def check(_: Any, attribute: Any, value: Any) -> None:
        check_choice(attribute.name, value, choices)

    return check


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise a ValueError that lists the choices, where a value is none of them."""
    if value not in choices:
        raise ValueError(f"There is no {name} {value!r}: choose from {', '.join(choices)}.")
