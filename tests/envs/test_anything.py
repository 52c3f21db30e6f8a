import copy
import subprocess
import sys

import datasets
import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.envs.registration import EnvSpec

from recollect import stream_from
from recollect.envs.samples import Samples
from recollect.envs.sequence import Sequence
from recollect.errors import DataError, OptionError, UnknownName

X = np.random.default_rng(0).random((60, 3))
Y = np.arange(60) % 6


def pole():
    return gym.make("CartPole-v1")


def sources():
    torch_pairs = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    columns = {"pixels": X.astype(np.float32).tolist(), "label": Y.tolist()}
    return {"arrays": (X, Y), "torch": torch_pairs, "huggingface": datasets.Dataset.from_dict(columns)}


@pytest.mark.parametrize("kind", ["arrays", "torch", "huggingface"])
@pytest.mark.parametrize("scenario", ["class", "domain", "task"])
def test_one_line_for_every_source_and_scenario(kind, scenario, conform):
    stream = stream_from(sources()[kind], scenario=scenario, tasks=3, batch_size=4)
    assert isinstance(stream.unwrapped, Samples)
    assert stream.unwrapped.tasks == ("0-1", "2-3", "4-5")
    assert stream.unwrapped.scenario == scenario
    assert stream.action_space.nvec.tolist() == [2 if scenario == "domain" else 6] * 4
    rows = stream.unwrapped.data(1)
    assert set(rows["y"]) == ({0, 1} if scenario == "domain" else {2, 3})
    original = {tuple(x): y for x, y in zip(X.astype(np.float32), Y, strict=True)}
    assert all(original[tuple(x)] in (2, 3) for x in rows["x"])
    conform(stream)


def test_five_tasks_unless_told_otherwise():
    x, y = np.eye(40), np.arange(40) % 10
    assert stream_from((x, y)).unwrapped.tasks == ("0-1", "2-3", "4-5", "6-7", "8-9")


def test_a_task_column(conform):
    year = np.repeat([2001, 2002, 2003], 20)
    stream = stream_from((X, Y), scenario="domain", task=year, batch_size=4)
    assert stream.unwrapped.tasks == ("2001", "2002", "2003")
    assert stream.action_space.nvec.tolist() == [6] * 4
    assert len(stream.unwrapped.data(2)["y"]) + len(stream.unwrapped.data(2, "test")["y"]) == 20
    conform(stream)
    table = datasets.Dataset.from_dict({"v": X.tolist(), "label": Y.tolist(), "year": year.tolist()})
    assert stream_from(table, task="year").unwrapped.tasks == ("2001", "2002", "2003")
    assert stream_from(table, task="year", test=table).unwrapped.data(0, "test")["x"].shape == (20, 3)


def test_given_test_rows():
    stream = stream_from((X, Y), test=(X[:12] + 1, Y[:12]), tasks=3)
    assert len(stream.unwrapped.data(0)["y"]) == 20
    assert len(stream.unwrapped.data(0, "test")["y"]) == 4
    assert stream.unwrapped.data(0, "test")["x"].min() >= 1
    assert stream.observation_space.high.max() > 1  # the bounds hold for test rows too


def test_copies_share_the_data_and_have_the_options():
    x = np.random.default_rng(0).random((60, 3)).astype(np.float32)
    stream = stream_from((x, Y), scenario="task", tasks=3, batch_size=4, steps_per_task=2)
    again = gym.make(stream.spec)
    other = gym.make(copy.deepcopy(stream.spec), batch_size=6)
    for made in (stream, again, other):
        assert np.shares_memory(made.unwrapped.division.x["train"], x)
        assert made.unwrapped.scenario == "task"
        assert made.unwrapped.steps_per_task == 2
    assert other.observation_space.shape == (6, 3)
    assert np.array_equal(stream.reset(seed=1)[0], again.reset(seed=1)[0])
    with pytest.raises(ValueError, match="callable"):
        stream.spec.to_json()


def test_a_memory_mapped_file_is_not_read_into_memory(tmp_path):
    np.save(tmp_path / "x.npy", X.astype(np.float32))
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    stream = stream_from((mapped, Y), tasks=3, batch_size=4)
    assert np.shares_memory(stream.unwrapped.division.x["train"], mapped)
    obs, _ = stream.reset(seed=0)
    assert obs.flags.writeable


def test_lists_of_envs(conform):
    for source in (["CartPole-v1", pole], [pole, gym.spec("CartPole-v1")], [gym.make("CartPole-v1")] * 2):
        stream = stream_from(source, steps_per_task=300)
        assert isinstance(stream.unwrapped, Sequence)
        assert len(stream.unwrapped.tasks) == 2
        assert gym.make(stream.spec).unwrapped.steps_per_task == 300
        conform(stream)
    assert stream_from([pole], names=["mine"], score="success").unwrapped.tasks == ("mine",)


def test_a_list_of_ids_is_json():
    stream = stream_from(["CartPole-v1", {"id": "CartPole-v1"}], names=["a", "b"], steps_per_task=7)
    again = gym.make(EnvSpec.from_json(stream.spec.to_json()))
    assert again.unwrapped.tasks == ("a", "b")
    assert again.unwrapped.steps_per_task == 7


def test_what_is_not_deterministic_says_so():
    spec = EnvSpec("test/Wild-v0", entry_point=pole, nondeterministic=True)
    stream = stream_from([pole, spec])
    assert stream.spec.nondeterministic
    assert not stream.unwrapped.deterministic
    assert not stream_from([pole]).spec.nondeterministic


@pytest.mark.parametrize(
    ("error", "words", "source", "options"),
    [
        (UnknownName, "Did you mean scenario", (X, Y), {"scenarios": "class"}),
        (UnknownName, "'scenario' does not exist", ["CartPole-v1"], {"scenario": "class"}),
        (UnknownName, "Did you mean domain", (X, Y), {"scenario": "domian"}),
        (OptionError, "1 to 6, the number of classes, got 7", (X, Y), {"tasks": 7}),
        (OptionError, "leave tasks= and order_seed= out", (X, Y, Y), {"tasks": 3}),
        (OptionError, r"test=\(x, y, task\)", (X, Y, Y), {"test": (X, Y)}),
        (OptionError, "batch_size", (X, Y), {"batch_size": 0}),
        (DataError, "train x is NaN in row 0", (X * np.nan, Y), {}),
        (DataError, "test x is NaN in row 0", (X, Y), {"test": (X * np.nan, Y)}),
        (DataError, "unequal lengths", (X, Y[1:]), {}),
        (DataError, "cannot read samples from NoneType", None, {}),
    ],
)
def test_bad_input(error, words, source, options):
    with pytest.raises(error, match=words):
        stream_from(source, **options)


def test_arrays_need_no_torch():
    code = (
        "import sys, numpy as np; from recollect.envs.anything import stream_from; "
        "stream_from((np.eye(20), np.arange(20) % 10)); "
        "print(sorted({'torch', 'datasets', 'sklearn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
