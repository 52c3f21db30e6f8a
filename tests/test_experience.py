"""What a run brings to an agent: rows counted and looked at, one by one."""

import gymnasium as gym
import numpy as np
import pytest
from living import met

import recollect
from recollect.experience import Logged
from recollect.rows import concat, num_rows
from recollect.schedule import Walk

TIME, POSITION = 2, 3  # columns of the corridor's observation; 0 is the task, 1 the drift


@pytest.mark.parametrize("stream", ["recollect/ToyCorridor-v0", "recollect/ToyCorridorVector-v0"])
def test_three_lanes_live_two_tasks_without_a_fake_or_mixed_transition(stream):
    steps, history, _ = met(stream, num_envs=3, steps_per_task=7)
    assert [num_rows(rows) for rows in steps] == [3] * 14
    assert history.rows.tolist() == [0, 21, 42]
    assert history.env_steps.tolist() == [0, 21, 42]
    for number, rows in enumerate(steps, start=1):
        task = 0 if number <= 7 else 1
        assert (rows["task"] == task).all()
        assert (rows["step"] == number).all()
        assert (rows["obs"][:, 0] == task).all()
        assert (rows["obs_next"][:, 0] == task).all()  # no transition from one task into another
        np.testing.assert_array_equal(rows["obs_next"][:, TIME], rows["obs"][:, TIME] + 1)  # the true next observation
        ended = rows["terminated"] | rows["truncated"]
        assert not (rows["terminated"] & rows["truncated"]).any()
        if number in (7, 14):
            assert ended.all()  # every open row is closed, and keeps its true obs_next
        elif number < 14:
            follow = steps[number]["obs"]
            np.testing.assert_array_equal(follow[~ended], rows["obs_next"][~ended])
            assert (follow[ended, TIME] == 0).all()  # an ended lane is reset by itself


def test_lanes_of_copies_and_the_native_vector_env_live_the_same():
    copies, _, _ = met("recollect/ToyCorridor-v0", num_envs=3, steps_per_task=9)
    native, _, _ = met("recollect/ToyCorridorVector-v0", num_envs=3, steps_per_task=9)
    for one, other in zip(copies, native, strict=True):
        assert list(one) == list(other)
        for field, values in one.items():
            np.testing.assert_array_equal(values, other[field], err_msg=field)


def test_lanes_have_their_own_seeds():
    steps, _, _ = met("recollect/ToyCorridor-v0", num_envs=3, steps_per_task=40)
    first = concat(steps)
    starts = first["obs"][first["obs"][:, TIME] == 0]
    assert len(np.unique(starts[:, POSITION])) == 3


def test_own_budget_counts_env_steps_of_any_lane_and_rounds_up_to_whole_steps():
    stream = gym.make("recollect/ToyCorridor-v0", steps_per_task=10)
    steps, history, _ = met(stream, num_envs=3)
    assert [int(rows["task"][0]) for rows in steps] == [0] * 4 + [1] * 4
    assert history.env_steps.tolist() == [0, 12, 24]


def test_what_is_given_to_run_wins_over_the_streams_own_budget_and_schedule():
    stream = gym.make("recollect/ToyCorridor-v0", steps_per_task=10, schedule=[1, 0])
    steps, _, _ = met(stream, steps_per_task=3)
    assert [int(rows["task"][0]) for rows in steps] == [1] * 3 + [0] * 3
    steps, _, _ = met(stream, steps_per_task=[2, 3], schedule="sequential")
    assert [int(rows["task"][0]) for rows in steps] == [0] * 2 + [1] * 3


