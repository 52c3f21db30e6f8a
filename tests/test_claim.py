import dataclasses
import json

import pytest

from recollect.claim import Arm, Claim, Scale

CLAIM = Claim(
    says="replay forgets less than none (section 4, table 1)",
    stream="recollect/SplitDigits-v0",
    arms=(Arm("with", "er", capacity=200), Arm("without", "er", replay="none")),
    metric="forgetting",
    direction="lower",
    scales={"smoke": Scale(seeds=(0,), run={"passes": 1}, arms={"with": {"capacity": 50}})},
)


def test_claim_is_data_that_json_holds():
    tree = json.loads(json.dumps(dataclasses.asdict(CLAIM)))
    assert tree["arms"][0] == {
        "name": "with", "agent": "er", "replay": None, "capacity": 200, "penalty": None, "options": {},
        "replay_options": {}, "penalty_options": {},
    }  # fmt: skip
    assert tree["scales"]["smoke"] == {
        "seeds": [0],
        "stream": {},
        "run": {"passes": 1},
        "arms": {"with": {"capacity": 50}},
    }


@pytest.mark.parametrize("thing", [CLAIM, CLAIM.arms[0], CLAIM.scales["smoke"]], ids=lambda thing: type(thing).__name__)
def test_claims_cannot_be_changed(thing):
    with pytest.raises(dataclasses.FrozenInstanceError):
        thing.seeds = ()


def test_arms_do_not_share_their_options():
    assert CLAIM.arms[0].options is not CLAIM.arms[1].options
