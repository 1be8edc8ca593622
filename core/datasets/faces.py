"""How one face of the demo dataset is drawn: an identity, an expression and a scene become a picture.

Shapes are given in the head units of `people`. A point is put on the front of an ellipsoid and projected, which is what
turns a flat drawing into a head that can look aside. Shapes are filled with flat colours; light comes last.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from core.datasets.people import Colour, Expression, Identity, Scene, ink, mix, shade

SUPERSAMPLING = 2  # shapes are drawn this many times larger than the picture, then averaged: smooth edges

EYEBALL, PUPIL, GLINT, LASHES = np.array(((238, 234, 230), (16, 14, 14), (250, 250, 250), (40, 28, 26)))
THROAT, TONGUE, TEETH, LOWER_TEETH = np.array(((72, 26, 28), (158, 78, 78), (240, 234, 224), (226, 218, 206)))
SHEEN, FRAME = np.array(((255, 244, 228), (44, 38, 40)))
MIRROR = np.array((-1, 1))
FRONT = np.array((0.85, 1.35)) ** -2.0  # the ellipse, half-width and half-height, over which a face bulges


def projection(scene: Scene) -> np.ndarray:
    """Where one step along x, y and depth leads in the picture: (3, 2), for a head turned, nodding and leaning."""
    turned = np.array(((np.cos(scene.yaw), 0), (0, np.cos(scene.pitch)), (np.sin(scene.yaw), np.sin(scene.pitch))))
    cos, sin = np.cos(scene.roll), np.sin(scene.roll)
    return turned @ np.array(((cos, sin), (-sin, cos)))


class Sketch:
    """A sheet on which shapes given in head units are painted, seen as the scene says."""

    def __init__(self, size: tuple[int, int], scene: Scene, background: Image.Image) -> None:
        self.scene = scene
        self.image = background.resize((size[0] * SUPERSAMPLING, size[1] * SUPERSAMPLING), Image.Resampling.BILINEAR)
        self.mask = Image.new("L", self.image.size)  # 255 where a person is: only they are shaded as a head
        self._pen, self._mask_pen = ImageDraw.Draw(self.image), ImageDraw.Draw(self.mask)
        self._unit = unit_pixels(self.image.size, scene)
        self._centre = head_centre(self.image.size, scene)
        self._axes = projection(scene) * self._unit

    def project(self, points: np.ndarray, depth: float | None = None) -> np.ndarray:
        """Head units (n, 2) to pixels (n, 2). `depth`: 0 is the head's middle; without it, points lie on the face."""
        if depth is None:
            depth = 0.72 * np.sqrt(np.maximum(0, 1 - points**2 @ FRONT))[:, None]
        return points @ self._axes[:2] + depth * self._axes[2] + self._centre

    def fill(self, points: np.ndarray, colour: Colour, depth: float | None = None, body: bool = False) -> None:
        """Paint the inside of a closed line. `body`: it also belongs to what is shaded as a head."""
        outline = self.project(points, depth).ravel().tolist()
        self._pen.polygon(outline, fill=ink(colour))
        if body:
            self._mask_pen.polygon(outline, fill=255)

    def stroke(self, points: np.ndarray, colour: Colour, width: float, depth: float | None = None) -> None:
        """Paint a line of even `width`, in head units."""
        pixels = max(1, round(width * self._unit))
        self._pen.line(self.project(points, depth).ravel().tolist(), fill=ink(colour), width=pixels)

    def taper(self, points: np.ndarray, colour: Colour, width: float) -> None:
        """Paint a line that is `width` wide at its middle and ends in points."""
        swell = width * spindle(len(points))
        self.fill(np.concatenate((points + swell, (points - swell)[::-1])), colour)


