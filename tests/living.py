"""What tests of lived and logged experience share."""

import gymnasium as gym

import recollect
from recollect.testing.toys import register_toys

register_toys()


def met(stream, agent="toy-random", replay=None, capacity=100, **settings):
    """The rows of every step, in order, and the history."""
    made = gym.make(stream) if isinstance(stream, str) else stream
    agent = recollect.make_agent(agent, made, replay=replay, capacity=capacity, seed=3)
    if not hasattr(agent, "met"):
        agent.met, learn = [], agent.learn
        agent.learn = lambda new: (agent.met.append({k: v.copy() for k, v in new.items()}), learn(new))[1]
    history = recollect.run(made, agent, seed=5, **settings)
    return agent.met, history, agent


def corridor(**hyper):
    return recollect.make_agent("toy-q", gym.make("recollect/ToyCorridor-v0"), replay="fifo", capacity=50, **hyper)


def short(stream="recollect/ToyCorridor-v0", agent=None, **settings):
    settings = {"steps_per_task": 10, "evaluate_episodes": 1} | settings
    return recollect.run(stream, agent or corridor(), **settings)
