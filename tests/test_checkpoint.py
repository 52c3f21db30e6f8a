"""A checkpoint holds any state exactly, is whole or absent, and never unpickles."""

import json
import os

import numpy as np
import pytest
import torch

from recollect import checkpoint
from recollect.errors import CheckpointError

STATE = {
    "none": None,
    "numbers": [1, -2.5, float("inf"), 2**127, True],
    "pair": (1, [2, (3,)]),
    "keys": {0: "zero", "1": "one", 2: {"deep": ()}},
    "array": np.arange(6, dtype=np.uint8).reshape(2, 3),
    "half": np.array([1.5], np.float16),
    "words": np.array(["a", "longer"]),
    "scalar": np.float32(0.1),
    "word": np.str_("one"),
    "tensor": torch.arange(4, dtype=torch.bfloat16),
    "empty": np.zeros((0, 3)),
}


def same(one, other):
    """Whether two states are equal, types included."""
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, torch.Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, np.ndarray | np.generic):
        return one.dtype == other.dtype and np.array_equal(one, other)
    return type(one) is type(other) and one == other


def test_a_state_comes_back_as_it_was(tmp_path):
    checkpoint.write(tmp_path, "checkpoint-1", STATE)
    assert same(STATE, checkpoint.read(tmp_path))


def test_random_states_and_optimisers_survive(tmp_path):
    rng = np.random.Generator(np.random.MT19937(3))
    net = torch.nn.Linear(2, 2)
    optimiser = torch.optim.Adam(net.parameters())
    net(torch.ones(1, 2)).sum().backward()
    optimiser.step()
    checkpoint.write(tmp_path, "checkpoint-1", [rng.bit_generator.state, optimiser.state_dict(), net.state_dict()])
    states = checkpoint.read(tmp_path)
    expected = rng.random(3).tolist()
    rng.bit_generator.state = states[0]
    assert rng.random(3).tolist() == expected
    other = torch.optim.Adam(net.parameters())
    other.load_state_dict(states[1])
    assert same(other.state_dict(), optimiser.state_dict())


def test_tensors_that_share_memory_are_saved(tmp_path):
    weight = torch.ones(3)
    checkpoint.write(tmp_path, "checkpoint-1", {"a": weight, "b": weight, "c": weight[1:]})
    assert checkpoint.read(tmp_path)["c"].tolist() == [1, 1]


@pytest.mark.parametrize(
    ("value", "path"), [({"a": {1, 2}}, r"state\.a is a set"), ([0, object()], r"state\[1\] is a")]
)
def test_what_cannot_be_saved_is_named(tmp_path, value, path):
    with pytest.raises(CheckpointError, match=path):
        checkpoint.write(tmp_path, "checkpoint-1", value)


def test_object_arrays_are_refused_on_the_way_in_and_out(tmp_path):
    with pytest.raises(CheckpointError, match="is a ndarray, which a checkpoint cannot hold"):
        checkpoint.write(tmp_path, "checkpoint-1", np.array([{}], object))
    checkpoint.write(tmp_path, "checkpoint-1", np.zeros(2))
    folder = tmp_path / "checkpoint-1"
    np.savez(folder / "arrays.npz", a0=np.array([{}], object))  # what a stranger could put there
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["arrays.npz"][0] = os.path.getsize(folder / "arrays.npz")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(CheckpointError, match="cannot be read.*allow_pickle=False"):
        checkpoint.read(tmp_path)


def test_only_the_latest_stays_and_leftovers_go(tmp_path):
    checkpoint.write(tmp_path, "checkpoint-1", 1)
    (tmp_path / "checkpoint-7").mkdir()
    (tmp_path / "checkpoint-8.part").mkdir()
    assert checkpoint.read(tmp_path) == 1  # reading removes nothing
    assert len(list(tmp_path.glob("checkpoint-*"))) == 3
    checkpoint.write(tmp_path, "checkpoint-2", 2)
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-2"]
    assert checkpoint.read(tmp_path) == 2
    assert checkpoint.latest(tmp_path) == "checkpoint-2"


def test_a_failed_write_leaves_the_one_before(tmp_path, monkeypatch):
    checkpoint.write(tmp_path, "checkpoint-1", 1)

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint.np, "savez", full)
    with pytest.raises(CheckpointError, match="No space left on device.*untouched.*recollect resume"):
        checkpoint.write(tmp_path, "checkpoint-2", np.ones(3))
    assert [path.name for path in tmp_path.glob("checkpoint-*")] == ["checkpoint-1"]
    assert checkpoint.read(tmp_path) == 1


def test_a_manifest_without_files_is_not_ours(tmp_path):
    checkpoint.write(tmp_path, "checkpoint-1", 1)
    (tmp_path / "checkpoint-1" / "manifest.json").write_text('{"recollect_checkpoint": 1}')
    with pytest.raises(CheckpointError, match="not a manifest of ours"):
        checkpoint.read(tmp_path)


def test_no_checkpoint_yet(tmp_path):
    assert checkpoint.latest(tmp_path) is None
    with pytest.raises(CheckpointError, match="holds no checkpoint"):
        checkpoint.read(tmp_path)
