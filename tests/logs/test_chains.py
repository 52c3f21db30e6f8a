import numpy as np

from recollect.logs.chains import chains


def walk(start, steps, ends=True, task=0, first_step=0):
    """Rows of one lane whose observation counts up by one from `start`."""
    obs = np.arange(start, start + steps, dtype=np.float32)[:, None]
    truncated = np.zeros(steps, bool)
    truncated[-1] = ends
    return {
        "obs": obs, "obs_next": obs + 1, "terminated": np.zeros(steps, bool), "truncated": truncated,
        "task": np.full(steps, task), "step": np.arange(first_step, first_step + steps),
    }  # fmt: skip


def joined(*parts, order=None, drop=()):
    rows = {field: np.concatenate([part[field] for part in parts]) for field in parts[0] if field not in drop}
    return rows if order is None else {field: values[order] for field, values in rows.items()}


def lists(rows):
    return [chain.tolist() for chain in chains(rows)]


def test_neighbours_are_joined_up_to_an_end():
    assert lists(joined(walk(0, 3), walk(0, 2), drop=("step",))) == [[0, 1, 2], [3, 4]]


def test_terminated_ends_too():
    rows = walk(0, 4)
    rows["terminated"][1] = True
    assert lists(rows) == [[0, 1], [2, 3]]


def test_two_lanes_are_told_apart():
    rows = joined(walk(0, 3), walk(10, 3), order=[0, 3, 1, 4, 2, 5])
    assert lists(rows) == [[0, 2, 4], [1, 3, 5]]


def test_lanes_that_see_the_same_are_each_whole():
    rows = joined(walk(0, 3), walk(0, 3), walk(0, 3), order=[0, 3, 6, 1, 4, 7, 2, 5, 8])
    assert sorted(map(len, lists(rows))) == [3, 3, 3]
    assert sorted(np.concatenate(chains(rows))) == list(range(9))


def test_a_ring_that_has_come_round_is_put_in_order():
    assert lists({field: np.roll(values, 2, axis=0) for field, values in walk(5, 4).items()}) == [[2, 3, 0, 1]]


def test_a_row_that_was_forgotten_parts_an_episode():
    rows = {field: np.delete(values, 2, axis=0) for field, values in walk(0, 5).items()}
    assert lists(rows) == [[0, 1], [2, 3]]


def test_tasks_and_steps_must_agree():
    assert lists(joined(walk(0, 2, ends=False), walk(2, 2, task=1, first_step=2))) == [[0, 1], [2, 3]]
    assert lists(joined(walk(0, 2, ends=False), walk(2, 2, first_step=7))) == [[0, 1], [2, 3]]
    assert lists(joined(walk(0, 2, ends=False), walk(2, 2, first_step=2))) == [[0, 1, 2, 3]]


def test_every_leaf_counts():
    rows = walk(0, 4)
    dicts = {field: values for field, values in rows.items() if not field.startswith("obs")}
    for leaf, flip in (("a", 0), ("b", 1)):
        dicts[f"obs/{leaf}"], dicts[f"obs_next/{leaf}"] = rows["obs"].copy(), rows["obs_next"].copy()
        dicts[f"obs_next/{leaf}"][1] += flip  # only b breaks
    assert lists(dicts) == [[0, 1], [2, 3]]
