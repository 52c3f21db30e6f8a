"""SAC on HalfCheetah-v5: env steps per second of CPU time, ours beside tianshou's own trainer and stable-baselines3's.

    python benchmarks/sac.py --rounds 3 --steps 400

Networks of 256 x 256, batches of 256, one update per env step, one torch thread. Contenders take turns, each round in
a process of its own; every figure is process CPU time of `steps` env steps after `--warmup` uniform ones and 50 more,
so that neither imports, compilation nor first allocations count. The last lines say where our time goes, and what the
matrix products of one update take alone. Needs the extras mujoco and sb3.
"""

import argparse
import statistics
import subprocess
import sys
import time

import gymnasium as gym
import numpy as np
import torch

ENV, HIDDEN, BATCH, SETTLE = "HalfCheetah-v5", (256, 256), 256, 50


def timed(begin, steps, learn):
    """Env steps per second of CPU: `learn(n)` lives n steps."""
    learn(begin)
    learn(SETTLE)
    start = time.process_time()
    learn(steps)
    return steps / (time.process_time() - start)


def ours(warmup, steps, profile=False):
    import recollect
    from recollect.experience import Experience
    from recollect.opening import opener
    from recollect.schedule import Walk

    stream = recollect.stream_from([ENV], steps_per_task=10**9)
    agent = recollect.make_agent("sac", stream, replay="fifo", capacity=10**6, warmup=warmup, device="cpu")
    experience = Experience(opener(stream), stream, agent, Walk("sequential", 1, 10**9))

    def learn(count):
        for _ in range(count):
            agent.learn(next(experience))

    if not profile:
        return timed(warmup, steps, learn)
    return split(agent, learn, warmup, steps)


def split(agent, learn, warmup, steps):
    """Microseconds of CPU per env step, by part."""
    spent = {}

    def clock(owner, name, part):
        call = getattr(owner, name)

        def timed_call(*arguments, **options):
            start = time.process_time()
            try:
                return call(*arguments, **options)
            finally:
                spent[part] = spent.get(part, 0.0) + time.process_time() - start

        setattr(owner, name, timed_call)

    learn(warmup + SETTLE)
    for owner, name, part in (
        (agent, "act", "act"),
        (agent.replay, "add", "add"),
        (agent.replay, "sample", "sample"),
        (agent, "update", "update"),
        (agent, "batch", "  of it: rows to tensors"),
        (agent.algorithm, "returns", "  of it: targets"),
        (agent.algorithm, "_update_lagged_network_weights", "  of it: averaging"),
    ):
        clock(owner, name, part)
    start = time.process_time()
    learn(steps)
    spent["all"] = time.process_time() - start
    return {part: 1e6 * seconds / steps for part, seconds in spent.items()}


def tianshous(warmup, steps):
    import tianshou as ts
    from tianshou.algorithm.modelfree.sac import AutoAlpha, SACPolicy
    from tianshou.algorithm.optim import AdamOptimizerFactory
    from tianshou.trainer import OffPolicyTrainerParams
    from tianshou.utils.net.common import Net
    from tianshou.utils.net.continuous import ContinuousActorProbabilistic, ContinuousCritic

    env = gym.make(ENV)
    obs, act = env.observation_space.shape, env.action_space.shape
    actor = ContinuousActorProbabilistic(
        preprocess_net=Net(state_shape=obs, hidden_sizes=HIDDEN),
        action_shape=act,
        unbounded=True,
        conditioned_sigma=True,
    )
    critics = [
        ContinuousCritic(preprocess_net=Net(state_shape=obs, action_shape=act, hidden_sizes=HIDDEN, concat=True))
        for _ in range(2)
    ]
    rate = AdamOptimizerFactory(lr=3e-4)
    algorithm = ts.algorithm.SAC(
        policy=SACPolicy(actor=actor, action_space=env.action_space), policy_optim=rate, critic=critics[0],
        critic_optim=rate, critic2=critics[1], critic2_optim=rate, alpha=AutoAlpha(-float(act[0]), 0.0, rate),
    )  # fmt: skip
    collector = ts.data.Collector(algorithm, env, ts.data.VectorReplayBuffer(10**6, 1), exploration_noise=True)
    collector.reset()
    collector.collect(n_step=warmup, random=True)

    def learn(count):
        params = OffPolicyTrainerParams(
            training_collector=collector, test_collector=None, max_epochs=1, epoch_num_steps=count,
            collection_step_num_env_steps=1, update_step_num_gradient_steps_per_sample=1.0, batch_size=BATCH,
            show_progress=False, verbose=False, test_in_training=False,
        )  # fmt: skip
        algorithm.run_training(params)

    return timed(SETTLE, steps, learn)


def sb3s(warmup, steps):
    from stable_baselines3 import SAC

    model = SAC(
        "MlpPolicy", ENV, learning_starts=warmup, batch_size=BATCH, train_freq=1, gradient_steps=1, device="cpu"
    )
    return timed(warmup, steps, lambda count: model.learn(count, reset_num_timesteps=False, log_interval=None))


def products(repeats=50):
    """Microseconds of the matrix products of one update: forward and backward of two critics and the actor."""
    wide, act, state = 256, 6, 17
    critic, actor = [(state + act, wide), (wide, wide), (wide, 1)], [(state, wide), (wide, wide), (wide, 2 * act)]
    # passes over each network: forward; backward by the weights, by the inputs of later layers, by those of the first
    plan = [(actor, 2, 1, 1, 0), (critic, 6, 2, 4, 2)]  # 2 critics: targets, own step, the actor's step through them
    shapes = []
    for layers, forward, by_weight, by_later, by_first in plan:
        for number, (before, after) in enumerate(layers):
            shapes += [(BATCH, before, after)] * forward + [(before, BATCH, after)] * by_weight
            shapes += [(BATCH, after, before)] * (by_later if number else by_first)
    pairs = [(torch.randn(n, k), torch.randn(k, m)) for n, k, m in shapes]
    for left, right in pairs:
        left @ right
    start = time.process_time()
    for _ in range(repeats):
        for left, right in pairs:
            left @ right
    return 1e6 * (time.process_time() - start) / repeats


CONTENDERS = {"ours": ours, "tianshou": tianshous, "stable-baselines3": sb3s}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--warmup", type=int, default=1000)
    parser.add_argument("--one", choices=[*CONTENDERS, "split"])
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.one == "split":
        for part, micros in ours(options.warmup, options.steps, profile=True).items():
            print(f"{part:>26} {micros:9.0f} us")
        print(f"{'matrix products alone':>26} {products():9.0f} us")
        return
    if options.one:
        print(CONTENDERS[options.one](options.warmup, options.steps))
        return
    found = {name: [] for name in CONTENDERS}
    settings = ["--steps", str(options.steps), "--warmup", str(options.warmup)]
    for _ in range(options.rounds):
        for name, rates in found.items():
            command = [sys.executable, __file__, "--one", name, *settings]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            rates.append(float(done.stdout.split()[-1]))
            print(f"{name:>18} {rates[-1]:7.1f} env steps/s of CPU", flush=True)
    for name, rates in found.items():
        ratio = statistics.median(np.array(found["ours"]) / np.array(rates))
        print(f"{name:>18} median {statistics.median(rates):7.1f}   ours is {ratio:.2f} x as fast (median of pairs)")
    subprocess.run([sys.executable, __file__, "--one", "split", *settings], check=True)


if __name__ == "__main__":
    main()
