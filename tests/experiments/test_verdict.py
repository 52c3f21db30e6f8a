from dataclasses import replace

import numpy as np
import pytest

from recollect.claim import Arm, Claim, Scale
from recollect.experiments.verdict import CONTRADICTED, NOT_SHOWN, REPRODUCED, judge, numbers, statement, verdict

CLAIM = Claim(
    says="a beats b",
    stream="recollect/SplitDigits-v0",
    arms=(Arm("a", "er"), Arm("b", "er")),
    metric="accuracy",
    direction="higher",
    scales={"cpu": Scale(seeds=(1, 2, 3, 4))},
)
THREE = replace(CLAIM, arms=(*CLAIM.arms, Arm("c", "er")))
NOISE = (0.01, -0.01, 0.02, -0.02)  # of four seeds: Student's 95% interval of its mean is +-0.029


def at(*levels):
    """Values of arms a, b, c around some levels; the noise is the first arm's alone, so that differences vary."""
    arms = zip("abc", levels, strict=False)
    return {arm: {i: level + noise * (arm == "a") for i, noise in enumerate(NOISE)} for arm, level in arms}


def fell(claim, values):
    return verdict(judge(claim, values))


@pytest.mark.parametrize(
    ("direction", "margin", "difference", "expected"),
    [
        ("higher", 0.0, 0.03, REPRODUCED),
        ("higher", 0.0, 0.028, NOT_SHOWN),
        ("higher", 0.0, -0.028, NOT_SHOWN),
        ("higher", 0.0, -0.03, CONTRADICTED),
        ("higher", 0.1, 0.13, REPRODUCED),
        ("higher", 0.1, 0.11, NOT_SHOWN),
        ("higher", 0.1, 0.03, CONTRADICTED),
        ("lower", 0.0, -0.03, REPRODUCED),
        ("lower", 0.1, -0.13, REPRODUCED),
        ("lower", 0.1, -0.08, NOT_SHOWN),
        ("lower", 0.1, -0.03, CONTRADICTED),
        ("zero", 0.04, 0.01, REPRODUCED),
        ("zero", 0.04, 0.02, NOT_SHOWN),
        ("zero", 0.04, 0.08, CONTRADICTED),
        ("zero", 0.04, -0.08, CONTRADICTED),
    ],
)
def test_the_interval_of_the_paired_difference_decides(direction, margin, difference, expected):
    claim = replace(CLAIM, direction=direction, margin=margin)
    assert fell(claim, at(0.5 + difference, 0.5)) == expected


@pytest.mark.parametrize(
    ("direction", "margin", "level", "expected"),
    [
        ("higher", 0.4, 0.5, REPRODUCED),
        ("higher", 0.4, 0.41, NOT_SHOWN),
        ("higher", 0.4, 0.3, CONTRADICTED),
        ("lower", 0.4, 0.3, REPRODUCED),
        ("lower", 0.4, 0.5, CONTRADICTED),
        ("lower", -0.1, -0.2, REPRODUCED),
        ("zero", 0.04, 0.0, REPRODUCED),
    ],
)
def test_the_interval_of_a_level_decides(direction, margin, level, expected):
    claim = replace(CLAIM, test="level", direction=direction, margin=margin, arms=CLAIM.arms[:1])
    findings = judge(claim, at(level))
    assert [finding.what for finding in findings] == ["a"]
    assert verdict(findings) == expected


def test_a_statement_about_all_arms_needs_all_and_falls_with_one():
    above, unclear, below = at(0.6, 0.5, 0.4), at(0.6, 0.5, 0.59), at(0.6, 0.5, 0.7)
    assert [fell(THREE, values) for values in (above, unclear, below)] == [REPRODUCED, NOT_SHOWN, CONTRADICTED]
    assert [finding.what for finding in judge(THREE, above)] == ["a - b", "a - c"]
    assert [finding.as_claimed for finding in judge(THREE, below)] == [True, False]


def test_trend_is_the_rank_correlation_of_every_seed():
    claim = replace(THREE, test="trend", margin=0.4)
    values = {"a": {1: 0.1, 2: 0.1}, "b": {1: 0.2, 2: 0.3}, "c": {1: 0.9, 2: 0.2}}
    (what, seeds), *rest = numbers(claim, values)
    assert (what, rest) == ("order of 3 arms", [])
    assert seeds == pytest.approx({1: 1.0, 2: 0.5})  # 1 - 6 * 2 / (3 * 8)
    rising = {arm: {seed: i + 0.01 * seed for seed in (1, 2, 3)} for i, arm in enumerate("abc")}
    assert fell(claim, rising) == REPRODUCED
    assert fell(replace(claim, direction="lower"), rising) == CONTRADICTED


def test_without_an_interval_nothing_is_shown_but_the_side_is_seen():
    one = {arm: {7: value} for arm, value in (("a", 0.9), ("b", 0.1))}
    (finding,) = judge(CLAIM, one)
    assert (finding.verdict, finding.as_claimed, finding.estimate.value) == (NOT_SHOWN, True, pytest.approx(0.8))
    assert not judge(replace(CLAIM, direction="lower"), one)[0].as_claimed


def test_undefined_numbers_show_nothing():
    values = at(0.9, 0.1)
    values["b"][2] = np.nan
    (finding,) = judge(CLAIM, values)
    assert (finding.verdict, finding.as_claimed) == (NOT_SHOWN, False)
    flat = {arm: {1: 0.5, 2: 0.5} for arm in "abc"}
    assert fell(replace(THREE, test="trend", margin=0.4), flat) == NOT_SHOWN


def test_no_difference_at_all_is_not_shown():
    same = {arm: {1: 0.5, 2: 0.6} for arm in "ab"}
    assert fell(CLAIM, same) == NOT_SHOWN


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "a - b > 0"),
        ({"direction": "lower"}, "a - b < 0"),
        ({"direction": "lower", "margin": 0.1}, "a - b < -0.1"),
        ({"direction": "zero", "margin": 0.02}, "|a - b| < 0.02"),
        ({"direction": "lower", "margin": 0.1, "test": "level"}, "a - b < 0.1"),
    ],
)
def test_a_statement_in_words(changes, expected):
    assert statement(replace(CLAIM, **changes), "a - b") == expected
