"""What every task stream keeps to."""

import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np
from gymnasium.envs.registration import EnvSpec
from gymnasium.utils.env_checker import check_env

from recollect.compose import check_stream
from recollect.core import TaskStream
from recollect.errors import OptionError, UnknownName
from recollect.rows import Rows, num_rows, stack
from recollect.schema import TRANSITION, missing
from recollect.testing.comparison import difference, frozen, shares_memory
from recollect.testing.guess import Guess

INFO = {"task", "boundary", "score", "goal"}
REMARKS = (  # of gymnasium's check_env, on spaces that are as they should be; whole sentences
    "A Box observation space minimum value is -infinity. This is probably too low.",
    "A Box observation space maximum value is infinity. This is probably too high.",
    "A Box action space minimum value is -infinity. This is probably too low.",
    "A Box action space maximum value is infinity. This is probably too high.",
    "For Box action spaces, we recommend using a symmetric and normalized space (range=[-1, 1] or [0, 1]). "
    "See https://stable-baselines3.readthedocs.io/en/master/guide/rl_tips.html for more information.",
)
LONG = 200  # env steps, after which a check no longer waits for an episode to end


@dataclass(frozen=True)
class StreamSubject:
    """A task stream to check.

    Attributes:
        construct: makes it, with options.
        spec_id: its id, if it is registered.
    """

    construct: Callable[..., gymnasium.Env]
    spec_id: str = ""

    def make(self, **options: Any) -> gymnasium.Env:
        """The stream; Gymnasium's own passive checks are left to `check_gymnasium_accepts_it`."""
        return self.construct(**options)


def walk(env: gymnasium.Env, steps: int, seed: int, options: dict[str, Any] | None = None) -> Iterator[tuple]:
    """(obs, act, rew, obs_next, terminated, truncated, info, info at reset or None) of seeded random play.

    The episode is started with `seed` and `options`; further episodes without either.
    """
    env.action_space.seed(seed)
    obs, start = env.reset(seed=seed, options=options)
    for _ in range(steps):
        act = env.action_space.sample()
        obs_next, rew, terminated, truncated, info = env.step(act)
        yield obs, act, rew, obs_next, terminated, truncated, info, start
        obs, start = obs_next, None
        if terminated or truncated:
            obs, start = env.reset()


def check_declares_itself(subject: StreamSubject) -> None:
    """Schema, tasks, scores, horizon and batch axes are such as `make_agent` and `run` rely on."""
    env = subject.make()
    check_stream(env)
    inner = env.unwrapped
    assert inner.horizon is None or inner.horizon >= 1, f"horizon is {inner.horizon}"
    assert inner.batched == (inner.schema.name in ("SAMPLE", "QUERY", "TEXT")), "SAMPLE, QUERY and TEXT are batched"
    if env.spec is not None:
        agree = env.spec.nondeterministic is not inner.deterministic
        assert agree, "deterministic=False goes with gymnasium's nondeterministic=True, at registration"


def check_gymnasium_accepts_it(subject: StreamSubject) -> None:
    """Gymnasium's check_env passes without a remark, but for those on unbounded or unsymmetric Boxes."""
    env = subject.make()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        check_env(env.unwrapped, skip_render_check=True)
    remarks = [str(one.message) for one in caught]
    other = [remark for remark in remarks if not any(known in remark for known in REMARKS)]
    assert not other, f"check_env remarks: {other[0]}"


def check_info_keys_are_the_same(subject: StreamSubject) -> None:
    """`info` has the same keys from reset and step, among them task, boundary, score and goal."""
    env = subject.make()
    _, first = env.reset(seed=0)
    assert first.keys() >= INFO, f"info lacks {sorted(INFO - first.keys())}: return self.info(...)"
    for *_, info, start in walk(env, 6, seed=0):
        for later in (info, start or info):
            found = sorted(first.keys() ^ later.keys())
            assert not found, f"info has other keys from reset and step: {found}"


def check_nothing_is_handed_out_twice(subject: StreamSubject) -> None:
    """No two calls give arrays that share memory: what was given is the caller's."""
    given: list[Any] = []
    for obs, *_, obs_next, _, _, info, start in walk(subject.make(), 5, seed=0):
        given += [(obs, start)] if start is not None else []
        given.append((obs_next, info))
    for i, later in enumerate(given):
        shared = any(shares_memory(later, earlier) for earlier in given[:i])
        assert not shared, "two calls of reset or step gave the same memory: copy observations and infos"


