"""Tuning: as many trials for every arm, on seeds that no comparison has."""

import json
from types import SimpleNamespace

import pytest
import yaml

from recollect.errors import OptionError, UnknownName
from recollect.experiments import grid as module
from recollect.experiments.experiment import Experiment
from recollect.experiments.plan import plan
from recollect.experiments.results import Results
from recollect.experiments.tuning import FIRST_SEED, Tuning, draw, draws, judge, title, trials_of, tune
from recollect.testing.toys import register_toys

register_toys()
LOG = {"low": 0.001, "high": 1.0, "log": True}
GIVEN = {
    "name": "blobs",
    "stream": {"id": "recollect/ToyBlobs-v0", "options": {"batch": 4}},
    "arms": [
        {"name": "means", "agent": "toy-means", "search": {"replay.capacity": [4, 8, 16, 32, 64]}},
        {"name": "l2", "agent": "toy-means", "penalty": "l2", "search": {"penalty.strength": LOG}},
    ],
    "seeds": [3, 4],
    "metrics": ["accuracy"],
    "tuning": {"trials": 3, "seeds": 2, "search": {"run.passes": [1, 2, 3]}},
}


@pytest.fixture
def tuned(tmp_path, monkeypatch):
    """Tunes on this process."""
    monkeypatch.setattr(module, "EXECUTORS", {"local": "inline:Inline"})

    def run(**changes):
        (tmp_path / "a.yaml").write_text(yaml.safe_dump(GIVEN | changes))
        return tune(tmp_path / "a.yaml", tmp_path / "out", progress=False)

    return run


def test_every_arm_has_as_many_trials_and_the_first_is_as_written():
    trials = trials_of(plan(GIVEN), Tuning.of(GIVEN))
    assert [(trial.arm, trial.number) for trial in trials] == [(arm, n) for arm in ("means", "l2") for n in range(3)]
    assert trials[0].values == trials[3].values == {}
    assert trials[0].specs[0] == plan(GIVEN)[0].spec
    for trial in trials[1:3]:
        spec = trial.specs[0]
        assert trial.values == {"replay.capacity": spec.capacity, "run.passes": spec.run["passes"]}
    for trial in trials[4:]:
        assert trial.values["penalty.strength"] == trial.specs[0].penalty_options["strength"]
        assert 0.001 <= trial.values["penalty.strength"] <= 1.0


def test_arms_that_search_the_same_draw_the_same():
    one, two = (draws(arm, search, 6) for arm, search in (("a", {"agent.lr": LOG}), ("b", {"agent.lr": LOG})))
    assert one == two
    assert len({values["agent.lr"] for values in one[1:]}) == 5
    assert draws("a", {"agent.lr": LOG}, 3) == one[:3]  # more trials go on where fewer ended


def test_what_is_drawn_lies_in_its_range():
    assert {draw("p", [1, "two"], i) for i in range(20)} == {1, "two"}
    whole = [draw("p", {"low": 1, "high": 9}, i) for i in range(50)]
    assert {type(value) for value in whole} == {int}
    assert (min(whole), max(whole)) == (1, 9)
    logs = [draw("p", LOG, i) for i in range(200)]
    assert 80 < sum(value < 0.0316 for value in logs) < 120  # half of them below the geometric middle
    assert all(0.001 <= value <= 1 for value in logs)


def test_fewer_settings_than_trials_are_refused():
    with pytest.raises(OptionError, match=r"arm 'a' has only 3 different settings .*fewer than trials: 4"):
        draws("a", {"agent.lr": [0.1, 0.2]}, 4)


