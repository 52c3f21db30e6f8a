"""From whatever a stream is given as to fresh copies of it."""

import gymnasium as gym
import pytest

from recollect.envs.anything import stream_from
from recollect.errors import OptionError, StreamError, UnknownName
from recollect.opening import make_stream, opener, task_stream
from recollect.testing.toy_streams import ToyCorridor
from recollect.testing.toy_vector import ToyCorridorVector
from recollect.testing.toys import register_toys

register_toys()
ID = "recollect/ToyCorridor-v0"


def test_an_id_a_spec_and_a_made_env_open_the_same():
    made = gym.make(ID, num_tasks=3)
    for source, tasks in ((ID, 2), (gym.spec(ID), 2), (made, 3), (made.spec, 3)):
        opened = opener(source)
        one, two = opened.make(), opened.make()
        assert one is not two
        assert one.unwrapped is not made.unwrapped
        assert isinstance(one.unwrapped, ToyCorridor)
        assert len(one.unwrapped.tasks) == tasks
        assert opened.name == ID
        assert opened.make_vector is None
        again = gym.make(gym.envs.registration.EnvSpec.from_json(opened.spec))
        assert len(again.unwrapped.tasks) == tasks


def test_wrappers_are_made_again():
    wrapped = gym.wrappers.FlattenObservation(gym.make(ID))
    copy = opener(wrapped).make()
    assert isinstance(copy, gym.wrappers.FlattenObservation)
    assert copy.observation_space == wrapped.observation_space


def test_a_callable_has_no_spec():
    opened = opener(ToyCorridor)
    assert (opened.name, opened.spec, opened.make_vector) == ("ToyCorridor", None, None)
    assert isinstance(opened.make(), ToyCorridor)


def test_a_native_vector_env_is_offered_unless_wrappers_would_be_lost():
    opened = opener("recollect/ToyCorridorVector-v0")
    vector = opened.make_vector(4)
    assert isinstance(vector.unwrapped, ToyCorridorVector)
    assert vector.num_envs == 4
    wrapped = gym.wrappers.FlattenObservation(gym.make("recollect/ToyCorridorVector-v0"))
    assert opener(wrapped).make_vector is None


def test_an_env_without_a_spec_says_to_pass_a_callable():
    with pytest.raises(StreamError, match=r"ToyCorridor has no spec.*pass a callable"):
        opener(ToyCorridor())


def test_an_unknown_id_says_what_is_near():
    with pytest.raises(UnknownName, match="stream 'recollect/ToyCorridr-v0' does not exist. Did you mean rec"):
        opener("recollect/ToyCorridr-v0")


def test_anything_else_is_refused():
    with pytest.raises(StreamError, match="an env id, an EnvSpec, an env or a callable, got int"):
        opener(3)


def test_an_env_whose_options_are_not_plain_opens_but_has_no_json():
    gym.register("recollect-tests/Callable-v0", lambda **options: ToyCorridor(num_tasks=4))
    try:
        opened = opener("recollect-tests/Callable-v0")
        assert opened.spec is None
        assert len(opened.make().unwrapped.tasks) == 4
    finally:
        del gym.registry["recollect-tests/Callable-v0"]


def test_a_plain_env_is_no_task_stream():
    with pytest.raises(StreamError, match="CartPole-v1 is a Gymnasium env but not a task stream.*stream_from"):
        task_stream(gym.make("CartPole-v1"))
    stream = stream_from([lambda: gym.make("CartPole-v1")])
    assert task_stream(stream) is stream.unwrapped


def test_a_stream_by_name_has_its_options_checked_first():
    assert len(make_stream(ID, {"num_tasks": 3}).unwrapped.tasks) == 3
    assert make_stream(f"recollect.testing.toys:{ID}", {}).spec.id == ID
    with pytest.raises(UnknownName, match="Did you mean num_tasks"):
        make_stream(ID, {"num_task": 3})
    with pytest.raises(OptionError, match="num_tasks of stream .* must be int, got 'three'"):
        make_stream(ID, {"num_tasks": "three"})
    with pytest.raises(UnknownName, match="Did you mean recollect/ToyCorridor-v0"):
        make_stream("recollect/ToyCoridor-v0", {})
    with pytest.raises(OptionError, match="cannot be made: .*nowhere"):
        make_stream(f"nowhere:{ID}", {})