def draw_face(
    identity: Identity, expression: Expression, scene: Scene, size: tuple[int, int], rng: np.random.Generator
) -> Image.Image:
    """Return the picture, RGB, of `size` (width, height) pixels; `rng` decides only backdrop and sensor noise."""
    sketch = Sketch(size, scene, backdrop(scene, rng))
    paint_body(sketch, identity)
    paint_face(sketch, identity, expression)
    paint_beard(sketch, identity, expression)
    paint_folds(sketch, identity, expression)
    paint_nose(sketch, identity, expression)
    paint_mouth(sketch, identity, expression)
    paint_eyes(sketch, identity, expression)
    paint_brows(sketch, identity, expression)
    paint_hair(sketch, identity)
    paint_glasses(sketch, identity)
    return develop(sketch, identity, expression, rng)


def backdrop(scene: Scene, rng: np.random.Generator) -> Image.Image:
    """A few soft patches of light: an unfocused room, as 5x5 pixels to be enlarged."""
    patches = scene.backdrop * rng.normal(1, 0.2, (5, 5, 1))
    return Image.fromarray(np.clip(patches, 0, 255).astype(np.uint8))


# --- The parts of a face, from back to front --------------------------------------------------------------------------


def paint_body(sketch: Sketch, who: Identity) -> None:
    """Hair behind the head, shoulders, neck and ears."""
    cut = who.haircut
    if cut.length > 0.3:
        sketch.fill(hair_outline(who, cut.length), shade(who.hair, 0.7), depth=-0.1, body=True)
    shoulders = np.array(((-1.9, 2.6), (-1.5, 1.62), (-0.55, 1.32), (0.55, 1.32), (1.5, 1.62), (1.9, 2.6)))
    sketch.fill(shoulders, sketch.scene.clothes, depth=0, body=True)
    neck = np.array(((-1, 0.5), (-1, 1.36), (0, 1.62), (1, 1.36), (1, 0.5))) * (0.62 * who.width, 1)
    sketch.fill(neck, shade(who.skin, 0.74), depth=0, body=True)
    for side in (-1, 1):
        centre = np.array((side * (who.width + 0.02), 0.12))
        sketch.fill(centre + ellipse(0.10, 0.20), shade(who.skin, 0.93), depth=-0.08, body=True)
        sketch.stroke(centre + ellipse(0.05, 0.12), shade(who.skin, 0.74), 0.02, depth=-0.08)


def paint_face(sketch: Sketch, who: Identity, how: Expression) -> None:
    """The outline of the face; a dropped jaw lengthens it."""
    sketch.fill(face_outline(who, how), who.skin, depth=0, body=True)


def face_outline(who: Identity, how: Expression) -> np.ndarray:
    """Return the closed line around a face, from the crown clockwise."""
    chin = who.chin + 0.16 * how.jaw_drop
    upper = np.array(((0, -0.97), (0.66, -0.80), (0.99, -0.38), (1, 0.05), (0.94, 0.4))) * (who.width, 1)
    lower = np.array(((1, 0.68), (0.45, 0.94))) * (who.width * who.jaw, chin)
    right = np.concatenate((upper, lower))
    return smooth(np.concatenate((right, ((0, chin),), right[:0:-1] * MIRROR)), closed=True)


def paint_beard(sketch: Sketch, who: Identity, how: Expression) -> None:
    """A shadow along the jaw, dense or a stubble, and a moustache."""
    colour = mix(who.skin, shade(who.hair, 0.9), who.beard)
    if who.beard:
        outline = face_outline(who, how)
        jaw = outline[outline[:, 1] > 0.05]
        left = np.array(((-1, 0.05), (-0.90, 0.40), (-0.66, 0.60), (-0.30, 0.52))) * (who.width, 1)
        edge = smooth(np.concatenate((left, ((0, 0.49),), left[::-1] * MIRROR)))
        sketch.fill(np.concatenate((edge, jaw)), colour, depth=0)
    if who.moustache:
        t = np.linspace(-1, 1, 15)
        lift = 0.03 * how.nose_wrinkler
        top = np.stack((0.27 * t, 0.46 - lift + 0.10 * t**2), 1)
        bottom = np.stack((0.27 * t, 0.55 - lift + 0.06 * t**2), 1)
        sketch.fill(np.concatenate((top, bottom[::-1])), mix(who.skin, who.hair, 0.3 + 0.7 * who.beard))


