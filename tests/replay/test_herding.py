import numpy as np
import pytest

from recollect.errors import DataError, OptionError
from recollect.replay.herding import STEPS, Herding, barycentre, greedy
from recollect.testing.comparison import difference, through_checkpoint

# Six points of the plane with mean (1, 1). Greedy, by hand, || mu - mean of the chosen ||^2:
#   k = 1: (1, 2) is 1 away, (2, 0) 2, (0, 0) 2, (3, 1) 4, (0, 4) 10, (0, -1) 5     -> (1, 2)
#   k = 2: the best partner is nearest to 2 mu - (1, 2) = (1, 0): (2, 0) and (0, 0) are 1 away -> the first, (2, 0)
#   k = 3: nearest to 3 mu - (3, 2) = (0, 1): (0, 0) is 1 away                       -> (0, 0)
#   k = 4: nearest to 4 mu - (3, 2) = (1, 2): (3, 1) and (0, 4) are 5 away           -> the first, (3, 1)
#   k = 5: nearest to 5 mu - (6, 3) = (-1, 2): (0, 4) is 5 away, (0, -1) 10         -> (0, 4)
POINTS = np.array([[3, 1], [2, 0], [0, 4], [0, 0], [1, 2], [0, -1]], float)
GREEDY = [4, 1, 3, 0, 2, 5]
# The barycentre rule, w = (1, 1) at first, largest w . x:
#   (3, 1) and (0, 4) give 4         -> the first, (3, 1); w = (1, 1) + (1, 1) - (3, 1) = (-1, 1)
#   (0, 4) gives 4                   -> (0, 4);  w = (-1, 1) + (1, -3) = (0, -2)
#   (0, -1) gives 2                  -> (0, -1); w = (0, -2) + (1, 2) = (1, 0)
#   (3, 1) gives 3, chosen before    -> nothing; w = (1, 0) + (-2, 0) = (-1, 0)
#   (0, 4), (0, 0), (0, -1) give 0   -> (0, 4) again; w = (-1, 0) + (1, -3) = (0, -3)
#   (0, -1) gives 3                  -> again;   w = (0, -3) + (1, 2) = (1, -1)
#   (3, 1) and (2, 0) give 2         -> (3, 1) again; w = (1, -1) + (-2, 0) = (-1, -1)
#   (0, -1) gives 1                  -> again;   w = (-1, -1) + (1, 2) = (0, 1)
#   (0, 4) gives 4                   -> again;   w = (0, 1) + (1, -3) = (1, -2)
#   (2, 0) and (0, -1) give 2        -> (2, 0)
BARYCENTRE = [0, 2, 5, 1]


def test_greedy_by_hand():
    assert POINTS.mean(0).tolist() == [1, 1]
    assert greedy(POINTS, 6).tolist() == GREEDY
    for length in range(7):
        assert greedy(POINTS, length).tolist() == GREEDY[:length]


def test_greedy_against_the_rule_as_it_is_written():
    phi = np.random.default_rng(0).normal(size=(60, 5))
    phi /= np.linalg.norm(phi, axis=1, keepdims=True)
    mean, chosen = phi.mean(0), []
    for k in range(1, 21):
        apart = [np.linalg.norm(mean - (x + phi[chosen].sum(0)) / k) for x in phi]
        chosen.append(min((i for i in range(60) if i not in chosen), key=apart.__getitem__))
    assert greedy(phi, 20).tolist() == chosen


def test_barycentre_by_hand():
    assert barycentre(POINTS, 4).tolist() == BARYCENTRE


def test_barycentre_ends_where_it_would_go_round_forever():
    same = np.ones((4, 2))
    assert sorted(barycentre(same, 4)) == [0, 1, 2, 3]
    assert STEPS == 1000


class Agent:
    """Features are x itself; annotates with the sum of x."""

    replay_batch = None

    def embed(self, rows):
        return rows["x"]

    def annotate(self, rows):
        return rows | {"logits": rows["x"].sum(1)}


def bound(capacity, **options):
    memory = Herding(capacity, **options)
    memory.bind(Agent())
    return memory


def ring(count, label, turn=0.0):
    """`count` points on a circle, so that lengths are 1; y is the label."""
    angle = np.random.default_rng([count, label]).random(count) * 1.5 + turn
    x = np.stack([np.cos(angle), np.sin(angle)], 1)
    return {"x": x, "y": np.full(count, label)}


def task_of(*parts):
    return {field: np.concatenate([part[field] for part in parts]) for field in ("x", "y")}


