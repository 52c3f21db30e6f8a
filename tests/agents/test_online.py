import pytest
from control_learners import make, rows_for

import recollect
from recollect.agents.online import check_at_least
from recollect.errors import OptionError


def test_a_memory_holds_every_row_met_and_updates_are_those_owed():
    agent = make("sac", replayed_per_new=4.0)
    for step in range(6):
        agent.learn(rows_for(agent, 3, step))
        assert len(agent.replay) == 3 * (step + 1)
    assert agent.updates == 4  # 9 rows since there were 8, 4 replayed ones each, 8 in an update
    assert agent.debt == pytest.approx(4.0)


def test_warmup_is_no_longer_than_the_memory():
    assert make("sac", capacity=5, warmup=1000).warmup == 5
    assert make("sac", capacity=5, warmup=3).warmup == 3


@pytest.mark.parametrize("options", [{"replay_batch": 0}, {"replayed_per_new": -1.0}, {"warmup": -1}])
def test_options_outside_their_range_are_refused(options):
    with pytest.raises(OptionError, match=f"{next(iter(options))} must be at least"):
        make("sac", **options)


def test_the_first_option_below_is_named():
    check_at_least(1, one=1, two=2.5)
    with pytest.raises(OptionError, match="two must be at least 2, got nan"):
        check_at_least(2, one=2, two=float("nan"))


def test_steps_joined_by_the_memory_are_learnt_in_a_run():
    agent = make("sac", replay_options={"n_step": 3})
    recollect.run("recollect/ToyReach-v0", agent, steps_per_task=[30, 6], evaluate_episodes=1)
    assert agent.updates > 0
    assert len(agent.replay) == 24  # 6 episodes of 6 steps, cut off at the end: 4 starts each


def test_a_run_goes_on_from_a_checkpoint_to_the_last_byte(tmp_path):
    settings = {"steps_per_task": [12, 8], "evaluate_every": 6, "evaluate_episodes": 1}
    whole = recollect.run("recollect/ToyReach-v0", make("sac", "prioritized", replayed_per_new=8.0), **settings)
    agent, stop = make("sac", "prioritized", replayed_per_new=8.0), Stop()
    with pytest.raises(KeyboardInterrupt):
        recollect.run(
            "recollect/ToyReach-v0", agent, directory=tmp_path / "run", checkpoint_seconds=0, plugins=[stop], **settings
        )
    assert recollect.resume(tmp_path / "run") == whole
    assert whole.updates[-1] == 12  # one a step, since there were 8 rows


class Stop:
    """Ends a run in the middle of its second task."""

    def recollect_step_end(self, step):
        if step == 15:
            raise KeyboardInterrupt