def paint_folds(sketch: Sketch, who: Identity, how: Expression) -> None:
    """Wrinkles that age leaves and action units deepen."""

    def fold(points: tuple, strength: float, width: float = 0.026) -> None:
        if strength > 0.08:
            colour = mix(who.skin, shade(who.skin, 0.62), min(1, strength))
            sketch.taper(smooth(np.array(points)), colour, width)

    raised = 0.4 * (how.inner_brow_raiser + how.outer_brow_raiser) - 0.3 * how.brow_lowerer
    for y in (-0.50, -0.60):  # across the forehead: AU 1 and 2
        fold(((-0.34, y + 0.03), (0, y), (0.34, y + 0.03)), 0.45 * max(0, who.age - 0.3) + raised)
    nose, cheek = how.nose_wrinkler, how.cheek_raiser
    for side, pull in ((-1, how.left_corner_puller), (1, how.right_corner_puller)):
        # Between the brows: AU 4
        fold(((side * 0.05, -0.30), (side * 0.045, -0.22), (side * 0.05, -0.13)), 0.9 * how.brow_lowerer + 0.5 * nose)
        for dy in (-0.03, 0.03):  # beside the eye: AU 6
            fold(((side * 0.53, 0.01 + dy), (side * 0.62, 0.01 + 2.2 * dy)), 0.4 * (1 + who.age) * cheek)
        for y in (0.0, 0.08, 0.16):  # across the nose: AU 9
            fold(((side * 0.03, y + 0.02), (side * 0.10, y - 0.01), (side * 0.15, y + 0.04)), nose, 0.03)
        # From the nose to the mouth: AU 9 and 12; below the eye: AU 6
        x = side * (0.25 + 0.05 * pull)
        depth = 0.35 * who.age + 0.75 * max(pull, nose)
        fold(((side * 0.15, 0.33 - 0.05 * nose), (x, 0.42), (x + side * 0.07, 0.60)), depth)
        fold(((side * 0.18, 0.15), (side * 0.31, 0.18), (side * 0.43, 0.13)), 0.3 * who.age + 0.6 * cheek)


def paint_nose(sketch: Sketch, who: Identity, how: Expression) -> None:
    """Nostrils and wings, which the nose wrinkler lifts and spreads."""
    width = who.nose_width * (1 + 0.25 * how.nose_wrinkler)
    base = who.nose_length - 0.05 * how.nose_wrinkler
    for side in (-1, 1):
        wing = np.array(((0.75, -0.10), (1.08, -0.04), (1.0, 0.03), (0.62, 0.035))) * (side * width, 1) + (0, base)
        sketch.taper(smooth(wing), shade(who.skin, 0.62), 0.032)
        sketch.fill(np.array((side * 0.48 * width, base + 0.015)) + ellipse(0.038, 0.020), shade(who.skin, 0.42))
    tip = np.array(((-0.4 * width, base + 0.045), (0, base + 0.06), (0.4 * width, base + 0.045)))
    sketch.taper(smooth(tip), shade(who.skin, 0.66), 0.024)