def lists(memory):
    """The exemplars of each class, in order."""
    y, x = memory.store.column("y"), memory.store.column("x")
    return {int(label): x[y == label].tolist() for label in np.unique(y)}


def test_quotas_and_first_parts_after_each_task():
    memory, data = bound(13), [task_of(ring(20, 2 * t, t), ring(30, 2 * t + 1, t)) for t in range(3)]
    best = {}
    for task, sizes in enumerate([[7, 6], [4, 3, 3, 3], [3, 2, 2, 2, 2, 2]]):
        memory.end_task(task, data[task])
        now = lists(memory)
        assert [len(now[label]) for label in sorted(now)] == sizes
        for label, rows in best.items():
            assert now[label] == rows[: len(now[label])]  # shrinking keeps the first
        best |= now
    for label in range(6):
        part = ring(20 if label % 2 == 0 else 30, label, label // 2)["x"]
        order = greedy(part / np.linalg.norm(part, axis=1, keepdims=True), 7)
        assert best[label] == part[order[: len(best[label])]].tolist()


def test_features_are_divided_by_their_length():
    memory, x = bound(1), np.array([[10.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    memory.end_task(0, {"x": x, "y": np.zeros(3, int)})
    assert lists(memory)[0] == [[0.6, 0.8]]  # of the raw features [10, 0] would outweigh all


def test_a_class_that_comes_again_is_chosen_anew_from_old_and_new():
    memory, first, second = bound(4), ring(20, 0), ring(20, 0, turn=3.0)
    memory.end_task(0, first)
    old = np.array(lists(memory)[0])
    memory.end_task(1, second)
    pool = np.concatenate([old, second["x"]])
    assert lists(memory)[0] == pool[greedy(pool / np.linalg.norm(pool, axis=1, keepdims=True), 4)].tolist()


def test_rows_have_what_the_agent_would_have_met():
    memory = bound(6)
    met = ring(5, 3) | {"logits": np.zeros(5), "step": np.full(5, 17), "task": np.full(5, 2)}
    memory.add(met)
    assert len(memory) == 0  # nothing before the end of the task
    memory.end_task(2, ring(20, 3))
    rows = memory.sample(6)
    assert sorted(rows) == ["index", "logits", "step", "task", "x", "y"]
    assert set(rows["step"]) == {17}
    assert set(rows["task"]) == {2}
    np.testing.assert_allclose(rows["logits"], rows["x"].sum(1))
    assert rows["index"].tolist() == memory.store.records["index"][memory.find(rows["index"])].tolist()


def test_indices_of_before_a_task_end_are_old():
    memory = bound(6)
    memory.end_task(0, ring(20, 0))
    old = memory.sample(6)["index"]
    memory.end_task(1, ring(20, 1))
    assert (memory.find(old) == -1).all()


def test_a_memory_that_shrinks_forgets_priorities():
    memory = bound(10, draw="proportional")
    memory.end_task(0, task_of(ring(20, 0), ring(20, 1)))
    memory.end_task(1, ring(1, 2))  # quotas 4, 3, 3: of class 2 there is one row
    assert len(memory) == 8
    assert memory.draw.tree.total == pytest.approx(8 * (1 + 1e-6) ** 0.6)
    assert len(memory.sample(100)["y"]) == 100


def test_fewer_slots_than_classes():
    memory = bound(2)
    memory.end_task(0, task_of(*(ring(5, label) for label in range(4))))
    assert {label: len(rows) for label, rows in lists(memory).items()} == {0: 1, 1: 1}


def test_a_task_without_rows_is_refused():
    with pytest.raises(DataError, match="a herding memory is filled from the logged rows of each task"):
        bound(5).end_task(0, None)


def test_rules_are_checked():
    with pytest.raises(OptionError, match="rule must be 'greedy' or 'barycentre', got 'best'"):
        Herding(5, rule="best")


def test_the_state_comes_back_through_a_checkpoint():
    memory, again = bound(7, rule="barycentre", seed=1), bound(7, rule="barycentre", seed=2)
    memory.end_task(0, task_of(ring(20, 0), ring(30, 1)))
    again.load_state_dict(through_checkpoint(memory.state_dict()))
    for one in (memory, again):
        one.end_task(1, ring(20, 2, turn=1.0))
    assert not difference(memory.state_dict(), again.state_dict())
    assert not difference(memory.sample(5), again.sample(5))
    assert memory.nbytes == 7 * (16 + 8 + 8 + 8 + 8 + 8)  # x, y, logits, task, step, index
