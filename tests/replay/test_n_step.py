import gymnasium
import numpy as np
import pytest

import recollect
from recollect.errors import DataError, OptionError
from recollect.replay.n_step import NStep
from recollect.replay.stored import StoredReplay
from recollect.testing import register_toys
from recollect.testing.comparison import difference, through_checkpoint


def step(time, rew, terminated=None, truncated=None, episode=None):
    """One step of some lanes; obs tells lane, episode and time."""
    lanes = len(rew)
    where = [np.arange(lanes), np.zeros(lanes) if episode is None else episode, np.broadcast_to(time, lanes)]
    obs = np.stack(where, 1).astype(np.float32)
    return {
        "obs": obs, "act": np.arange(lanes), "rew": np.array(rew, np.float32), "obs_next": obs + np.float32([0, 0, 1]),
        "terminated": np.array(terminated if terminated else [False] * lanes),
        "truncated": np.array(truncated if truncated else [False] * lanes),
    }  # fmt: skip


def joined(part, *rows):
    """(lane, episode, start, end, rew, terminated) of what each step gives."""
    found = []
    for batch in rows:
        given = part.join(batch)
        columns = ("obs", "obs_next", "rew", "terminated")
        pairs = zip(*(given[field] for field in columns), strict=True) if given else ()
        found.append([(int(o[0]), int(o[1]), int(o[2]), int(n[2]), float(r), bool(t)) for o, n, r, t in pairs])
    return found


def test_returns_by_hand():
    """gamma 0.5, rewards 1, 2, 4, 8: 1 + 1 + 1 = 3, then 2 + 2 + 2 = 6."""
    part = NStep(3, 0.5)
    found = joined(part, *(step(t, [r]) for t, r in enumerate([1, 2, 4, 8])))
    assert found == [[], [], [(0, 0, 0, 3, 3.0, False)], [(0, 0, 1, 4, 6.0, False)]]


def test_where_an_episode_terminates_every_start_has_its_row():
    part = NStep(3, 0.5)
    found = joined(part, step(0, [1]), step(1, [2]), step(2, [4]), step(3, [8], terminated=[True]))
    assert found[3] == [(0, 0, 1, 4, 6.0, True), (0, 0, 2, 4, 8.0, True), (0, 0, 3, 4, 8.0, True)]


def test_where_an_episode_is_truncated_only_full_rows_are_given():
    part = NStep(3, 0.5)
    found = joined(part, step(0, [1]), step(1, [2]), step(2, [4]), step(3, [8], truncated=[True]))
    assert found[3] == [(0, 0, 1, 4, 6.0, False)]


@pytest.mark.parametrize("end", ["terminated", "truncated"])
def test_no_return_crosses_the_end_of_an_episode(end):
    part = NStep(3, 1.0)
    first = [step(0, [1]), step(1, [2], **{end: [True]})]
    found = joined(part, *first, *(step(t, [100], episode=[1]) for t in range(4)))
    short = [(0, 0, 0, 2, 3.0, True), (0, 0, 1, 2, 2.0, True)] if end == "terminated" else []
    assert found == [[], short, [], [], [(0, 1, 0, 3, 300.0, False)], [(0, 1, 1, 4, 300.0, False)]]


def test_lanes_are_apart():
    """Lane 1 starts a new episode after its second step; lane 0 goes on."""
    part = NStep(2, 1.0)
    found = joined(
        part,
        step([0, 0], [1, 10]),
        step([1, 1], [2, 20], terminated=[False, True]),
        step([2, 0], [3, 30], episode=[0, 1]),
        step([3, 1], [4, 40], episode=[0, 1]),
    )
    assert found[1] == [(0, 0, 0, 2, 3.0, False), (1, 0, 0, 2, 30.0, True), (1, 0, 1, 2, 20.0, True)]
    assert found[2] == [(0, 0, 1, 3, 5.0, False)]
    assert found[3] == [(0, 0, 2, 4, 7.0, False), (1, 1, 0, 2, 70.0, False)]


def test_against_a_plain_loop():
    rng, steps, gamma, lanes = np.random.default_rng(0), 4, 0.9, 3
    part, episodes = NStep(steps, gamma), [[[]] for _ in range(lanes)]
    time, episode, found = np.zeros(lanes, int), np.zeros(lanes, int), []
    for _ in range(200):
        rew, ends = rng.normal(size=lanes), rng.random(lanes)
        batch = step(time, rew, list(ends < 0.1), list(ends > 0.9), episode)
        found += joined(part, batch)[0]
        for lane in range(lanes):
            episodes[lane][-1].append((np.float32(rew[lane]), ends[lane] < 0.1))
            time[lane] += 1
            if ends[lane] < 0.1 or ends[lane] > 0.9:
                time[lane], episode[lane] = 0, episode[lane] + 1
                episodes[lane].append([])
    expected = {}
    for lane in range(lanes):
        for number, of in enumerate(episodes[lane]):
            for start in range(len(of)):
                window = of[start : start + steps]
                if len(window) == steps or (of[-1][1] and start + len(window) == len(of)):
                    ret = sum(gamma**k * rew for k, (rew, _) in enumerate(window))
                    expected[lane, number, start] = (start + len(window), ret, window[-1][1])
    assert {row[:3] for row in found} == set(expected)
    assert len(found) == len(expected)
    for lane, number, start, end, ret, terminated in found:
        wanted = expected[lane, number, start]
        assert (end, terminated) == (wanted[0], wanted[2])
        assert ret == pytest.approx(wanted[1], rel=1e-5, abs=1e-6)