def paint_mouth(sketch: Sketch, who: Identity, how: Expression) -> None:
    """Lips, and what shows between them. Every edge is a height over t, from the left corner (-1) to the right (1)."""
    t = np.linspace(-1, 1, 29)
    dome = np.maximum(0, 1 - t**2)
    smile = np.where(t < 0, how.left_corner_puller, how.right_corner_puller)
    stretch = 0.30 * how.lip_stretcher - 0.20 * how.lip_tightener - 0.24 * how.jaw_drop
    half_width = who.mouth_width * (1 + stretch) + 0.10 * smile
    corner = who.mouth_rest - 0.155 * smile + 0.115 * how.corner_depressor + 0.025 * how.lip_stretcher
    middle = 0.03 * smile.mean() - 0.035 * how.corner_depressor - 0.03 * how.nose_wrinkler
    line = 0.60 + 0.05 * how.jaw_drop + middle + (corner - middle) * np.abs(t) ** 1.7

    gap = (0.36 * how.jaw_drop + 0.15 * how.lips_part + 0.03 * how.nose_wrinkler) * (1 - 0.9 * how.lip_tightener)
    opening = gap * dome ** (0.5 - 0.25 * how.lip_stretcher)
    upper, lower = line - (0.35 + 0.25 * how.nose_wrinkler) * opening, line + 0.65 * opening
    fullness = who.lip_fullness * (1 - 0.68 * how.lip_tightener) * (1 - 0.3 * smile.mean())
    bow = 1 - 0.3 * np.exp(-((t / 0.16) ** 2))  # the dip in the middle of the upper lip
    top = upper - 0.058 * fullness * dome**0.6 * bow - 0.025 * how.nose_wrinkler * dome
    bottom = lower + 0.078 * fullness * dome**0.6

    def between(above: np.ndarray, below: np.ndarray, colour: Colour) -> None:
        x = half_width * t
        sketch.fill(np.concatenate((np.stack((x, above), 1), np.stack((x, below), 1)[::-1])), colour)

    between(top, line, shade(who.lips, 0.88))
    between(line, bottom, who.lips)
    if gap > 0.02:
        between(upper, lower, THROAT)
        between(np.maximum(upper, lower - 0.09), lower, TONGUE)
        teeth = 0.10 * (1 - 0.75 * how.jaw_drop)
        between(upper, np.minimum(upper + teeth, lower), TEETH)
        if how.lip_stretcher > 0.3:
            between(np.maximum(upper + teeth, lower - 0.05), lower, LOWER_TEETH)
    else:
        sketch.taper(np.stack((half_width * t * 1.04, line), 1), shade(who.lips, 0.45), 0.030)
    for side, end in ((-1, 0), (1, -1)):  # the dimple at each corner says which way it is pulled
        at = np.array((half_width[end] * side, line[end]))
        sketch.fill(at + ellipse(0.025, 0.022), shade(who.skin, 0.6))
    shadow = np.stack((0.5 * half_width * t, bottom.max() + 0.045 + 0.02 * dome), 1)
    sketch.taper(shadow, shade(mix(who.skin, who.hair, who.beard), 0.84), 0.05)


def paint_eyes(sketch: Sketch, who: Identity, how: Expression) -> None:
    """Eyeball, iris and lids. The iris is cut to the lids by clamping its outline between their two curves."""
    t = np.linspace(-1, 1, 21)
    dome = np.maximum(0, 1 - t**2) ** 0.62
    half_width, iris = 0.168 * who.eye_size, 0.082 * who.eye_size
    squint = 0.35 * how.cheek_raiser + 0.38 * how.lid_tightener + 0.30 * how.nose_wrinkler
    wide = how.upper_lid_raiser
    above = who.eye_size * max(0.006, 0.088 * (1 - 0.45 * squint) * (1 - how.blink) + 0.072 * wide)
    below = who.eye_size * max(0.006, 0.064 * (1 - 0.95 * squint) * (1 - 0.4 * how.blink) + 0.012 * wide)
    gaze = np.array(sketch.scene.gaze) * (0.04, 0.012)
    for side in (-1, 1):
        x = side * who.eye_distance + half_width * t
        tilt = -side * who.eye_tilt * t
        upper, lower = tilt - above * dome, tilt + below * dome
        centre = np.array((side * who.eye_distance, 0)) + gaze
        sketch.fill(np.concatenate((np.stack((x, upper), 1), np.stack((x, lower), 1)[::-1])), EYEBALL)
        for share, colour in ((1, shade(who.iris, 0.8)), (0.8, who.iris * 1.15), (0.45, PUPIL)):
            disc = centre + share * ellipse(iris, iris)
            disc[:, 1] = np.clip(disc[:, 1], np.interp(disc[:, 0], x, upper), np.interp(disc[:, 0], x, lower))
            sketch.fill(disc, colour)
        if above > 0.04:
            sketch.fill(centre + (-0.025, -0.03) + ellipse(0.020, 0.020), GLINT)
        sketch.taper(np.stack((x, lower), 1), shade(who.skin, 0.62), 0.022)
        sketch.taper(np.stack((x, upper), 1), LASHES, 0.058 if who.lashes else 0.044)
        crease = np.stack((x, upper - 0.035 - 0.018 * dome), 1)
        sketch.taper(crease[3:-3], shade(who.skin, 0.70), 0.022)


