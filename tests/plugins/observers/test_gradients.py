import json

import numpy as np
import pytest

from recollect.errors import DataError
from recollect.plugins.observers.gradients import Gradients


class View:
    def __init__(self, directory=None, step=0):
        self.directory, self.step = directory, step


def hear(observer, directory, tasks):
    """Each task is a list of (plasticity, stability), one per step; None is a step without norms."""
    observer.recollect_run_start(View(directory))
    step = 0
    for task, steps in enumerate(tasks):
        observer.recollect_task_start(View(directory, step))
        for norms in steps:
            step += 1
            losses = {} if norms is None else dict(zip(("plasticity", "stability"), norms, strict=True))
            observer.recollect_step_end(task=task, step=step, losses={"loss": 1.0} | losses)


TASKS = [[(9.0, 0.0), (8.0, 1.0)], [(4.0, 0.2), (3.0, 0.5), (2.0, 0.4), None], [(2.0, 0.3), (1.0, 0.2)]]


def test_a_line_for_every_step_that_has_norms(tmp_path):
    observer = Gradients()
    hear(observer, tmp_path, TASKS)
    lines = [json.loads(line) for line in (tmp_path / "gradients.jsonl").read_text().splitlines()]
    assert lines == observer.records
    assert [(line["step"], line["task"], line["update"]) for line in lines] == [
        (1, 0, 1), (2, 0, 2), (3, 1, 1), (4, 1, 2), (5, 1, 3), (7, 2, 1), (8, 2, 2),
    ]  # fmt: skip
    assert (lines[3]["plasticity"], lines[3]["stability"]) == (3.0, 0.5)


def test_figures_are_of_the_first_update_after_each_switch(tmp_path):
    hear(Gradients(), tmp_path, TASKS)
    # shares: .2 / 4 and .3 / 2; starts: .2 / .5 and .3 / .3; the first task is no switch
    assert Gradients.figures(tmp_path) == pytest.approx({"stability-share": 0.1, "stability-start": 0.7})


def test_figures_without_a_switch_or_with_an_infinity_are_nan(tmp_path):
    hear(Gradients(), tmp_path, TASKS[:1])
    assert np.isnan(list(Gradients.figures(tmp_path).values())).all()
    other = tmp_path / "other"
    hear(Gradients(), other, [TASKS[0], [(1.0, np.inf)]])
    assert np.isnan(Gradients.figures(other)["stability-share"])


def test_a_resumed_observer_goes_on(tmp_path):
    whole, first = Gradients(), Gradients()
    hear(whole, tmp_path / "whole", TASKS)
    directory = tmp_path / "resumed"
    hear(first, directory, TASKS[:1])
    state = json.loads(json.dumps(first.state_dict()))
    first.recollect_step_end(task=1, step=3, losses={"plasticity": 7.0, "stability": 7.0})  # lost by the kill
    second = Gradients()
    second.load_state_dict(state)
    second.recollect_run_start(View(directory, 2))
    step = 2
    for task, steps in enumerate(TASKS[1:], 1):
        second.recollect_task_start(View(directory, step))
        for norms in steps:
            step += 1
            second.recollect_step_end(
                task=task, step=step, losses=dict(zip(("plasticity", "stability"), norms or (), strict=False))
            )
    assert second.records == whole.records
    assert (directory / "gradients.jsonl").read_bytes() == (tmp_path / "whole/gradients.jsonl").read_bytes()


def test_without_a_folder_nothing_is_written():
    observer = Gradients()
    hear(observer, None, TASKS)
    assert len(observer.records) == 7


@pytest.mark.parametrize("text", [None, "{", '{"update": 2}', '{"update": 1, "plasticity": "x", "stability": 1}'])
def test_a_lost_or_damaged_file_is_one_sentence(tmp_path, text):
    if text is not None:
        (tmp_path / "gradients.jsonl").write_text(text)
    with pytest.raises(DataError, match=r"gradients\.jsonl cannot be read .* observed by 'gradients'"):
        Gradients.figures(tmp_path)
