import re

import pytest

from recollect.experiments.claims import claims_of, numbers_of, trials_of
from recollect.experiments.verdict import judge
from recollect.registry import registry

CLAIMS = claims_of("stability-gap")


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """Where the runs that claims share lie."""
    return tmp_path_factory.mktemp("runs")


@pytest.mark.parametrize("name", CLAIMS)
def test_smoke_shows_the_side_that_is_claimed(name, runs):
    claim, values = CLAIMS[name].at("smoke"), {}
    for arm, trial in zip(claim.arms, trials_of(claim, "smoke"), strict=True):
        folder = runs / trial.folder
        if not folder.exists():
            trial.experiment.save(folder)
        for cell in trial.experiment.cells:
            cell.spec.execute(folder / cell.folder, plugins=list(trial.observers))
        values[arm.name] = numbers_of(claim, folder)[0]
    for finding in judge(claim, values):
        assert finding.as_claimed, finding


@pytest.mark.parametrize("name", CLAIMS)
def test_every_arm_fits(name):
    for trial in trials_of(CLAIMS[name], "cpu"):
        assert trial.experiment.misfits() == []


@pytest.mark.parametrize("name", CLAIMS)
def test_seeds_of_claims_are_not_those_of_tuning(name):
    claim = CLAIMS[name]
    assert claim.tuned_on == (0, 1, 2, 3, 4)
    assert len(claim.scales["cpu"].seeds) == 10
    assert all(set(scale.seeds).isdisjoint(claim.tuned_on) for scale in claim.scales.values())


@pytest.mark.parametrize("name", [name for name, claim in CLAIMS.items() if "paper" in claim.scales])
def test_the_published_scale_has_the_published_options(name):
    claim = CLAIMS[name]
    for trial in trials_of(claim, "paper"):
        spec = trial.experiment.cells[0].spec
        assert spec.stream in registry.names("stream")
        assert re.search("SplitMnist|RotatedMnist", spec.stream)
        assert (spec.options["lr"], spec.options["batch_size"], spec.options["momentum"]) == (0.01, 256, 0.9)
        assert spec.options["hidden"] == [400, 400]
        if spec.agent == "er":
            assert (spec.options["new_weight"], spec.options["replayed_weight"]) == (0.3, 0.7)
            assert spec.capacity == (120_000 if "full" in name else 2000)
        assert (spec.run["evaluate_every"], spec.run["evaluate_rows"], len(trial.experiment.cells)) == (1, 1000, 5)


def test_the_tests_a_to_f_are_all_there():
    claims = {name.partition("/")[2]: claim for name, claim in CLAIMS.items()}
    assert (claims["hidden-class-incremental"].margin, claims["hidden-rotation"].margin) == (0.4, 0.15)  # a
    assert claims["recovery"].margin == 0.5  # b
    angles = [arm.stream["angles"][1] for arm in claims["similarity"].arms]
    assert (angles, claims["similarity"].margin) == ([15, 30, 60, 90, 180], 0.8)  # c
    assert (claims["full-replay-keeps"].margin, claims["full-replay-falls"].margin) == (0.02, 0.15)  # d
    assert {"finetune-falls", "finetune-stays"} <= claims.keys()  # e
    assert {claims[f"gap-of-{name}"].arms[0].penalty for name in ("gem", "a-gem", "ewc", "lwf")} == {
        "gem", "a-gem", "ewc", "lwf",
    }  # f  # fmt: skip
    assert [arm.penalty for arm in claims["stability-starts-low"].arms] == [None, "ewc", "lwf"]