def paint_brows(sketch: Sketch, who: Identity, how: Expression) -> None:
    """Brows: AU 1 lifts their inner ends, AU 2 the outer ones, AU 4 lowers them and draws them together."""
    thickness = np.array((0.55, 1.0, 1.0, 0.8, 0.15)) * who.brow_thickness
    rest = -0.245 + who.brow_rest
    inner, outer, lower = how.inner_brow_raiser, how.outer_brow_raiser, how.brow_lowerer + 0.45 * how.nose_wrinkler
    lower *= 1 - 0.75 * inner  # together with AU 1 it knits the brows without bringing them down
    knit = 0.055 * how.brow_lowerer
    heights = rest + sum(strength * np.array(lift) for strength, lift in (
        (1, (0.02, -0.015, -0.045, -0.035, 0.03)),  # the arch at rest, from the inner end to the outer
        (inner, (-0.165, -0.125, -0.070, -0.015, 0.045 * (1 - outer))),
        (outer, (0, -0.02, -0.08, -0.12, -0.13)),
        (lower, (0.135, 0.110, 0.070, 0.035, 0.010)),
    ))  # fmt: skip
    reach = np.array((0.135 - knit, 0.20 - knit, 0.30 - 0.5 * knit, 0.41, 0.51)) + (who.eye_distance - 0.31)
    for side in (-1, 1):
        top = smooth(np.stack((side * reach, heights - thickness / 2), 1))
        bottom = smooth(np.stack((side * reach, heights + thickness / 2), 1))
        sketch.fill(np.concatenate((top, bottom[::-1])), shade(mix(who.hair, who.skin, 0.12), 0.85))


def paint_hair(sketch: Sketch, who: Identity) -> None:
    """Hair over the forehead and beside the face, with a sheen."""
    cut, width = who.haircut, who.width
    if not cut.top:
        return
    end = min(cut.length, 1.0)
    temple = np.array(((0.98, end), (0.99, 0), (0.90, -0.28), (0.70, -0.47), (0.3, cut.hairline + 0.02)))
    right = temple * (width, 1)
    if cut.hairline > -0.5:  # a fringe covers the temples too
        right[3:, 1] = cut.hairline + np.array((0.05, 0.0))
    hairline = np.concatenate((right, ((cut.parting, cut.hairline - 0.06),), right[::-1] * MIRROR))
    # Hair is not on the face's ellipsoid: it follows a turn of the head at a middle depth.
    sketch.fill(np.concatenate((hair_outline(who, end), smooth(hairline))), who.hair, depth=0.1, body=True)
    sheen = smooth(np.array(((-0.62, -0.62), (-0.40, -0.82), (0, -0.91), (0.40, -0.82), (0.62, -0.62))))
    sketch.taper(sheen * (1, 1 + 0.5 * cut.volume), mix(who.hair, SHEEN, 0.06), 0.12)