def test_groups_share_seed_and_options_and_differ_in_the_draws():
    steps, history, _ = met("recollect/ToyGoals-v0", "toy-groups", num_envs=4, steps_per_task=5)
    assert [num_rows(rows) for rows in steps] == [6] * 10
    episodes = concat(steps)
    assert history.rows[-1] == 60
    assert history.env_steps[-1] == episodes["mask"].sum()
    assert episodes["group"].tolist() == sorted(list(range(20)) * 3)
    assert set(episodes) == {
        "obs/elements", "obs/action_mask", "act", "rew", "mask", "ret", "goal", "group", "step", "task",
    }  # fmt: skip
    differing = 0
    for group in range(20):
        mine = episodes["group"] == group
        assert len(np.unique(episodes["goal"][mine])) == 1
        first = episodes["obs/elements"][mine, 0]
        assert (first == first[0]).all()
        differing += len(np.unique(episodes["act"][mine], axis=0)) > 1
    assert differing > 5
    np.testing.assert_array_equal(episodes["goal"] // 3, episodes["task"])
    np.testing.assert_array_equal(episodes["ret"], episodes["rew"].sum(1))
    lengths = episodes["mask"].sum(1)
    assert (np.sort(episodes["mask"], axis=1)[:, ::-1] == episodes["mask"]).all()  # no gap
    success = episodes["ret"] > 0
    assert (lengths[~success] == 4).all()
    assert (episodes["rew"][~episodes["mask"]] == 0).all()


@pytest.mark.parametrize("num_envs", [1, 2, 6, 8])
def test_any_number_of_lanes_lives_all_episodes(num_envs):
    steps, _, _ = met("recollect/ToyGoals-v0", "toy-groups", num_envs=num_envs, steps_per_task=2)
    assert [num_rows(rows) for rows in steps] == [6] * 4
    assert concat(steps)["mask"][:, 0].all()


def test_an_own_budget_of_episodes_counts_their_env_steps():
    stream = gym.make("recollect/ToyGoals-v0", steps_per_task=30)
    steps, history, _ = met(stream, "toy-groups", num_envs=3)
    for task in (0, 1):
        lived = [int(rows["mask"].sum()) for rows in steps if rows["task"][0] == task]
        assert sum(lived[:-1]) < 30 <= sum(lived)
    assert history.env_steps[-1] == sum(int(rows["mask"].sum()) for rows in steps)


def test_a_budget_of_queries_ends_in_mid_batch():
    steps, history, agent = met("recollect/ToyOracle-v0", "toy-query")
    assert [num_rows(rows) for rows in steps] == [4, 4, 2, 4, 4, 2]
    assert history.rows.tolist() == [0, 10, 20]
    assert agent.paid == 20  # nothing is counted twice
    for rows in steps:
        assert rows["x"].shape == (num_rows(rows), 2)
        side = rows["x"][:, int(rows["task"][0])] > 0
        np.testing.assert_array_equal(rows["y"], side)


def test_a_batched_stream_is_told_the_task_of_every_row_of_its_batch():
    made, told = gym.make("recollect/ToyOracle-v0"), []
    agent = recollect.make_agent("toy-query", made)
    act = agent.act
    agent.act = lambda obs, *, task=None, explore=False: (told.append(task.tolist()), act(obs, explore=explore))[1]
    recollect.run(made, agent)
    assert told == [[0] * 4] * 3 + [[1] * 4] * 3


def test_a_stream_that_has_nothing_more_ends_its_task_early():
    steps, _, _ = met("recollect/ToyOracle-v0", "toy-query", steps_per_task=50)
    assert [num_rows(rows) for rows in steps] == [4, 4, 2, 4, 4, 2]


def test_logged_rows_come_once_a_pass_in_another_order_with_a_short_last_batch():
    steps, history, _ = met("recollect/ToyBlobs-v0", "toy-means", passes=2)
    data = gym.make("recollect/ToyBlobs-v0").unwrapped.data(0)
    assert [num_rows(rows) for rows in steps] == [6] * 16  # 24 rows, batches of 6
    passes = [concat(steps[0:4])["x"], concat(steps[4:8])["x"]]
    for one in passes:
        np.testing.assert_array_equal(np.sort(one, axis=0), np.sort(data["x"], axis=0))
    assert (passes[0] != passes[1]).any()
    assert history.env_steps[-1] == 0
    agent = recollect.make_agent("toy-means", gym.make("recollect/ToyBlobs-v0"))
    agent.batch_size, sizes, learn = 10, [], agent.learn
    agent.learn = lambda new: (sizes.append(num_rows(new)), learn(new))[1]
    recollect.run("recollect/ToyBlobs-v0", agent)
    assert sizes == [10, 10, 4] * 2


def test_logged_rows_of_two_tasks_at_most_are_held():
    stream, asked, held = gym.make("recollect/SplitDigits-v0").unwrapped, [], []
    data = stream.data
    stream.data = lambda task, split="train": (asked.append(task), data(task, split))[1]
    logged, walk = Logged(stream, 10, seed=0), Walk({"kind": "cyclic"}, 5, steps_per_task=3)
    while not walk.over:
        while walk.left:
            rows, task = logged.meet(walk)
            assert set(rows["y"]) <= {2 * task, 2 * task + 1}
            held.append(len(logged.data))
        walk.next()
    assert max(held) == 2
    assert asked == [0, 1, 2, 3, 4] * 2
    assert logged.cursors[0] == [0, 60]  # it goes on where it was, though the rows were gathered anew


def test_logged_steps_can_be_counted_instead_of_passes():
    steps, _, _ = met("recollect/ToyBlobs-v0", "toy-means", steps_per_task=5)
    assert len(steps) == 10
    assert [int(rows["task"][0]) for rows in steps] == [0] * 5 + [1] * 5


def test_logged_transitions_are_learned_from_and_played_in_tests():
    steps, history, _ = met("recollect/ToyLoggedCorridor-v0", "toy-offline")
    assert {"obs", "act", "rew", "obs_next", "terminated", "truncated", "step", "task"} == set(steps[0])
    assert history.env_steps[-1] == 0
    assert (history.scores["return"][1] != history.scores["return"][0]).any()  # a clone of task 0 plays otherwise


def test_cyclic_and_shuffled_schedules():
    cyclic = {"kind": "cyclic", "cycles": 3}
    steps, history, _ = met("recollect/ToyCorridor-v0", steps_per_task=2, schedule=cyclic)
    assert [int(rows["task"][0]) for rows in steps] == [0, 0, 1, 1] * 3
    assert history.position.tolist() == [-1, 0, 1, 2, 3, 4, 5]
    stream = gym.make("recollect/ToyCorridor-v0", num_tasks=5)
    steps, _, _ = met(stream, steps_per_task=1, schedule={"kind": "shuffled", "cycles": 2})
    order = [int(rows["task"][0]) for rows in steps]
    assert sorted(order[:5]) == sorted(order[5:]) == [0, 1, 2, 3, 4]
    assert order[:5] != order[5:]


def test_blurred_batches_mix_neighbours_around_the_boundary_only():
    steps, _, _ = met(
        "recollect/ToyBlobs-v0", "toy-means", steps_per_task=200, schedule={"kind": "blurred", "width": 0.5}
    )
    tasks = np.array([rows["task"][0] for rows in steps])
    assert (tasks[:150] == 0).all()  # the mixture starts a quarter before the boundary
    assert (tasks[250:] == 1).all()
    assert 5 < (tasks[150:200] == 1).sum() < 25  # a quarter of them in the mean
    assert 5 < (tasks[200:250] == 0).sum() < 25
    for rows in steps:
        assert len(np.unique(rows["y"] // 2)) == 1  # a batch is of one task


def test_blurred_episodes_mix_neighbours_and_none_holds_two_tasks():
    steps, _, _ = met(
        "recollect/ToyCorridor-v0", steps_per_task=200, schedule={"kind": "blurred", "width": 1.0}, num_envs=2
    )
    rows = concat(steps)
    np.testing.assert_array_equal(rows["obs"][:, 0], rows["task"])
    np.testing.assert_array_equal(rows["obs_next"][:, 0], rows["task"])
    assert 0 < (rows["task"][:400] == 1).sum() < 200


def test_drifting_episodes_lie_further_and_further_towards_the_next_task():
    steps, _, _ = met("recollect/ToyCorridor-v0", steps_per_task=60, schedule="drifting")
    drift = np.array([rows["obs"][0, 1] for rows in steps])
    assert drift[0] == 0
    assert (np.diff(drift[:60]) >= 0).all()
    assert 0.7 < drift[:60].max() < 1
    assert (drift[60:] == 0).all()  # the last task has no next one
