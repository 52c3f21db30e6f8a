import dataclasses
import json

import noisy_claims
import numpy as np
import pytest

from recollect.claim import Arm, Scale
from recollect.errors import CheckpointError, PluginError, UnknownName
from recollect.experiments.claims import claims_of, mean_costs, numbers_of, papers, trials_of
from recollect.experiments.experiment import Experiment
from recollect.experiments.results import Costs
from recollect.registry import registry


@pytest.fixture(autouse=True)
def noisy(monkeypatch):
    noisy_claims.register(monkeypatch)


def test_claims_are_found_by_paper_and_by_name():
    assert "noisy" in papers()
    assert list(claims_of("noisy")) == ["noisy/none", "noisy/reversed", "noisy/true"]
    assert claims_of("noisy/true") == {"noisy/true": noisy_claims.TRUE}
    with pytest.raises(UnknownName, match="Did you mean noisy"):
        claims_of("nosy")


def test_what_is_no_claim_is_refused():
    registry.claim("noisy/wrong", "noisy_claims:STREAM", "a string")
    with pytest.raises(
        PluginError, match="'noisy/wrong' must be a recollect.claim.Claim, noisy_claims:STREAM is a str"
    ):
        claims_of("noisy/wrong")


def test_an_arm_at_a_scale_is_a_run_for_every_seed():
    changed = dataclasses.replace(
        noisy_claims.TRUE,
        scales={
            "cpu": Scale(
                seeds=(3, 4), stream={"batch": 2, "steps_per_task": 5}, run={"passes": 2},
                arms={"able": {"capacity": 7}}, stream_id="recollect/Other-v0",
            )
        },
        arms=(
            dataclasses.replace(noisy_claims.TRUE.arms[0], stream={"batch": 6}, penalty="l2", penalty_options={"a": 1}),
            noisy_claims.TRUE.arms[1],
        ),
    )  # fmt: skip
    first, second = trials_of(changed, "cpu")
    assert [cell.seed for cell in first.experiment.cells] == [3, 4]
    spec = first.experiment.cells[1].spec
    assert (spec.stream, spec.stream_options) == ("recollect/Other-v0", {"batch": 6, "steps_per_task": 5})
    assert (spec.agent, spec.replay, spec.capacity, spec.penalty) == ("noisy-guesser", "none", 7, "l2")
    assert (spec.options, spec.penalty_options, spec.run, spec.seed) == ({"skill": 0.8}, {"a": 1}, {"passes": 2}, 4)
    assert second.experiment.cells[0].spec.stream_options == {"batch": 2, "steps_per_task": 5}


def test_the_folder_is_named_after_all_that_decides_the_runs():
    (first, second), (other, shared) = (trials_of(claim, "cpu") for claim in (noisy_claims.TRUE, noisy_claims.NONE))
    assert second.folder == shared.folder
    assert first.folder != other.folder
    assert first.folder.startswith("able-")
    assert dataclasses.replace(second, observers=("gradients",)).folder != second.folder
    assert trials_of(noisy_claims.TRUE, "smoke")[0].folder != first.folder


@pytest.fixture
def finished(tmp_path):
    """The folder of an arm whose two runs are finished."""
    trial = trials_of(dataclasses.replace(noisy_claims.TRUE, scales={"cpu": Scale((1, 2), run={"passes": 1})}), "cpu")[
        0
    ]
    trial.experiment.save(tmp_path / trial.folder)
    for cell in trial.experiment.cells:
        cell.spec.execute(tmp_path / trial.folder / cell.folder, plugins=["jsonl"])
    return tmp_path / trial.folder


def test_numbers_are_the_metric_less_another(finished):
    accuracy, costs = numbers_of(noisy_claims.TRUE, finished)
    assert list(accuracy) == [1, 2]
    assert all(0.5 < value < 1 for value in accuracy.values())
    assert [type(one) for one in costs] == [Costs, Costs]
    less, _ = numbers_of(dataclasses.replace(noisy_claims.TRUE, minus="accuracy"), finished)
    assert less == {1: 0.0, 2: 0.0}
    loss, _ = numbers_of(dataclasses.replace(noisy_claims.TRUE, score="loss"), finished)
    assert loss != accuracy
    with pytest.raises(Exception, match="fraction"):
        numbers_of(dataclasses.replace(noisy_claims.TRUE, metric="x-rec90", options={"fraction": 7}), finished)


def test_an_undefined_metric_is_nan(finished):
    forward, _ = numbers_of(dataclasses.replace(noisy_claims.TRUE, metric="x-rec90"), finished)
    assert np.isnan(list(forward.values())).all()


class Speaker:
    """An observer with figures."""

    def recollect_run_end(self):
        pass

    @staticmethod
    def figures(directory):
        return {"seed": float(directory.name.removeprefix("seed-")), "one": 1.0}


def test_figures_of_an_observer(finished):
    registry.observer("speaker", f"{__name__}:Speaker", "says its seed")
    claim = dataclasses.replace(noisy_claims.TRUE, observer="speaker", metric="seed", minus="one")
    assert trials_of(claim, "cpu")[0].observers == ("speaker",)
    assert numbers_of(claim, finished)[0] == {1: 0.0, 2: 1.0}
    with pytest.raises(UnknownName, match="Did you mean seed"):
        numbers_of(dataclasses.replace(claim, metric="seeds"), finished)


def test_an_unfinished_run_is_named(finished):
    cell = Experiment.load(finished).cells[1]
    (finished / cell.folder / "history.npz").write_bytes(b"")
    with pytest.raises(CheckpointError, match="seed-2"):
        numbers_of(noisy_claims.TRUE, finished)


def test_mean_costs():
    assert mean_costs([Costs(10, 4, 2, 1.0), Costs(20, 4, 4, 2.0)]) == {
        "nbytes": 15, "parameters": 4, "updates": 3, "seconds": 1.5,
    }  # fmt: skip
    assert mean_costs([]) == {}


def test_arms_are_json():
    arm = Arm("a", "er", stream={"angles": (0, 60)}, options={"hidden": (4, 4)})
    claim = dataclasses.replace(noisy_claims.TRUE, arms=(arm, noisy_claims.TRUE.arms[1]))
    json.dumps(trials_of(claim, "cpu")[0].experiment.cells[0].spec.as_json())


def test_seeded_options_are_each_runs_seed():
    scale = Scale((3, 4), stream={"batch": 2}, seeded=("order_seed", "split_seed"))
    first, second = trials_of(dataclasses.replace(noisy_claims.TRUE, scales={"cpu": scale}), "cpu")
    for trial in (first, second):
        assert [cell.spec.stream_options for cell in trial.experiment.cells] == [
            {"batch": 2, "order_seed": seed, "split_seed": seed} for seed in (3, 4)
        ]