def hair_outline(who: Identity, end: float) -> np.ndarray:
    """From the left end of the hair over the crown to the right end, `end` being the y of both."""
    cut, width = who.haircut, who.width + 0.6 * who.haircut.volume
    tip = (-(who.width + 0.3 * cut.volume), end)
    side = ((-1.02 * width, 0.6 * end - 0.1), (-1.02 * width, -0.45), (-0.72 * width, -0.84 - 0.7 * cut.volume))
    left = np.array((tip, *side))
    outline = smooth(np.concatenate((left, ((0, -0.98 - cut.volume),), left[::-1] * MIRROR)))
    waves = np.abs(np.sin(np.linspace(0, 15 * np.pi, len(outline))))
    return outline * (1 + cut.curl * waves)[:, None]


def paint_glasses(sketch: Sketch, who: Identity) -> None:
    """Rims around both eyes, a bridge and temples."""
    if not who.glasses:
        return
    angle = np.linspace(0, 2 * np.pi, 33)
    circle = np.stack((np.cos(angle), np.sin(angle)), 1)
    rim = np.sign(circle) * np.abs(circle) ** 0.6 * (0.235, 0.175)  # a circle pushed towards a rectangle
    for side in (-1, 1):
        sketch.stroke(rim + (side * (who.eye_distance + 0.01), 0.03), FRAME, 0.032)
        outer = side * (who.eye_distance + 0.245)
        sketch.stroke(np.array(((outer, -0.02), (side * who.width * 0.98, -0.04))), FRAME, 0.030)
    sketch.stroke(smooth(np.array(((-0.09, 0.0), (0, -0.03), (0.09, 0.0)))), FRAME, 0.030)


# --- Light and camera -------------------------------------------------------------------------------------------------


def develop(sketch: Sketch, who: Identity, how: Expression, rng: np.random.Generator) -> Image.Image:
    """Shade the flat drawing, then expose it: tint, noise, blur."""
    scene = sketch.scene
    flat = np.asarray(sketch.image.reduce(SUPERSAMPLING), np.float32)
    person = np.asarray(sketch.mask.reduce(SUPERSAMPLING), np.float32) / 255
    height, width = person.shape
    exposure = scene.exposure * (MIDDLE_GREY / who.skin.mean()) ** 0.45  # cameras expose for faces, by about so much
    light = exposure * (1 + person * (head_light((width, height), scene, how) - 1))
    grain = rng.standard_normal((height, width), np.float32) * np.float32(scene.noise)
    lit = flat * light[:, :, None] * scene.tint.astype(np.float32) + grain[:, :, None]
    image = Image.fromarray(np.clip(lit, 0, 255).astype(np.uint8))
    return image.filter(ImageFilter.BoxBlur(scene.blur * min(width, height)))


# Soft light and shadow on a face, each a Gaussian: x, y, width and height in head units, and strength.
RELIEF = (
    (-0.32, -0.10, 0.20, 0.10, -0.13),  # the hollow below a brow
    (0.32, -0.10, 0.20, 0.10, -0.13),
    (0.00, 0.16, 0.05, 0.22, 0.09),  # the bridge of the nose
    (0.00, 0.47, 0.10, 0.05, -0.10),  # below the nose
    (0.00, -0.45, 0.32, 0.20, 0.05),  # the forehead
    (0.00, 0.90, 0.16, 0.08, 0.05),  # the chin
    (0.00, 1.28, 0.60, 0.16, -0.30),  # the shadow of the chin on the neck
)
MIDDLE_GREY = 172  # the brightness towards which a face is exposed
LIGHT_GRID = 32  # light changes slowly: it is computed on so many points a side, then enlarged


