import numpy as np
import pytest

from recollect.agents.penalties.task_rows import TaskRows
from recollect.errors import OptionError
from recollect.testing.comparison import difference, through_checkpoint


def numbered(start, stop):
    return {"x": np.arange(start, stop, dtype=np.float32)[:, None], "y": np.arange(start, stop)}


def test_logged_rows_are_drawn_from_the_log_and_nothing_is_kept():
    rows, data = TaskRows(4, seed=1), numbered(0, 10)
    rows.begin(data)
    rows.meet(numbered(90, 95))
    assert rows.rows == {}
    drawn = rows.draw(data)
    assert len(set(drawn["y"].tolist())) == 4
    assert set(drawn["y"]) < set(range(10))
    assert drawn["y"].tolist() == sorted(drawn["y"])
    assert (drawn["x"][:, 0] == drawn["y"]).all()


def test_all_logged_rows_where_they_are_few():
    rows, data = TaskRows(20), numbered(0, 10)
    rows.begin(data)
    assert rows.draw(data)["y"].tolist() == list(range(10))


def test_lived_rows_come_from_what_was_met_in_the_task():
    rows = TaskRows(5)
    rows.begin(None)
    rows.meet(numbered(0, 3))
    rows.begin(None)
    rows.meet(numbered(10, 12))
    rows.meet({})
    rows.meet(numbered(12, 14))
    assert rows.draw(None)["y"].tolist() == [10, 11, 12, 13]


def test_the_same_new_rows_count_once():
    rows, new = TaskRows(5), numbered(0, 2)
    rows.begin(None)
    rows.meet(new)
    rows.meet(new)
    assert rows.met == 2


def test_the_reservoir_is_uniform_however_rows_are_split():
    counts = {batch: np.zeros(12) for batch in (1, 5)}
    for batch, count in counts.items():
        rows = TaskRows(4, seed=0)
        for _ in range(1500):
            rows.begin(None)
            for start in range(0, 12, batch):
                rows.meet(numbered(start, min(start + batch, 12)))
            count[rows.draw(None)["y"]] += 1
        assert count.sum() == 1500 * 4
        expected = 1500 * 4 / 12
        assert ((count - expected) ** 2 / expected).sum() < 31.3  # chi-square, 11 degrees of freedom, p = 0.001


def test_resume_goes_on_to_the_bit():
    rows, again = TaskRows(4, seed=3), TaskRows(4, seed=99)
    rows.begin(None)
    rows.meet(numbered(0, 7))
    again.load_state_dict(through_checkpoint(rows.state_dict()))
    for one in (rows, again):
        one.meet(numbered(7, 30))
    assert difference(rows.state_dict(), again.state_dict()) == ""
    assert difference(rows.draw(None), again.draw(None)) == ""


@pytest.mark.parametrize("samples", [0, 1.5, True])
def test_a_wrong_number_of_samples_is_refused(samples):
    with pytest.raises(OptionError, match="samples must be a whole number"):
        TaskRows(samples)
