"""The colours stay apart on both grounds, also for eyes that lack one kind of cone."""

from itertools import combinations

import numpy as np
import pytest

from recollect.experiments.report.palette import NUM_TONES, RAMP, SEQUENCE, THEMES, TONES

SEEN = {  # linear RGB as it is seen, Machado, Oliveira and Fernandes 2009, severity 1
    "all cones": np.eye(3),
    "no L cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no M cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "no S cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
GROUND = {"light": "#ffffff", "dark": "#171b21"}  # of cards, in page.css


def linear(colour):
    sRGB = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(sRGB <= 0.04045, sRGB / 12.92, ((sRGB + 0.055) / 1.055) ** 2.4)


def luminance(colour):
    return linear(colour) @ [0.2126, 0.7152, 0.0722]


def lab(light):
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ np.clip(
        light, 0, 1
    )
    f = np.where((xyz := xyz / [0.9505, 1, 1.089]) > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", THEMES)
def test_every_tone_stands_out_from_the_ground(theme):
    for colour in (*TONES[theme], *SEQUENCE[theme]):
        one, other = sorted((luminance(colour), luminance(GROUND[theme])))
        assert (other + 0.05) / (one + 0.05) >= 3, colour


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("theme", THEMES)
def test_tones_stay_apart(theme, eyes):
    seen = [lab(np.array(SEEN[eyes]) @ linear(colour)) for colour in TONES[theme]]
    assert min(np.linalg.norm(one - other) for one, other in combinations(seen, 2)) > 12


def test_both_themes_have_the_same_names():
    assert {len(one[theme]) for one in (TONES,) for theme in THEMES} == {NUM_TONES}
    assert {len(one[theme]) for one in (SEQUENCE, RAMP) for theme in THEMES} == {5}


@pytest.mark.parametrize("theme", THEMES)
def test_a_ramp_goes_away_from_the_ground(theme):
    steps = np.diff([luminance(colour) for colour in RAMP[theme]])
    assert (steps < 0).all() if theme == "light" else (steps > 0).all()
