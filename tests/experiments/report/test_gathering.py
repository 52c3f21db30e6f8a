import gymnasium as gym
import pytest

import recollect
from recollect.errors import CheckpointError
from recollect.experiments.report.gathering import gather, title
from recollect.experiments.spec import RunSpec


def trained(folder, agent="er", seed=0, tasks=2, **options):
    stream = gym.make("recollect/SplitDigits-v0", tasks=tasks)
    learner = recollect.make_agent(agent, stream, seed=seed, device="cpu", **{"capacity": 10, **options})
    recollect.run(stream, learner, seed=seed, steps_per_task=2, evaluate_rows=4, directory=folder, plugins=["jsonl"])


def test_runs_that_differ_in_their_seed_are_one_arm(tmp_path):
    for seed in (0, 1):
        trained(tmp_path / f"a{seed}", seed=seed)
    trained(tmp_path / "deeper" / "b", "finetune")
    results = gather(tmp_path)
    assert [(run.cell.arm, run.cell.seed) for run in results.runs] == [
        *(("er + reservoir", 0), ("er + reservoir", 1), ("finetune", 0)),
    ]
    assert all(run.history is not None and run.costs.updates == 4 for run in results.runs)
    assert results.experiment.cells[0].spec.run == {"steps_per_task": 2, "evaluate_rows": 4}
    assert results.experiment.cells[0].stream == "recollect/SplitDigits-v0 tasks=2"


def test_options_that_differ_tell_arms_apart(tmp_path):
    trained(tmp_path / "small", capacity=10)
    trained(tmp_path / "large", capacity=20)
    trained(tmp_path / "again", capacity=20)
    assert [(run.directory.name, run.cell.arm) for run in gather(tmp_path).runs] == [
        ("again", "er + reservoir capacity=20"),
        ("large", "er + reservoir capacity=20 (large)"),
        ("small", "er + reservoir capacity=10"),
    ]


def test_a_single_run(tmp_path):
    trained(tmp_path / "a")
    (run,) = gather(tmp_path / "a").runs
    assert run.error is None


def test_runs_that_cannot_be_read_are_reported_beside_the_others(tmp_path):
    for name in ("good", "spec", "unfinished", "history"):
        trained(tmp_path / name)
    (tmp_path / "spec/run.json").write_text("{")
    (tmp_path / "unfinished/LATEST").write_text("checkpoint-0")
    (tmp_path / "history/history.npz").write_bytes(b"PK nonsense")
    found = {run.directory.name: run for run in gather(tmp_path).runs}
    assert found["good"].error is None
    assert "run.json is missing or damaged" in found["spec"].error
    assert found["unfinished"].error == "it is not finished"
    assert "damaged" in found["history"].error
    assert found["history"].history is None


def test_folders_without_runs_are_refused(tmp_path):
    with pytest.raises(CheckpointError, match=r"holds no run: a report needs the folder of an experiment"):
        gather(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(CheckpointError, match="no run in .* can be read"):
        gather(tmp_path)


def test_what_a_run_is_made_of():
    assert title(RunSpec("s", "er", replay="reservoir", penalty="ewc")) == "er + reservoir + ewc"
    assert title(RunSpec("s", "finetune", replay="none")) == title(RunSpec("s", "finetune")) == "finetune"
