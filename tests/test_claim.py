import dataclasses
import json

import pytest

from recollect.claim import Arm, Claim, Scale
from recollect.errors import OptionError, UnknownName

CLAIM = Claim(
    says="replay forgets less than none (section 4, table 1)",
    stream="recollect/SplitDigits-v0",
    arms=(Arm("with", "er", capacity=200), Arm("without", "er", replay="none", stream={"tasks": 2})),
    metric="forgetting",
    direction="lower",
    scales={
        "smoke": Scale(seeds=(5,), run={"passes": 1}, arms={"with": {"capacity": 50}}),
        "paper": Scale(seeds=(5, 6), stream_id="recollect/SplitMNIST-v0", stream={"tasks": 5}),
    },
    tuned_on=(0, 1),
)


def test_claim_at_a_scale_is_plain_json():
    tree = CLAIM.as_json("smoke")
    assert tree == json.loads(json.dumps(tree))
    assert tree["arms"][0] == {
        "name": "with", "agent": "er", "replay": None, "capacity": 50, "penalty": None, "options": {},
        "replay_options": {}, "penalty_options": {}, "stream": {},
    }  # fmt: skip
    assert tree["arms"][1]["stream"] == {"tasks": 2}
    assert (tree["seeds"], tree["run"], tree["stream"]) == ([5], {"passes": 1}, "recollect/SplitDigits-v0")
    assert (CLAIM.as_json("paper")["stream"], CLAIM.as_json("paper")["stream_options"]) == (
        "recollect/SplitMNIST-v0", {"tasks": 5},
    )  # fmt: skip


def test_arms_change_with_the_scale_and_keep_the_rest():
    assert [arm.capacity for arm in CLAIM.arms_at("smoke")] == [50, 1000]
    assert CLAIM.arms_at("paper") == CLAIM.arms


CHANGES = {
    "arms": (CLAIM.arms[0], dataclasses.replace(CLAIM.arms[1], options={"lr": 0.2})),
    "stream": "recollect/Other-v0",
    "metric": "bwt",
    "direction": "higher",
    "test": "trend",
    "margin": 0.1,
    "minus": "accuracy",
    "score": "loss",
    "options": {"switches": 1},
    "observer": "plasticity",
    "scales": {**CLAIM.scales, "smoke": dataclasses.replace(CLAIM.scales["smoke"], seeds=(5, 6))},
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_decides_the_outcome_changes_the_digest(name):
    assert dataclasses.replace(CLAIM, **{name: CHANGES[name]}).digest("smoke") != CLAIM.digest("smoke")


def test_what_decides_nothing_does_not_change_the_digest():
    other = {"smoke": CLAIM.scales["smoke"], "cpu": Scale(seeds=(7,))}
    assert dataclasses.replace(CLAIM, says="in other words", scales=other).digest("smoke") == CLAIM.digest("smoke")
    assert CLAIM.digest("smoke") != CLAIM.digest("paper")


@pytest.mark.parametrize("thing", [CLAIM, CLAIM.arms[0], CLAIM.scales["smoke"]], ids=lambda thing: type(thing).__name__)
def test_claims_cannot_be_changed(thing):
    with pytest.raises(dataclasses.FrozenInstanceError):
        thing.seeds = ()


def test_arms_do_not_share_their_options():
    assert CLAIM.arms[0].options is not CLAIM.arms[1].options


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tuned_on": (3, 5)}, "seed 5, on which its options were tuned"),
        ({"scales": {"smoke": Scale(seeds=())}}, "needs seeds"),
        ({"scales": {"cpu": Scale(seeds=(7, 7))}}, "each once"),
        ({"scales": {"large": Scale(seeds=(7,))}}, "smoke, cpu and paper"),
        ({"direction": "up"}, "direction of a claim is one of"),
        ({"test": "best"}, "test of a claim is one of"),
        ({"arms": CLAIM.arms[:1]}, "2 arms or more"),
        ({"arms": (CLAIM.arms[0], CLAIM.arms[0])}, "names differ"),
        ({"direction": "zero"}, "above 0 for 'zero'"),
        ({"margin": -0.1}, "at least 0 for 'compare'"),
    ],
)
def test_claims_that_cannot_be_checked_are_refused(changes, message):
    with pytest.raises(OptionError, match=message):
        dataclasses.replace(CLAIM, **changes)


def test_one_arm_may_state_a_level_below_zero():
    assert dataclasses.replace(CLAIM, arms=CLAIM.arms[:1], test="level", margin=-0.1, scales={"cpu": Scale(seeds=(7,))})


def test_a_scale_may_have_a_threshold_of_its_own():
    smoke = dataclasses.replace(CLAIM.scales["smoke"], margin=0.25)
    other = dataclasses.replace(CLAIM, margin=0.5, scales={**CLAIM.scales, "smoke": smoke})
    assert [other.at(scale).margin for scale in ("smoke", "paper")] == [0.25, 0.5]
    assert [other.as_json(scale)["margin"] for scale in ("smoke", "paper")] == [0.25, 0.5]
    assert other.at("smoke").digest("smoke") == other.digest("smoke")
    with pytest.raises(OptionError, match="margin is at least 0"):
        dataclasses.replace(CLAIM, scales={"cpu": Scale(seeds=(7,), margin=-1.0)})


def test_unknown_arms_attributes_and_scales_say_what_is_near():
    with pytest.raises(UnknownName, match="Did you mean with"):
        dataclasses.replace(CLAIM, scales={"cpu": Scale(seeds=(7,), arms={"wth": {}})})
    with pytest.raises(UnknownName, match="Did you mean capacity"):
        dataclasses.replace(CLAIM, scales={"cpu": Scale(seeds=(7,), arms={"with": {"capacty": 3}})})
    with pytest.raises(UnknownName, match="There are: paper, smoke"):
        CLAIM.scale("cpu")


def test_seeded_options_decide_the_outcome_and_older_digests_stay():
    smoke = CLAIM.scales["smoke"]
    seeded = dataclasses.replace(CLAIM, scales={"smoke": dataclasses.replace(smoke, seeded=("order_seed",))})
    assert seeded.as_json("smoke")["seeded"] == ["order_seed"]
    assert seeded.digest("smoke") != CLAIM.digest("smoke")
    assert "seeded" not in CLAIM.as_json("smoke")
