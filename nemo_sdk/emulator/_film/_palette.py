"""Colours by the hour, the weather and the land."""

from attrs import evolve, frozen

from ._canvas import Colour, mix

WHITE: Colour = (255, 255, 255)


@frozen
class Palette:
    """The colours of one scene, from the zenith down to the ground at one's feet."""

    top: Colour
    low: Colour
    light: Colour
    near: Colour
    dark: bool = False
    shade: float = 0.06

    def at(self, depth: float, colour: Colour | None = None) -> Colour:
        """A colour as it looks from afar: a depth of 0 is near, of 1 lost in the haze."""
        return mix(colour or self.near, self.low, depth)

    def lit(self, colour: Colour) -> Colour:
        """A thing's own colour in the light of this hour."""
        return mix(colour, self.top, self.shade)


_HOURS = {
    "day": Palette((58, 130, 216), (206, 231, 247), (255, 250, 224), (70, 120, 62)),
    "dawn": Palette((96, 118, 190), (255, 212, 190), (255, 240, 205), (74, 92, 86)),
    "sunset": Palette((66, 44, 116), (255, 152, 88), (255, 224, 150), (52, 40, 58)),
    "night": Palette(
        (7, 11, 36), (44, 62, 112), (240, 240, 220), (14, 22, 40), dark=True, shade=0.42
    ),
    "neon": Palette(
        (18, 8, 52), (204, 44, 150), (255, 120, 210), (20, 10, 40), dark=True, shade=0.3
    ),
}
_LANDS: dict[str, Colour] = {
    "forest": (38, 84, 48),
    "city": (52, 56, 74),
    "sea": (16, 82, 128),
    "desert": (206, 146, 76),
    "mountains": (72, 92, 82),
    "field": (104, 146, 60),
    "space": (70, 66, 84),
    "underwater": (10, 58, 88),
}


def palette(land: str, hour: str, weather: str) -> Palette:
    """The colours of a land at an hour in a weather."""
    if land == "space":
        return Palette(
            (4, 5, 18), (26, 16, 56), (255, 236, 200), _LANDS[land], dark=True, shade=0.1
        )
    if land == "underwater":
        return Palette((40, 160, 200), (6, 40, 84), (210, 250, 255), _LANDS[land])
    colours = _HOURS[hour]
    weight = 0.35 if colours.dark else 0.7 if hour == "day" else 0.5
    colours = evolve(colours, near=mix(colours.near, _LANDS[land], weight))
    if weather == "rain":
        grey = (52, 60, 74) if colours.dark else (128, 138, 150)
        colours = _over(colours, grey, 0.65)
    if weather == "leaves":
        colours = evolve(colours, near=mix(colours.near, (176, 92, 30), 0.5))
    if weather == "snow":
        colours = _over(colours, (120, 134, 170) if colours.dark else (214, 226, 240), 0.4)
        snow = mix(WHITE, colours.low, 0.5 if colours.dark else 0.15)
        colours = evolve(colours, near=mix(colours.near, snow, 0.9))
    return colours


def _over(colours: Palette, veil: Colour, share: float) -> Palette:
    return evolve(
        colours,
        top=mix(colours.top, veil, share),
        low=mix(colours.low, veil, share * 0.8),
        near=mix(colours.near, veil, share * 0.3),
    )
