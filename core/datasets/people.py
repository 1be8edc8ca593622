"""Who is drawn in the demo dataset, with what expression, and how it is seen: data, and nothing that draws.

Expressions are strengths of facial action units, after Ekman & Friesen, Facial Action Coding System (FACS), 1978.
Lengths are in head units: 1 is half the height of a head, the origin lies between the eyes, x grows to the right of the
picture and y downwards; the chin of a face at rest is at y = 1, the mouth near 0.6, the brows near -0.26.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

Colour = np.ndarray  # (3,) red, green and blue in [0, 255]


# --- What a face expresses --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expression:
    """Strengths of action units in [0, 1]: 0 is at rest, 1 the strongest (FACS intensity E). Left is the picture's."""

    inner_brow_raiser: float = 0  # AU 1
    outer_brow_raiser: float = 0  # AU 2
    brow_lowerer: float = 0  # AU 4
    upper_lid_raiser: float = 0  # AU 5
    cheek_raiser: float = 0  # AU 6
    lid_tightener: float = 0  # AU 7
    nose_wrinkler: float = 0  # AU 9, which pulls the upper lip up with it
    left_corner_puller: float = 0  # AU 12
    right_corner_puller: float = 0  # AU 12
    corner_depressor: float = 0  # AU 15
    lip_stretcher: float = 0  # AU 20
    lip_tightener: float = 0  # AU 23
    lips_part: float = 0  # AU 25
    jaw_drop: float = 0  # AU 26
    blink: float = 0  # AU 45

    def at(self, intensity: float, rng: np.random.Generator, spread: float = 0.06) -> Expression:
        """Return it fainter or stronger, each unit off by about `spread`, as no two smiles are alike."""
        strengths = np.array([getattr(self, field.name) for field in fields(self)])
        varied = intensity * strengths * rng.uniform(0.75, 1.2, strengths.size)
        return Expression(*np.clip(varied + spread * rng.normal(size=strengths.size), 0, 1).tolist())


# Which units make which emotion: the prototypes of the FACS Investigator's Guide (Ekman, Friesen & Hager, 2002).
EXPRESSIONS = {
    "neutral": Expression(),
    "happiness": Expression(cheek_raiser=0.9, left_corner_puller=1, right_corner_puller=1, lips_part=0.9),
    "surprise": Expression(inner_brow_raiser=1, outer_brow_raiser=1, upper_lid_raiser=0.9, lips_part=0.2, jaw_drop=1),
    "sadness": Expression(inner_brow_raiser=1, brow_lowerer=0.5, lid_tightener=0.3, corner_depressor=1, blink=0.22),
    "anger": Expression(
        brow_lowerer=1, upper_lid_raiser=0.35, lid_tightener=0.8, corner_depressor=0.2, lip_tightener=1
    ),
    "disgust": Expression(
        brow_lowerer=0.6, cheek_raiser=0.4, lid_tightener=0.5, nose_wrinkler=1, corner_depressor=0.6
    ),
    "fear": Expression(
        inner_brow_raiser=1, outer_brow_raiser=0.45, brow_lowerer=0.55, upper_lid_raiser=1,
        lip_stretcher=1, lips_part=0.8, jaw_drop=0.2,
    ),
    "contempt": Expression(lid_tightener=0.35, right_corner_puller=1, lip_tightener=0.35),
}  # fmt: skip


# --- Who is drawn -----------------------------------------------------------------------------------------------------

# fmt: off
SKINS = ((238, 208, 188), (230, 192, 166), (218, 174, 142), (200, 152, 118), (178, 128, 94), (150, 104, 76),
         (118, 82, 62))
HAIRS = ((34, 29, 30), (58, 41, 34), (92, 62, 42), (136, 92, 54), (192, 152, 92), (150, 72, 42), (154, 152, 152))
SILVER = np.array((188, 186, 184))
IRISES = ((84, 56, 36), (58, 42, 34), (96, 112, 72), (86, 118, 142), (110, 92, 60))
CLOTHES = ((62, 84, 106), (120, 62, 66), (72, 98, 84), (186, 178, 164), (58, 58, 66), (148, 118, 78), (104, 86, 122))
BACKDROPS = ((70, 84, 98), (176, 166, 150), (96, 108, 92), (138, 120, 112), (48, 50, 58), (196, 204, 208),
             (116, 130, 146))
# fmt: on


@dataclass(frozen=True)
class Haircut:
    """The outline of hair around a head. Lengths in head units."""

    volume: float  # how far it stands off the skull
    hairline: float  # y where it meets the forehead; -1 is the crown
    parting: float  # x towards which the hairline peaks
    length: float  # y at which it ends beside the face
    curl: float = 0  # height of its waves
    top: bool = True  # whether there is hair on top at all


HAIRCUTS = {
    "cropped": Haircut(volume=0.08, hairline=-0.60, parting=0.0, length=-0.02),
    "parted": Haircut(volume=0.17, hairline=-0.56, parting=0.26, length=0.04),
    "fringe": Haircut(volume=0.18, hairline=-0.42, parting=-0.10, length=0.10),
    "curls": Haircut(volume=0.24, hairline=-0.54, parting=0.0, length=0.14, curl=0.05),
    "bald": Haircut(volume=0.03, hairline=-0.95, parting=0.0, length=0.02, top=False),
    "bob": Haircut(volume=0.20, hairline=-0.56, parting=-0.24, length=0.80),
    "long": Haircut(volume=0.18, hairline=-0.60, parting=0.05, length=1.6),
    "waves": Haircut(volume=0.24, hairline=-0.54, parting=0.20, length=1.35, curl=0.04),
}
SHORT_CUTS = ("cropped", "parted", "fringe", "curls", "bald", "cropped", "parted")
LONG_CUTS = ("bob", "long", "waves", "fringe", "long", "curls")


