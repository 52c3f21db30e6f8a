"""What a hook sees of a run."""

import gymnasium as gym
import pytest

import recollect
from recollect.testing.toys import register_toys

register_toys()


def test_the_view_follows_the_run_and_cannot_be_changed(tmp_path):
    stream = gym.make("recollect/ToyCorridor-v0")
    agent = recollect.make_agent("toy-q", stream, replay="fifo")
    seen = []

    class Observer:
        def recollect_step_end(self, run, step):
            seen.append((run.step, run.rows, run.position, round(run.progress, 3)))
            assert run.step == step

        def recollect_run_end(self, run):
            assert run.agent is agent
            assert run.tasks == ("corridor-0", "corridor-1")
            assert run.num_positions == 2
            assert run.directory == tmp_path / "a"
            assert run.spec["stream_name"] == "recollect/ToyCorridor-v0"
            assert run.seed == 3
            assert run.stream.unwrapped.tasks == run.tasks
            assert len(run.history) == 3
            assert run.progress == 1
            with pytest.raises(AttributeError):
                run.step = 0

    recollect.run(
        stream, agent, num_envs=2, steps_per_task=2, evaluate_episodes=1, seed=3, directory=tmp_path / "a",
        plugins=[Observer()],
    )  # fmt: skip
    assert seen == [(1, 2, 0, 0.25), (2, 4, 0, 0.5), (3, 6, 1, 0.75), (4, 8, 1, 1.0)]


def test_the_exam_is_that_of_the_evaluations():
    stream = gym.make("recollect/SplitDigits-v0", tasks=2)
    agent = recollect.make_agent("er", stream, device="cpu")

    class Examiner:
        def recollect_run_end(self, run):
            rows, owner = run.exam()
            right = agent.predict(rows)["y"] == rows["y"]
            assert [int((owner == task).sum()) for task in (0, 1)] == [30, 30]
            assert run.history.scores["accuracy"][-1].tolist() == [right[owner == task].mean() for task in (0, 1)]

    recollect.run(stream, agent, steps_per_task=20, evaluate_rows=30, seed=3, plugins=[Examiner()])
