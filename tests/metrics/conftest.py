import pytest

from recollect.history import History


@pytest.fixture
def history_of():
    """Builds a history from (task, ended, scores of all tasks) per evaluation; step n is evaluation n."""

    def build(evaluations, direction="max", start=0):
        names = "abcdef"[: len(evaluations[0][2])] if evaluations else "ab"
        history = History(tuple(names), {"quality": direction})
        for step, (task, ended, scores) in enumerate(evaluations, start):
            counters = dict.fromkeys(("rows", "env_steps", "updates"), step)
            position = -1 if task < 0 else int(history.ended.sum())
            history.append({"quality": scores}, step=step, position=position, task=task, ended=ended, **counters)
        return history

    return build


@pytest.fixture
def errors_of(history_of):
    """The same run scored by errors instead: 1 - score, of which smaller is better."""

    def build(evaluations):
        return history_of([(task, ended, [1 - s for s in scores]) for task, ended, scores in evaluations], "min")

    return build


@pytest.fixture
def boundaries():
    """Three tasks in their order, evaluated at their ends."""
    return [
        (-1, False, [0.10, 0.15, 0.10]),
        (0, True, [0.70, 0.20, 0.40]),
        (1, True, [0.90, 0.80, 0.20]),
        (2, True, [0.60, 0.50, 0.90]),
    ]


@pytest.fixture
def every_step():
    """Two tasks of three steps, evaluated after each: task 0 falls to .2 while it is learned, and to .3 afterwards."""
    return [
        (-1, False, [0.5, 0.5]),
        (0, False, [0.6, 0.5]),
        (0, False, [0.2, 0.5]),
        (0, True, [0.9, 0.4]),
        (1, False, [0.3, 0.6]),
        (1, False, [0.5, 0.7]),
        (1, True, [0.8, 0.7]),
    ]


@pytest.fixture
def cyclic():
    """Two tasks, each trained twice."""
    return [
        (-1, False, [0.1, 0.1]),
        (0, True, [0.9, 0.3]),
        (1, True, [0.4, 0.8]),
        (0, True, [0.7, 0.5]),
        (1, True, [0.6, 0.9]),
    ]


@pytest.fixture
def single():
    """One task."""
    return [(-1, False, [0.1]), (0, False, [0.5]), (0, True, [0.75])]


@pytest.fixture
def random_run():
    """Draws a run: any order of at least two tasks, with repeats; each position has 0 to 4 evaluations and its end."""

    def draw(rng, tasks):
        run = [(-1, False, rng.random(tasks))]
        for task in [*rng.permutation(tasks)[:2], *rng.integers(tasks, size=rng.integers(0, 6))]:
            run += [(int(task), False, rng.random(tasks)) for _ in range(rng.integers(0, 5))]
            run.append((int(task), True, rng.random(tasks)))
        return run

    return draw


@pytest.fixture
def sequential_run():
    """Draws a run over all tasks in their order, with 3 evaluations and the end of each."""

    def draw(rng, tasks):
        run = [(-1, False, rng.random(tasks))]
        for task in range(tasks):
            run += [(task, step == 3, rng.random(tasks)) for step in range(4)]
        return run

    return draw