def test_a_dict_observation_goes_with_its_leaves():
    rows = step(0, [1])
    rows = {"obs/a": rows.pop("obs"), "obs_next/a": rows.pop("obs_next"), **rows}
    part = NStep(2, 1.0)
    assert part.join(rows) == {}
    given = part.join(rows | {"obs/a": rows["obs_next/a"], "obs_next/a": rows["obs_next/a"] + 1})
    np.testing.assert_array_equal(given["obs/a"], rows["obs/a"])
    np.testing.assert_array_equal(given["obs_next/a"], rows["obs_next/a"] + 1)


def test_rows_may_be_written_on_after_they_were_joined():
    part, first = NStep(2, 1.0), step(0, [5])
    part.join(first)
    first["rew"][:] = 99
    assert part.join(step(1, [1]))["rew"] == 6


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            {"x": np.zeros(2)},
            r"n_step joins transitions \(obs, rew, obs_next, .*\), got rows with x",
        ),
        (step(1, [1, 2, 3]), "it has met 2 of them and their episodes are open, got 3 rows"),
        (step(7, [1, 2]), "lane 0 does not go on: its obs is not the obs_next of the step before"),
    ],
)
def test_rows_that_do_not_go_on_are_refused_and_change_nothing(rows, message):
    memory = StoredReplay(9, n_step=3)
    memory.add(step(0, [1, 2]))
    before = memory.joined.state_dict()
    with pytest.raises(DataError, match=message):
        memory.joined.join(rows)
    assert not difference(before, memory.joined.state_dict())
    memory.add(step(1, [1, 2]))
    memory.add(step(2, [1, 2]))
    assert len(memory) == 2


def test_the_number_of_lanes_may_change_between_episodes():
    part = NStep(2, 1.0)
    joined(part, step(0, [1, 2]), step(1, [1, 2], truncated=[True, True]))
    assert joined(part, step(0, [1] * 3, episode=[1] * 3), step(1, [1] * 3, episode=[1] * 3))[1] == [
        (lane, 1, 0, 2, 2.0, False) for lane in range(3)
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_step": 0}, "n_step must be"),
        ({"n_step": 2.0}, "n_step must be"),
        ({"n_step": 2, "gamma": 1.5}, "gamma must"),
    ],
)
def test_bad_options(options, message):
    with pytest.raises(OptionError, match=message):
        StoredReplay(5, **options)


@pytest.mark.parametrize("name", ["fifo", "reservoir", "prioritized", "ring-by-task"])
def test_it_joins_with_every_strategy(name):
    memory = recollect.make_replay(name, 50, n_step=3, gamma=0.5, seed=1)
    for t in range(10):
        memory.add(step(t, [1, 1]) | {"task": np.array([0, 1])})
    assert len(memory) == memory.offered == 16
    assert set(memory.sample(30)["rew"]) == {1.75}


def test_open_episodes_are_counted_and_come_back_through_a_checkpoint():
    memory, again = StoredReplay(50, n_step=3, seed=1), StoredReplay(50, n_step=3, seed=2)
    for t in range(2):
        memory.add(step(t, [t + 1]))
    assert len(memory) == 0
    assert memory.nbytes == 2 * (12 + 8 + 4 + 12 + 2) + 8  # two steps that wait, and how long the episode is
    again.load_state_dict(through_checkpoint(memory.state_dict()))
    for one in (memory, again):
        one.add(step(2, [3]))
    assert len(memory) == 1
    assert not difference(memory.state_dict(), again.state_dict())


def test_the_steps_of_a_run_are_joined_and_shuffled_ones_refused():
    register_toys()
    options = {"n_step": 3, "gamma": 0.5}
    lived = gymnasium.make("recollect/ToyCorridor-v0")
    agent = recollect.make_agent("toy-random", lived, replay="fifo", capacity=200, replay_options=options)
    recollect.run(lived, agent, num_envs=2, steps_per_task=20, evaluate_episodes=1)
    assert 0 < len(agent.replay) < 2 * 20 * len(lived.unwrapped.tasks)
    logged = gymnasium.make("recollect/ToyLoggedCorridor-v0")
    agent = recollect.make_agent("toy-offline", logged, replay="fifo", capacity=200, replay_options=options)
    with pytest.raises(DataError, match="logged rows come shuffled"):
        recollect.run(logged, agent, steps_per_task=20, evaluate_episodes=1)
