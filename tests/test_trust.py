import re

import gymnasium as gym
import pytest
from gymnasium.envs.registration import EnvSpec, WrapperSpec

import recollect  # noqa: F401, registers the streams
from recollect.trust import mistrust

CLIP = WrapperSpec("ClipReward", "gymnasium.wrappers.transform_reward:ClipReward", {})


def test_what_is_registered_here_may_be_made():
    assert mistrust(gym.spec("Pendulum-v1")) is None
    assert mistrust(gym.make("Pendulum-v1", g=2.0).spec) is None
    spec = gym.spec("Pendulum-v1")
    assert mistrust(EnvSpec(spec.id, spec.entry_point, additional_wrappers=(CLIP,))) is None


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (EnvSpec("Pendulum-v1", "os:system", kwargs={"command": "true"}), "Pendulum-v1 from os:system"),
        (EnvSpec("Nowhere-v1", gym.spec("Pendulum-v1").entry_point), "Nowhere-v1 from .*not registered so here"),
        (EnvSpec("Pendulum-v1", gym.spec("Pendulum-v1").entry_point, vector_entry_point="os:system"), "not registered"),
        (
            EnvSpec(
                "Pendulum-v1",
                gym.spec("Pendulum-v1").entry_point,
                additional_wrappers=(CLIP, WrapperSpec("S", "os:system", {})),
            ),
            "Pendulum-v1 in the wrapper os:system",
        ),
    ],
)
def test_what_a_file_brings_is_not_made(spec, said):
    assert re.search(said, mistrust(spec))


def opponent(*opponents, **options):
    spec = gym.spec("recollect/Opponents-v0")
    return EnvSpec(spec.id, spec.entry_point, kwargs=spec.kwargs | {"opponents": list(opponents)} | options)


def test_options_name_only_code_that_is_known_here():
    load = {"entry_point": "recollect:load", "kwargs": {"directory": "runs/a"}}
    tag = "recollect.envs.opponents.tag:flee"
    assert mistrust(opponent("random", tag, load, env="pettingzoo.butterfly.pistonball_v6:parallel_env")) is None
    for code in ("os:system", "recollect.folder:checkpoint.shutil.rmtree", "pettingzoo.utils.env:os.system"):
        for one in (code, {"entry_point": code, "kwargs": {"command": "true"}}):
            assert f"recollect/Opponents-v0 with {code}, which is not" in mistrust(opponent("random", one))
        assert f"with {code}" in mistrust(opponent("random", env=code))


def test_what_is_registered_with_an_id_may_be_made_with_it():
    spec = opponent("lab.players:wall")
    assert "lab.players:wall" in mistrust(spec)
    gym.register("lab/Wall-v0", spec.entry_point, kwargs=spec.kwargs)
    assert mistrust(gym.spec("lab/Wall-v0")) is None
    gym.registry.pop("lab/Wall-v0")