def check_spec_round_trip(subject: StreamSubject) -> None:
    """EnvSpec goes to JSON and back, and makes the same stream."""
    env = subject.make()
    again = gymnasium.make(EnvSpec.from_json(env.spec.to_json()))
    assert again.unwrapped.tasks == env.unwrapped.tasks, "the stream made from JSON has other tasks"
    same = (again.observation_space, again.action_space) == (env.observation_space, env.action_space)
    assert same, "the stream made from JSON has other spaces"


def check_commanded_tasks_stay(subject: StreamSubject) -> None:
    """`reset(options={"task": k})` is kept by later resets; unknown options and tasks are refused."""
    env = subject.make()
    last = len(env.unwrapped.tasks) - 1
    _, info = env.reset(seed=0, options={"task": last, "split": "train"})
    assert info["task"] == last, f"commanded task {last}, info says {info['task']}: call self.choose(options)"
    *_, info = env.step(env.action_space.sample())
    assert info["task"] == last, f"step's info says task {info['task']} in task {last}"
    _, info = env.reset()
    assert info["task"] == last, "a reset without options left the commanded task"
    for wrong, error in (({"taks": 0}, UnknownName), ({"task": last + 1}, OptionError), ({"drift": 2.0}, OptionError)):
        try:
            env.reset(options=wrong)
        except error:
            continue
        raise AssertionError(f"reset(options={wrong}) must raise {error.__name__}: call self.choose(options)")


def check_boundaries_truncate(subject: StreamSubject) -> None:
    """On its own schedule the last step of a task is truncated, with info["boundary"]; the next reset switches."""
    env, ended = subject.make(steps_per_task=2), []
    for *_, terminated, truncated, info, _ in walk(env, LONG, seed=0):
        if info["boundary"]:
            assert truncated or terminated, "a boundary must truncate the episode"
            ended.append(info["task"])
        if len(ended) == len(env.unwrapped.tasks):
            break
    expected = list(range(len(env.unwrapped.tasks)))
    assert ended == expected, f"with steps_per_task=2 tasks {ended} ended, expected {expected}: use self.count()"


def check_record_is_pure(subject: StreamSubject) -> None:
    """`record` gives the fields of the schema, one row per step, as copies, and changes nothing."""
    env = subject.make()
    inner: TaskStream = env.unwrapped
    for obs, act, rew, obs_next, terminated, truncated, info, _ in walk(env, 3, seed=0):
        step: tuple = (obs, act, rew, obs_next, terminated, truncated, info)
        if not inner.batched:
            step = (*(stack([value]) for value in step[:-1]), {key: np.asarray([value]) for key, value in info.items()})
        before = frozen(step)
        rows = inner.record(*step)
        found = difference(before, step, "input")
        assert not found, f"record changed its input: {found}"
        assert not shares_memory(rows, step), "record must copy"
        assert not difference(rows, inner.record(*step)), "record gave other rows for the same step"
        _check_fields(inner, rows, "record")
        assert inner.batched or num_rows(rows) == 1, f"record made {num_rows(rows)} rows of one step"


def _check_fields(inner: TaskStream, rows: Rows, what: str) -> None:
    wanted = inner.schema.fields if inner.schema.unit == "step" else TRANSITION.fields
    lacking = missing(wanted, rows)
    assert not lacking, f"{what} lacks {lacking}, which {inner.schema.name} has"


def check_data_serves_the_schema(subject: StreamSubject) -> None:
    """Logged rows have the schema's fields, at least one row, and the same dtypes and shapes in every task."""
    inner: TaskStream = subject.make().unwrapped
    forms: dict[str, Any] = {}
    for task in range(len(inner.tasks)):
        for split in ("train", "test"):
            rows = inner.data(task, split)
            if rows is None:
                continue
            _check_fields(inner, rows, f"data({task}, {split!r})")
            assert num_rows(rows), f"data({task}, {split!r}) has no rows: None says that there are none"
            form = {field: (values.dtype.str, values.shape[1:]) for field, values in rows.items()}
            first = forms.setdefault("first", form)
            assert form == first, f"data({task}, {split!r}) is {form}, data(0) is {first}"