@pytest.mark.parametrize(
    ("tuning", "error", "said"),
    [
        ({"trial": 3}, UnknownName, "Did you mean trials"),
        ({"trials": 0}, OptionError, "trials of tuning must be a whole number of at least 1, got 0"),
        ({"seeds": [1]}, OptionError, "seeds of tuning must be"),
        ({"tasks": True}, OptionError, "tasks of tuning must be"),
        ({"direction": "up"}, OptionError, "direction of tuning must be higher or lower, got 'up'"),
        ({"search": [1]}, OptionError, "search must be keys with values"),
        ({"search": {"agent.lr": 3}}, OptionError, "agent.lr is searched in a list, or in"),
        ({"search": {"agent.lr": []}}, OptionError, "agent.lr is searched in a list, or in"),
        ({"search": {"agent.lr": {"low": 1, "high": 1}}}, OptionError, "needs low < high"),
        ({"search": {"agent.lr": {"low": 0, "high": 1, "log": True}}}, OptionError, "low > 0 where log is true"),
        ({"search": {"lr": [1]}}, OptionError, "an option is named group.key"),
    ],
)
def test_what_is_wrong_is_named(tuning, error, said):
    with pytest.raises(error, match=said):
        trials_of(plan(GIVEN), Tuning.of(GIVEN | {"tuning": {"trials": 2} | tuning}))


def test_an_arm_without_a_search_is_refused():
    given = GIVEN | {"arms": [{"name": "still", "agent": "toy-means"}], "tuning": {}}
    with pytest.raises(OptionError, match="arm 'still' has nothing to search"):
        trials_of(plan(given), Tuning.of(given))


def test_the_best_of_each_arm_becomes_a_comparison(tuned, tmp_path):
    record, path = tuned()
    head, *lines = map(json.loads, (tmp_path / "out/trials.jsonl").read_text().splitlines())
    assert lines == record
    assert len(record) == 6
    assert head["tuning"]["trials"] == 3
    experiment = Experiment.read(path)
    assert experiment.misfits() == []
    assert experiment.arms == ["means", "l2"]
    assert [cell.seed for cell in experiment.cells] == [3, 4, 3, 4]
    for arm in experiment.arms:
        own = [line for line in record if line["arm"] == arm]
        (chosen,) = [line for line in own if line["chosen"]]
        assert chosen["mean"] == max(line["mean"] for line in own)
        spec = next(cell.spec for cell in experiment.cells if cell.arm == arm)
        assert spec.run == ({"passes": chosen["values"]["run.passes"]} if chosen["values"] else {})
    held = Experiment.load(tmp_path / "out")
    assert {cell.seed for cell in held.cells} == {FIRST_SEED, FIRST_SEED + 1}
    assert len(record[0]["scores"]) == 2
    assert record[0]["mean"] == pytest.approx(sum(record[0]["scores"]) / 2)


def test_lower_is_better_where_it_is_said(tuned, tmp_path):
    tuned()
    results = Results.read(tmp_path / "out")
    trials = trials_of(plan(GIVEN), Tuning.of(GIVEN))
    scores = {title(trial): float(score) for trial, score in zip(trials, [2, 1, 3, 5, 5, 4], strict=True)}
    seeds = (FIRST_SEED, FIRST_SEED + 1)
    table = {results.experiment.streams[0]: {arm: dict.fromkeys(seeds, score) for arm, score in scores.items()}}
    scored = SimpleNamespace(runs=results.runs, experiment=results.experiment, table=lambda metric: table)
    for direction, numbers in (("higher", [2, 0]), ("lower", [1, 2])):
        record, best = judge(trials, scored, direction)
        assert [best[arm].number for arm in ("means", "l2")] == numbers  # the first of equals
        assert [line["trial"] for line in record if line["chosen"]] == numbers


def test_only_the_first_tasks(tuned, tmp_path):
    _, path = tuned(tuning=GIVEN["tuning"] | {"tasks": 1})
    assert {tuple(cell.spec.run["schedule"]) for cell in Experiment.load(tmp_path / "out").cells} == {(0,)}
    assert all("schedule" not in cell.spec.run for cell in Experiment.read(path).cells)
    with pytest.raises(OptionError, match="leave out run.schedule, or tasks"):
        tuned(tuning=GIVEN["tuning"] | {"tasks": 1}, run={"schedule": "cyclic"})


def test_seeds_of_a_comparison_are_none_of_tuning(tuned):
    with pytest.raises(OptionError, match="seed 2147483648 lies among those of tuning"):
        tuned(seeds=[FIRST_SEED])


def test_a_metric_without_a_value_chooses_nothing(tuned):
    with pytest.raises(OptionError, match="no trial of arm 'means' came to a score: it is NaN"):
        tuned(metrics=["intransigence"])
