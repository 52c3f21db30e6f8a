import numpy as np
import pytest

from recollect.envs.puzzles.pan_flute import PanFlute


def test_from_the_longest_to_the_shortest_pipe_all_sound_at_once():
    stream = PanFlute([3], spontaneous=False)
    obs, _ = stream.reset(seed=0)
    assert obs.tolist() == [0] * 6
    steps = [stream.step(act)[:3] for act in (2, 1, 0, 2, 1, 0, 2)]
    assert [obs.astype(int).tolist() for obs, *_ in steps[:4]] == [
        [0, 0, 0, 1, 0, 0], [0, 1, 0, 0, 1, 0], [1, 0, 1, 0, 0, 1], [0, 0, 0, 1, 0, 0]
    ]  # fmt: skip
    assert [rew for _, rew, _ in steps] == [0, 0, 0, 1, 0, 0, 1]  # of the cells before the shift
    assert not any(ends for *_, ends in steps)


def test_one_note_missing_is_no_reward():
    stream = PanFlute([3], spontaneous=False)
    stream.reset(seed=0)
    assert not any(stream.step(act)[1] for act in (2, 1, 1, 0, 1, 2))


def test_all_sound_by_themselves_now_and_then():
    stream, rng = PanFlute([4]), np.random.default_rng(0)
    many = np.repeat(stream.begin(4, rng)[None], 50_000, axis=0)
    after, rew, _ = stream.advance(many, np.full(50_000, 3), rng)
    cells = after[:, 1:]
    sounding = cells[:, [0, 2, 5, 9]].all(1)
    assert sounding.mean() == pytest.approx(1 / 16, abs=0.005)
    assert not rew.any()
    assert (cells[sounding].sum(1) == 5).all()  # the four last cells, and the one that was played
    assert stream.advance(after[sounding], np.zeros(sounding.sum(), int), rng)[1].all()


def test_pipes_that_a_smaller_task_does_not_have():
    stream = PanFlute([2, 3], spontaneous=False)
    assert stream.action_space.n == 3
    stream.reset(seed=0, options={"task": 0})
    obs, *_ = stream.step(2)
    assert not obs.any()  # plays nothing
    rewards = [stream.step(act)[1] for act in (1, 0, 2)]
    assert rewards == [0, 0, 1]
    assert not stream.state[4:].any()
