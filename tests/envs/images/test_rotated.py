import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec
from scipy import ndimage

import recollect
from recollect.envs.images.rotated import RotatedImages, rotate
from recollect.errors import OptionError, StreamError

X = np.random.default_rng(0).random((3, 7, 7)).astype(np.float32)


@pytest.mark.parametrize("bilinear", [True, False])
@pytest.mark.parametrize("side", [7, 8])
def test_quarter_turns_only_move_pixels(bilinear, side):
    for x in (np.random.default_rng(1).integers(256, size=(2, side, side, 3), dtype=np.uint8), X[:, :side, :side]):
        for quarters in range(-1, 5):
            turned = rotate(x, 90 * quarters, bilinear)
            assert turned.dtype == x.dtype
            assert np.array_equal(turned, np.rot90(x, quarters, axes=(1, 2)))


@pytest.mark.parametrize("shape", [(3, 8, 8), (3, 7, 7), (2, 9, 6), (2, 6, 9, 3)])
@pytest.mark.parametrize("angle", [15, 33.3, 60, 140, -75, 359])
def test_other_angles_are_those_of_scipy(shape, angle):
    x = np.random.default_rng(2).random(shape).astype(np.float32)
    expected = ndimage.rotate(x, angle, axes=(1, 2), reshape=False, order=1, mode="grid-constant")
    np.testing.assert_allclose(rotate(x, angle), expected, atol=1e-5)


def test_a_turn_by_hand():
    x = np.zeros((1, 3, 3), np.uint8)
    x[0, 1, 2] = 203  # right of the middle
    turned = rotate(x, 45)[0]
    # (0, 2), at distance sqrt(2), comes from (1, 1 + sqrt(2)), 0.414 beyond (1, 2): its share is 1 - 0.414 = 0.586;
    # (0, 1) and (1, 2) come from 0.707 to the right of the middle, 0.707 above or below: (1 - 0.707) * 0.707 = 0.207
    assert turned.tolist() == [[0, 42, 119], [0, 0, 42], [0, 0, 0]]  # 42.04, 118.92
    # the nearest to (1, 2.414) is (1, 2); to (0.293, 1.707) and (1.707, 1.707) the corners, which are 0
    assert rotate(x, 45, bilinear=False)[0].tolist() == [[0, 0, 203], [0, 0, 0], [0, 0, 0]]


def test_many_images_are_turned_as_one_is(monkeypatch):
    whole = rotate(X, 20)
    monkeypatch.setattr("recollect.envs.images.rotated.CHUNK", 2)
    assert np.array_equal(rotate(X, 20), whole)


def test_tasks():
    stream = RotatedImages("digits", angles=[0, 60, 90])
    assert stream.tasks == ("0 degrees", "60 degrees", "90 degrees")
    plain = stream.data(0)
    assert np.array_equal(stream.data(2)["x"], np.rot90(plain["x"], 1, axes=(1, 2)))
    assert np.array_equal(stream.data(1)["x"], rotate(plain["x"], 60))
    assert np.array_equal(stream.data(1)["y"], plain["y"])
    assert (len(plain["y"]), len(stream.data(1, "test")["y"])) == (1438, 359)
    shown, _ = stream.reset(seed=0, options={"task": 1, "split": "test"})
    assert stream.observation_space.contains(shown)
    assert len(RotatedImages("digits").tasks) == 20


def test_nearest():
    stream = RotatedImages("digits", angles=[0, 45], interpolation="nearest")
    assert set(np.unique(stream.data(1)["x"])) <= set(np.unique(stream.data(0)["x"]))


def test_spec_round_trip():
    stream = gym.make("recollect/RotatedMnist-v0", angles=(0, 12.5), scenario="task")
    again = gym.make(EnvSpec.from_json(stream.spec.to_json())).unwrapped
    assert again.tasks == ("0 degrees", "12.5 degrees")
    assert np.array_equal(again.data(1)["x"], stream.unwrapped.data(1)["x"])


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("a list of degrees", {"angles": []}),
        ("a list of degrees", {"angles": 30}),
        ("a list of degrees", {"angles": [0, float("nan")]}),
        ("a list of degrees", {"angles": [0, "30"]}),
        (r"an angle stands twice in \[0, 30, 0\].*schedule=\[0, 1, 0\]", {"angles": [0, 30, 0]}),
        ("'bilinear' or 'nearest', got 'cubic'", {"interpolation": "cubic"}),
    ],
)
def test_bad_options(words, options):
    with pytest.raises(OptionError, match=words):
        RotatedImages("digits", **options)


def test_logged_rows_do_not_drift():
    with pytest.raises(StreamError, match="'drifting' needs a stream whose parameters drift"):
        RotatedImages("digits", steps_per_task=5, schedule="drifting")
    with pytest.raises(OptionError, match="no parameters that drift"):
        RotatedImages("digits").reset(options={"drift": 0.5})


def test_lived_batches_drift_by_their_own_schedule(conform):
    stream = RotatedImages("digits", angles=[0, 90], lived=True, steps_per_task=4, schedule="drifting")
    conform(RotatedImages("digits", angles=[0, 90], lived=True))
    assert stream.data(0) is None
    assert stream.data(1, "test") is not None
    seen, (shown, _) = [], stream.reset(seed=0)
    for _ in range(6):
        seen.append((stream.task, stream.drift))
        plain = stream.division.x["train"][stream_index(stream, shown)]
        assert np.array_equal(shown, rotate(plain, 90 * (stream.task + stream.drift if stream.task == 0 else 1)))
        shown, _, _, truncated, _ = stream.step(np.zeros(32, int))
        if truncated:
            shown, _ = stream.reset()
    assert seen == [(0, 0), (0, 0.25), (0, 0.5), (0, 0.75), (1, 0), (1, 0)]


def stream_index(stream, shown):
    """Which training rows are shown: the only ones that look so in the open guise."""
    every = stream.look(stream.division.x["train"], stream.task, stream.drift)
    return [int(np.flatnonzero((every == one).all((1, 2)))[0]) for one in shown]


def test_a_run_can_drift(monkeypatch):
    drifts, look = set(), RotatedImages.look
    monkeypatch.setattr(
        RotatedImages, "look", lambda self, x, task, drift: drifts.add((task, drift)) or look(self, x, task, drift)
    )
    options = {"angles": [0, 90], "lived": True, "batch_size": 400}
    stream = gym.make("recollect/RotatedDigits-v0", **options)
    agent = recollect.make_agent("er", stream, replay="reservoir", capacity=50, seed=0, device="cpu")
    history = recollect.run(stream, agent, steps_per_task=8, schedule="drifting", evaluate_rows=20, seed=0)
    assert history.rows.tolist() == [0, 3200, 6400]
    assert drifts == {(0, 0), (0, 0.5), (1, 0)}  # a pass over 1,438 images has 4 batches