def head_light(size: tuple[int, int], scene: Scene, how: Expression) -> np.ndarray:
    """Light (height, width) falling on an ellipsoid with a face's relief; 1 leaves a colour as it is."""
    centre, unit = head_centre(size, scene), unit_pixels(size, scene)
    x, y = (
        ((np.arange(LIGHT_GRID, dtype=np.float32) + 0.5) * size[axis] / LIGHT_GRID - centre[axis]) / unit
        for axis in (0, 1)
    )
    cos, sin = np.cos(scene.roll), np.sin(scene.roll)
    x, y = x * cos + y[:, None] * sin, y[:, None] * cos - x * sin
    nx, ny = x / 0.95, y / 1.3
    nz = np.sqrt(np.maximum(0.02, 1 - nx**2 - ny**2))
    lx, ly = scene.light
    facing = (nx * lx + ny * ly + nz) / np.sqrt((nx**2 + ny**2 + nz**2) * (lx**2 + ly**2 + 1))
    light = scene.ambient + (1.1 - scene.ambient) * np.clip(facing, 0, 1)
    for bx, by, bw, bh, strength in (*RELIEF, *cheeks(how)):
        depth = 0.6 if by < 1 else 0.0
        dx = (x - bx - depth * np.sin(scene.yaw)) / bw
        dy = (y - by - depth * np.sin(scene.pitch)) / bh
        light += strength * np.exp(-(dx**2 + dy**2))
    return np.asarray(Image.fromarray(light.astype(np.float32)).resize(size, Image.Resampling.BILINEAR))


def cheeks(how: Expression) -> tuple[tuple[float, ...], ...]:
    """The relief of both cheeks, which AU 6 lifts and rounds."""
    lift, bulge = 0.05 * how.cheek_raiser, 0.09 * how.cheek_raiser
    return tuple((x, 0.30 - lift, 0.17, 0.13, 0.07 + bulge) for x in (-0.40, 0.40))


def unit_pixels(size: tuple[int, int], scene: Scene) -> float:
    """Pixels of one head unit in a picture of `size`."""
    return scene.zoom * 0.5 * min(1.12 * size[0], size[1])


def head_centre(size: tuple[int, int], scene: Scene) -> np.ndarray:
    """The pixel of the point between the eyes of a face that looks straight."""
    extent = np.array(size)
    return extent * (0.5, 0.5) + np.array(scene.shift) * extent


# --- Points and colours -----------------------------------------------------------------------------------------------


# Rows: powers of the way between two points, 0 to 3; columns: the points before, here, there and after.
CATMULL_ROM = np.array(((0, 2, 0, 0), (-1, 0, 1, 0), (2, -5, 4, -1), (-1, 3, -3, 1))) / 2


@lru_cache
def spline_basis(n_points: int, closed: bool, steps: int = 6) -> np.ndarray:
    """The matrix (n_samples, n_points) that turns control points into a Catmull-Rom curve through them."""
    weights = (np.arange(steps) / steps)[:, None] ** np.arange(4) @ CATMULL_ROM
    eye = np.eye(n_points)
    pieces = []
    for start in range(n_points if closed else n_points - 1):
        around = np.arange(start - 1, start + 3)  # each piece leads from its second point to its third
        pieces.append(weights @ eye[around % n_points if closed else np.clip(around, 0, n_points - 1)])
    return np.concatenate(pieces if closed else [*pieces, eye[-1:]])


def smooth(points: np.ndarray, closed: bool = False) -> np.ndarray:
    """A smooth line through points (n, 2)."""
    return spline_basis(len(points), closed) @ points


@lru_cache
def spindle(n_points: int) -> np.ndarray:
    """Half the height (n_points, 2) of a line one unit wide in its middle that ends in points."""
    half = 0.5 * np.sin(np.linspace(0, np.pi, n_points)) ** 0.7
    return np.stack((np.zeros(n_points), half), 1)


@lru_cache
def ellipse(half_width: float, half_height: float) -> np.ndarray:
    """The outline of an ellipse around the origin."""
    angle = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    return np.stack((half_width * np.cos(angle), half_height * np.sin(angle)), 1)
