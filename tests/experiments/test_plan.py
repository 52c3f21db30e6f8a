"""From YAML to runs: products, arms, sweeps, seeds, and what is refused."""

import pytest

from recollect.errors import OptionError, UnknownName
from recollect.experiments.plan import cells_of, plan, read_yaml

STREAM = {"stream": "recollect/SplitDigits-v0"}


def arms(given):
    return [arm for arm, _ in cells_of(STREAM | given)]


def test_a_product_is_named_by_what_varies():
    assert arms({"agents": ["er"], "replays": ["fifo", "mir"]}) == ["fifo", "mir"]
    assert arms({"agents": ["er", "finetune"], "replays": ["fifo"]}) == ["er", "finetune"]
    assert arms({"agents": ["er"]}) == ["er"]
    both = {"agents": ["er", "joint"], "penalties": [None, "ewc"]}
    assert arms(both) == ["er", "er ewc", "joint", "joint ewc"]
    assert arms({"agents": ["er"], "penalties": ["none", {"name": "ewc", "as": "weak ewc"}]}) == [
        "no penalty",
        "weak ewc",
    ]


def test_a_part_of_a_product_has_options():
    given = {"replays": [{"name": "fifo", "capacity": 7, "options": {"replace": True}}], "capacity": 50, "seeds": [4]}
    given |= {"agents": [{"name": "er", "options": {"lr": 0.5}}], "penalties": [{"name": "l2"}], "device": "cpu"}
    ((arm, spec),) = cells_of(STREAM | given | {"run": {"passes": 2}})
    assert (arm, spec.agent, spec.options, spec.replay) == ("er", "er", {"lr": 0.5}, "fifo")
    assert (spec.capacity, spec.replay_options, spec.penalty) == (7, {"replace": True}, "l2")
    assert (spec.run, spec.seed, spec.device) == ({"passes": 2}, 4, "cpu")


def test_arms_are_listed_with_their_own_keywords_of_run():
    listed = [
        {"name": "ours", "agent": "er", "replay": "mir", "capacity": 9, "run": {"passes": 3}},
        {"agent": "er", "penalty": "ewc", "penalty_options": {"strength": 2}},
    ]
    (first, ours), (second, theirs) = cells_of(STREAM | {"arms": listed, "run": {"passes": 1, "evaluate_every": 5}})
    assert (first, second) == ("ours", "er ewc")
    assert (ours.capacity, ours.run) == (9, {"passes": 3, "evaluate_every": 5})
    assert (theirs.capacity, theirs.run, theirs.penalty_options) == (
        1000,
        {"passes": 1, "evaluate_every": 5},
        {"strength": 2},
    )


def test_streams_and_seeds_multiply_in_order():
    streams = ["recollect/SplitDigits-v0", {"id": "recollect/SplitDigits-v0", "options": {"tasks": 2}}]
    cells = cells_of({"streams": streams, "agents": ["er", "joint"], "seeds": 2})
    assert [(spec.stream_options, arm, spec.seed) for arm, spec in cells] == [
        (options, arm, seed) for options in ({}, {"tasks": 2}) for arm in ("er", "joint") for seed in (0, 1)
    ]


def test_sweeps_change_every_arm_or_one():
    sweep = {"agent.lr": [0.1, 0.2], "replay.capacity": [10, 20]}
    cells = cells_of(STREAM | {"agents": ["er"], "sweep": sweep})
    assert [arm for arm, _ in cells] == [f"er lr={lr} capacity={c}" for lr in (0.1, 0.2) for c in (10, 20)]
    assert [(spec.options["lr"], spec.capacity) for _, spec in cells] == [(0.1, 10), (0.1, 20), (0.2, 10), (0.2, 20)]
    own = {"arms": [{"agent": "er", "sweep": {"run.passes": [1, 2]}}, {"agent": "joint"}]}
    assert [(arm, spec.run) for arm, spec in cells_of(STREAM | own)] == [
        ("er passes=1", {"passes": 1}),
        ("er passes=2", {"passes": 2}),
        ("joint", {}),
    ]


def test_a_swept_stream_is_another_stream_of_the_same_arm():
    cells = cells_of(STREAM | {"agents": ["er"], "sweep": {"stream.tasks": [2, 3]}})
    assert [(arm, spec.stream_options) for arm, spec in cells] == [("er", {"tasks": 2}), ("er", {"tasks": 3})]


def test_what_an_arm_searches_is_kept_apart_from_its_spec():
    listed = [{"agent": "er", "search": {"agent.lr": [0.1]}}, {"agent": "joint"}]
    assert [(one.arm, one.search) for one in plan(STREAM | {"arms": listed, "tuning": {"trials": 3}})] == [
        ("er", {"agent.lr": [0.1]}),
        ("joint", {}),
    ]


