"""The sky: its colours, sun or moon, stars, clouds, and the light under water."""

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

from ._canvas import Canvas, Colour, mix
from ._palette import WHITE
from ._planes import Planes, cel_of, even, planes_of
from ._props import Mote, Prop, Strip, Swarm
from ._stage import Stage


def backdrop(stage: Stage) -> Planes:
    """The picture that everything else is painted on."""
    sky = _gradient(stage)
    land = stage.wishes.land
    if land == "underwater":
        _glow(sky, stage, (stage.width * 0.5, -80), 900, 0.75)
    elif land == "space":
        _nebulae(sky, stage)
    elif stage.wishes.weather != "rain":
        _sun_or_moon(sky, stage)
    if stage.colours.dark:
        _stars(sky, stage)
    return planes_of(sky)


def sky_props(stage: Stage) -> list[Prop]:
    """What moves in the sky."""
    land = stage.wishes.land
    if land == "underwater":
        return []
    if stage.colours.dark and stage.wishes.weather != "rain":
        return [_twinkling(stage)]
    return [_clouds(stage)]


def _gradient(stage: Stage) -> Image.Image:
    colours, height = stage.colours, stage.size[1]
    column = Image.new("RGB", (1, height))
    for y in range(height):
        column.putpixel((0, y), mix(colours.top, colours.low, min(1.0, y / height / 0.72)))
    return column.resize(stage.size, Image.Resampling.NEAREST)


def _glow(
    sky: Image.Image, stage: Stage, at: tuple[float, float], radius: float, strength: float
) -> None:
    spot = _spot(round(2 * radius * stage.unit), strength)
    corner = round((at[0] - radius) * stage.unit), round((at[1] - radius) * stage.unit)
    sky.paste(stage.colours.light, (*corner, corner[0] + spot.width, corner[1] + spot.height), spot)


def _spot(width: int, strength: float) -> Image.Image:
    round_light = ImageOps.invert(Image.radial_gradient("L"))
    levels = [round(max(0.0, level - 75) ** 2 / 180**2 * 255 * strength) for level in range(256)]
    return round_light.point(levels).resize((max(2, width),) * 2, Image.Resampling.BICUBIC)


def _sun_or_moon(sky: Image.Image, stage: Stage) -> None:
    low = {"sunset": 560, "dawn": 520}.get(stage.wishes.hour, 230)
    at = stage.width * stage.rng.uniform(0.58, 0.8), low + stage.rng.uniform(-30, 30)
    _glow(sky, stage, at, 700 if low > 300 else 420, 0.7 if not stage.colours.dark else 0.35)
    radius = 84.0 if low > 300 else 62.0
    disc = Canvas(4 * radius, 4 * radius, stage.unit)
    disc.oval(2 * radius, 2 * radius, radius, radius, stage.colours.light)
    if stage.wishes.hour == "neon":
        for stripe in range(5):
            y = 2 * radius + stripe * 17
            disc.box(radius, y, 2 * radius, 3 + 2 * stripe, mix(stage.colours.low, WHITE, 0.1))
    elif stage.colours.dark:
        for x, y, size in ((-20, -14, 14), (22, 18, 18), (6, -36, 8), (-28, 26, 9)):
            crater = mix(stage.colours.light, stage.colours.top, 0.18)
            disc.oval(2 * radius + x, 2 * radius + y, size, size, crater)
    image = disc.image()
    corner = round((at[0] - 2 * radius) * stage.unit), round((at[1] - 2 * radius) * stage.unit)
    sky.paste(image.convert("RGB"), corner, image.getchannel("A"))


def _stars(sky: Image.Image, stage: Stage) -> None:
    pen = ImageDraw.Draw(sky)
    everywhere = stage.wishes.land == "space"
    for _ in range(420 if everywhere else 200):
        x = stage.rng.randrange(stage.size[0])
        y = stage.rng.randrange(int(stage.size[1] * (1 if everywhere else 0.6)) or 1)
        shine = mix(stage.colours.top, WHITE, stage.rng.uniform(0.25, 0.95))
        radius = stage.unit * stage.rng.choice((0.5, 0.8, 1.3))
        pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=shine)


def _nebulae(sky: Image.Image, stage: Stage) -> None:
    colours: tuple[Colour, ...] = ((122, 50, 160), (40, 90, 190), (190, 60, 110), (30, 130, 140))
    small = Image.new("RGB", (160, 90))
    pen = ImageDraw.Draw(small)
    hue = stage.rng.sample(colours, 2)
    for _ in range(46):
        x = stage.rng.gauss(80, 38)
        y = 90 - x * 0.5 + stage.rng.gauss(0, 11)
        r = stage.rng.uniform(3, 13)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=mix(stage.rng.choice(hue), (0, 0, 0), 0.45))
    soft = small.filter(ImageFilter.GaussianBlur(9)).resize(stage.size, Image.Resampling.BICUBIC)
    sky.paste(ImageChops.add(sky, soft))


def _twinkling(stage: Stage) -> Swarm:
    star = Canvas(12, 12, stage.unit)
    star.oval(6, 6, 2.6, 2.6, WHITE)
    star.line([(6, 0.5), (6, 11.5)], WHITE, 0.9)
    star.line([(0.5, 6), (11.5, 6)], WHITE, 0.9)
    drift = -6 * stage.unit if stage.wishes.land == "space" else 0.0
    motes = [
        Mote(
            0,
            stage.rng.uniform(0, stage.size[0] + 80),
            stage.rng.uniform(40, stage.size[1] * 0.55 + 40),
            drift,
            0,
            0,
            stage.rng.uniform(0, 6),
            stage.rng.uniform(1.5, 4),
        )
        for _ in range(36)
    ]
    return Swarm([stage.cel(star)], motes)


def _clouds(stage: Stage) -> Strip:
    """Soft heaps, drawn small, blurred and enlarged: nobody sees the difference."""
    coarse = 6
    width, height = even(stage.size[0] * 1.6), even(420 * stage.unit)
    small = Image.new("L", (max(2, width // coarse), max(2, height // coarse)))
    stormy = stage.wishes.weather == "rain"
    pen = ImageDraw.Draw(small)
    for _ in range(22 if stormy else 9):
        _heap(pen, stage, small.size, stage.unit / coarse)
    soft = small.filter(ImageFilter.GaussianBlur(max(1.0, 14 * stage.unit / coarse)))
    tint = mix(stage.colours.low, WHITE, 0.1 if stormy or stage.colours.dark else 0.55)
    image = Image.new("RGB", (width, height), mix(tint, (60, 64, 76), 0.35 if stormy else 0))
    image.putalpha(soft.resize((width, height), Image.Resampling.BICUBIC))
    return Strip(cel_of(image), width, 10 * stage.unit, 22 * stage.unit)


def _heap(pen: ImageDraw.ImageDraw, stage: Stage, size: tuple[int, int], scale: float) -> None:
    rng, middle = stage.rng, stage.rng.uniform(0, size[0])
    y = rng.uniform(90, 300) * scale
    spread, strength = rng.uniform(60, 170) * scale, rng.randint(120, 215)
    for _ in range(12):
        x = middle + rng.gauss(0, 1) * spread
        rx = rng.uniform(30, 80) * scale
        ry = rx * rng.uniform(0.3, 0.55)
        top = y - rng.uniform(0, 26) * scale
        for turn in (0, size[0], -size[0]):
            box = (x + turn - rx, top - ry, x + turn + rx, top + ry)
            pen.ellipse(box, fill=strength)
