import numpy as np
import pytest

from recollect.agents.penalties.gem import GEM, dual
from recollect.errors import OptionError


def turned(line, memory, rows, new, penalty, task):
    agent = line(penalty, memory, weights=(1.0, 2.0))
    memory.add(rows)
    penalty.begin_task(task, None)
    agent.row_losses(new).mean().backward()
    penalty.project(new, {})
    return agent.network.weight.grad[0].tolist()


def test_with_one_old_task_the_answer_is_known(line, points, everything):
    new = points([[1, 1]], [0])  # g = (3, 3)
    old = points([[0, 1]], [3], task=[0])  # G = (0, -1): v* = 3 / 1.001, above the margin
    grad = turned(line, everything(), old, new, GEM(), task=1)
    assert grad == pytest.approx([3.0, 3 - 3 / 1.001], abs=1e-6)
    mild = points([[0, 1]], [2.1], task=[0])  # G = (0, -0.1): v* = 0.3 / (0.01 + 0.001) = 27.27
    assert turned(line, everything(), mild, new, GEM(), task=1) == pytest.approx([3.0, 3 - 0.1 * 0.3 / 0.011], rel=1e-3)


def test_the_margin_is_a_lower_bound_of_every_multiplier(line, points, everything):
    new = points([[1, 1]], [0])  # g = (3, 3)
    old = points([[0, 1], [1, 0]], [3, 0], task=[0, 1])  # G = (0, -1) and (1, 0), which does not object
    grad = turned(line, everything(), old, new, GEM(margin=0.5), task=2)
    assert grad == pytest.approx([3 + 0.5, 3 - 3 / 1.001], abs=1e-6)
    assert turned(line, everything(), old, new, GEM(margin=0.0), task=2) == pytest.approx(
        [3.0, 3 - 3 / 1.001], abs=1e-6
    )
    steep = turned(line, everything(), old, new, GEM(margin=5.0), task=2)
    assert steep == pytest.approx([3 + 5, 3 - 5])


def test_where_no_task_objects_the_gradient_stays_to_the_bit(line, points, everything):
    old = points([[0, 1], [1, 0]], [1, 0], task=[0, 1])
    assert turned(line, everything(), old, points([[1, 1]], [0]), GEM(), task=2) == [3.0, 3.0]


def test_a_tasks_gradient_is_the_mean_over_all_its_rows_and_the_running_task_does_not_count(line, points, everything):
    old = points([[0, 2], [0, 2], [0, 1]], [0, 12, 99], task=[0, 0, 1])  # (0, 8) and (0, -16): mean (0, -4)
    grad = turned(line, everything(), old, points([[1, 1]], [0]), GEM(margin=0.0), task=1)
    assert grad == pytest.approx([3.0, 3 - 4 * 12 / 16.001], abs=1e-6)


def test_the_dual_is_the_minimum():
    rng = np.random.default_rng(0)
    for _ in range(20):
        references, gradient = rng.normal(size=(4, 6)), rng.normal(size=6)
        gram, products = references @ references.T, references @ gradient
        found = dual(gram, products, 0.5)
        assert (found >= 0.5).all()
        slope = (gram + 1e-3 * np.eye(4)) @ found + products  # Karush-Kuhn-Tucker
        assert (slope > -1e-7).all()
        assert np.abs(slope * (found - 0.5)).max() < 1e-6
        free = dual(gram, products, 0.0)
        assert (references @ (gradient + references.T @ free) >= -1e-3 * free.max() - 1e-6).all()  # but for the ridge


def test_tasks_must_be_known():
    assert GEM.needs_tasks
    assert GEM().nbytes == 0  # the memory is the agent's


@pytest.mark.parametrize("margin", [-0.1, np.inf])
def test_a_wrong_margin_is_refused(margin):
    with pytest.raises(OptionError, match="margin must be a finite number"):
        GEM(margin=margin)