WRONG = [
    ({"agents": ["er"], "stream": None, "streams": []}, OptionError, "one of the two"),
    ({"agents": []}, OptionError, "agents must be a list of at least one, got "),
    ({}, OptionError, "it has neither"),
    ({"agents": ["er"], "seeds": "three"}, OptionError, "seeds must be a list of seeds, or how many"),
    ({"agents": ["er"], "seeds": []}, OptionError, "seeds must be"),
    ({"agents": ["er"], "seeds": [-1]}, OptionError, "seed must be a whole number of at least 0"),
    ({"agents": ["er"], "seeds": True}, OptionError, "seeds must be"),
    ({"agents": [{"nam": "er"}]}, OptionError, "an? agent is a name or"),
    ({"agents": [{"name": "er", "option": {}}]}, UnknownName, "Did you mean options"),
    ({"agents": [{"name": "er", "capacity": 3}]}, UnknownName, "key of an? agent: 'capacity'"),
    ({"agents": ["er"], "run": [1]}, OptionError, "run must be keys with values"),
    ({"agents": ["er"], "run": 0}, OptionError, "run must be keys with values, got 0"),
    ({"agents": ["er"], "sweep": {"lr": [1]}}, OptionError, "an option is named group.key"),
    ({"agents": ["er"], "sweep": {"agnt.lr": [1]}}, UnknownName, "Did you mean agent"),
    ({"agents": ["er"], "sweep": {"agent.lr": 1}}, OptionError, "agent.lr must be a list"),
    ({"agents": ["er"], "sweep": {"replay.capacity": ["big"]}}, OptionError, "capacity of a run must be int"),
    ({"arms": ["er"]}, OptionError, "an arm is such as"),
    ({"arms": [{"agnt": "er"}]}, UnknownName, "Did you mean agent"),
    ({"arms": [{"name": "a"}]}, OptionError, "a run needs agent"),
    ({"arms": [{"agent": "er"}], "replays": ["fifo"]}, UnknownName, "without agents: 'replays'"),
    ({"agents": ["er"], "stream": {"id": "a", "option": {}}}, UnknownName, "key of a stream: 'option'"),
    ({"agents": ["er"], "stream": 3}, OptionError, "a stream is an id or"),
]


@pytest.mark.parametrize(("given", "error", "said"), WRONG)
def test_what_is_wrong_is_named(given, error, said):
    with pytest.raises(error, match=said):
        cells_of(STREAM | given)


def written(tmp_path, text):
    path = tmp_path / "experiment.yaml"
    path.write_text(text)
    return path


def test_numbers_are_read_as_people_write_them(tmp_path):
    path = written(tmp_path, "sweep: {agent.lr: [1e-3, 5.e-4, -1E2, 1.5e3, 0.1, 1, 1e, v1e3]}")
    assert read_yaml(path) == {"sweep": {"agent.lr": [1e-3, 5e-4, -1e2, 1.5e3, 0.1, 1, "1e", "v1e3"]}}


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("seed: 3", UnknownName, "key of an experiment: 'seed' does not exist. Did you mean seeds"),
        ("- a", OptionError, "must hold keys such as stream, arms and seeds"),
        ("", OptionError, "must hold keys"),
        ("a: [", OptionError, "cannot be read as YAML"),
        ("seeds: 1\nrun: {}\nseeds: 2", OptionError, "'seeds' is given twice"),
        ("run: {passes: 1, passes: 2}", OptionError, "'passes' is given twice"),
        ("name: !!python/object:os.system {}", OptionError, "cannot be read as YAML"),
    ],
)
def test_files_that_are_no_experiment(tmp_path, text, error, said):
    with pytest.raises(error, match=said):
        read_yaml(written(tmp_path, text))


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(OptionError, match="cannot read the experiment .*No such file"):
        read_yaml(tmp_path / "missing.yaml")
    with pytest.raises(OptionError, match="cannot read the experiment .*Is a directory"):
        read_yaml(tmp_path)
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(OptionError, match=r"cannot read the experiment .*binary.yaml: "):
        read_yaml(tmp_path / "binary.yaml")


def test_a_key_without_a_value_is_as_one_that_is_not_there():
    """As a YAML file has it in which only the value was deleted."""
    empty = dict.fromkeys(("name", "options", "run", "sweep", "search"))
    (found,) = plan({"stream": "s", "run": None, "arms": [{"agent": "er", "replay": "fifo", **empty}]})
    assert (found.arm, found.spec.options, found.spec.run, found.search) == ("er fifo", {}, {}, {})