def check_scores_every_task(subject: StreamSubject) -> None:
    """`score` gives one finite number per task for every score, for any selection of tasks."""
    env = subject.make()
    inner: TaskStream = env.unwrapped
    inner.outermost = env
    tasks = list(range(len(inner.tasks)))
    for chosen in (tasks, tasks[-1:]):
        scores = inner.score(Guess(env), chosen, episodes=1, seed=0)
        for name in inner.scores:
            assert name in scores, f"score gives no {name!r}, which scores declares"
            values = np.asarray(scores[name])
            assert values.shape == (len(chosen),), f"score {name!r} has shape {values.shape}, not ({len(chosen)},)"
            assert np.isfinite(values).all(), f"score {name!r} is {values}"


def check_deterministic_where_it_says_so(subject: StreamSubject) -> None:
    """Task, seed and actions decide an episode, in a fresh stream and in one that has lived."""
    fresh, used = subject.make(), subject.make()
    if not fresh.unwrapped.deterministic:
        return
    for _ in walk(used, 7, seed=1):
        pass
    for task in range(min(len(fresh.unwrapped.tasks), 2)):
        episodes = []
        for env in (fresh, used):
            played = []
            for *step, start in walk(env, LONG, seed=3, options={"task": task}):
                played.append((*frozen(step), start))
                if step[4] or step[5]:
                    break
            episodes.append(played)
        found = difference(*episodes, "steps")
        assert not found, f"the same seed and actions gave another episode of task {task}: {found}"


def check_horizon_is_kept(subject: StreamSubject) -> None:
    """No episode is longer than the horizon that the stream declares."""
    env = subject.make()
    if env.unwrapped.horizon is None:
        return
    length = 0
    for *_, terminated, truncated, _, _ in walk(env, min(4 * env.unwrapped.horizon, LONG), seed=0, options={"task": 0}):
        length = 0 if terminated or truncated else length + 1
        assert length < env.unwrapped.horizon, f"an episode goes on after {length} steps, the horizon"


def check_native_lanes_agree(subject: StreamSubject) -> None:
    """The native vector env resets lanes one by one, and lives what single streams live."""
    if subject.make().spec.vector_entry_point is None:
        return
    lanes = gymnasium.make_vec(subject.spec_id, num_envs=2, vectorization_mode="vector_entry_point")
    autoreset = lanes.metadata["autoreset_mode"]
    assert autoreset is gymnasium.vector.AutoresetMode.DISABLED, f"autoreset_mode must be DISABLED, is {autoreset}"
    singles, task = [subject.make(), subject.make()], np.array([0, len(subject.make().unwrapped.tasks) - 1])
    for mask in (np.array([True, True]), np.array([False, True])):
        options = {"reset_mask": mask, "task": task, "split": "train", "drift": np.zeros(2)}
        obs, info = lanes.reset(seed=[5, 6], options=options)
        for lane in np.flatnonzero(mask):
            alone, its_info = singles[lane].reset(seed=5 + int(lane), options={"task": int(task[lane])})
            assert not difference(alone, obs[lane]), f"lane {lane} starts otherwise than a single stream"
            keys = {key for key in info if not key.startswith("_")}
            assert keys == its_info.keys(), f"infos have other keys: {sorted(keys ^ its_info.keys())}"
        act = lanes.single_action_space.sample()
        obs, rew, terminated, truncated, info = lanes.step(np.stack([act, act]))
        for lane, env in enumerate(singles):
            alone, its_rew, *its_ends, _ = env.step(act)
            ends = [bool(terminated[lane]), bool(truncated[lane])]
            same = not difference(alone, obs[lane]) and its_rew == rew[lane] and its_ends == ends
            assert same, f"lane {lane} lives otherwise than a single stream"


ALWAYS_CHECKED = (
    check_declares_itself, check_gymnasium_accepts_it, check_info_keys_are_the_same, check_nothing_is_handed_out_twice,
    check_commanded_tasks_stay, check_boundaries_truncate, check_record_is_pure, check_data_serves_the_schema,
    check_scores_every_task, check_deterministic_where_it_says_so, check_horizon_is_kept,
)  # fmt: skip
REGISTERED_CHECKS = (check_spec_round_trip, check_native_lanes_agree)