@dataclass(frozen=True)
class Identity:
    """What stays the same in every picture of a person. Lengths in head units, shares in [0, 1]."""

    skin: Colour
    hair: Colour
    iris: Colour
    lips: Colour
    haircut: Haircut
    width: float  # half the width of the face at the cheeks
    jaw: float  # width of the jaw as a share of `width`
    chin: float  # y of the chin
    eye_distance: float  # x of an eye's centre
    eye_size: float
    eye_tilt: float
    brow_thickness: float
    brow_rest: float  # resting height of the brows: some faces look stern, some surprised, without being so
    nose_width: float
    nose_length: float
    mouth_width: float
    mouth_rest: float  # resting height of the mouth's corners: some faces smile a little at rest
    lip_fullness: float
    age: float
    lashes: bool
    beard: float
    moustache: bool
    glasses: bool

    @classmethod
    def random(cls, rng: np.random.Generator) -> Identity:
        """Return a person whose traits are independent, but for what goes with skin, age and make-up."""
        made_up = rng.random() < 0.45
        age = rng.beta(1.6, 2.2)
        skin = pick(SKINS, rng) + rng.normal(0, 4, 3)
        natural = pick(HAIRS if skin.mean() > 160 else HAIRS[:3], rng)
        hair = mix(natural, SILVER, max(0, age - 0.55) * 1.8) + rng.normal(0, 4, 3)
        rose = np.array((176, 58, 70)) if made_up else np.array((158, 74, 70))
        bearded = not made_up and hair.mean() < 110 and rng.random() < 0.4
        return cls(
            skin=skin,
            hair=hair,
            iris=pick(IRISES, rng),
            lips=mix(skin, rose, rng.uniform(0.45, 0.7) if made_up else rng.uniform(0.25, 0.42)),
            haircut=HAIRCUTS[rng.choice(LONG_CUTS if made_up else SHORT_CUTS)],
            width=rng.uniform(0.68, 0.79),
            jaw=rng.uniform(0.70, 0.80) if made_up else rng.uniform(0.76, 0.90),
            chin=rng.uniform(0.94, 1.04),
            eye_distance=rng.uniform(0.29, 0.335),
            eye_size=rng.uniform(1.0, 1.18),
            eye_tilt=rng.normal(0.012, 0.012),
            brow_thickness=rng.uniform(0.030, 0.048) if made_up else rng.uniform(0.042, 0.072),
            brow_rest=rng.normal(0, 0.022),
            nose_width=rng.uniform(0.105, 0.15),
            nose_length=rng.uniform(0.36, 0.42),
            mouth_width=rng.uniform(0.255, 0.30),
            mouth_rest=rng.normal(0, 0.014),
            lip_fullness=rng.uniform(0.75, 1.3),
            age=age,
            lashes=made_up,
            beard=rng.uniform(0.3, 0.85) if bearded else 0.0,
            moustache=bearded and rng.random() < 0.7,
            glasses=rng.random() < 0.14,
        )


# --- How it is seen ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scene:
    """Pose, light and camera of one picture. Angles in radians, shifts and blur as shares of the picture's size."""

    yaw: float
    pitch: float
    roll: float
    zoom: float  # pixels of a head unit, as a share of half the picture's shorter side
    shift: tuple[float, float]
    gaze: tuple[float, float]
    light: tuple[float, float]  # where the light comes from, in head units; (0, -1) is straight above
    ambient: float  # in [0, 1]: 1 is shadowless
    exposure: float
    tint: Colour  # factors a channel
    noise: float  # standard deviation in grey levels
    blur: float
    backdrop: Colour
    clothes: Colour

    @classmethod
    def random(cls, rng: np.random.Generator) -> Scene:
        """Return a snapshot: mostly frontal, mostly lit from above, rarely perfect."""
        warmth = rng.normal(0.03, 0.04)
        return cls(
            yaw=np.clip(rng.normal(0, 0.15), -0.4, 0.4),
            pitch=rng.normal(0, 0.06),
            roll=rng.normal(0, 0.06),
            zoom=rng.uniform(0.98, 1.10),
            shift=tuple(rng.normal(0, 0.013, 2)),
            gaze=tuple(rng.normal(0, 0.3, 2)),
            light=(rng.normal(0, 0.7), rng.normal(-0.5, 0.3)),
            ambient=rng.uniform(0.45, 0.75),
            exposure=rng.uniform(0.86, 1.14),
            tint=np.array((1 + warmth, 1.0, 1 - warmth)),
            noise=rng.gamma(1.6, 1.4),
            blur=rng.beta(1.0, 5) * 0.012,
            backdrop=pick(BACKDROPS, rng) * rng.uniform(0.5, 1.1),
            clothes=pick(CLOTHES, rng),
        )


# --- Colours ----------------------------------------------------------------------------------------------------------


def pick(palette: tuple[tuple[int, int, int], ...], rng: np.random.Generator) -> Colour:
    """Return one colour of a palette."""
    return np.array(palette[rng.integers(len(palette))], float)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """Return the colour on the way from `a` (share 0) to `b` (share 1)."""
    return a + (b - a) * share


def shade(colour: Colour, factor: float) -> Colour:
    """Return it darker for factors below 1, with a little warmth kept, as skin in shadow reddens."""
    return colour * (0.9 * factor + 0.1, factor, factor)


def ink(colour: Colour) -> tuple[int, ...]:
    """Return the colour as Pillow wants it."""
    return tuple(int(min(255, max(0, channel))) for channel in colour)
