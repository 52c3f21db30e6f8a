"""Everything is found by name: what fits a stream, how parts are composed, and what a wrong name answers."""

import gymnasium as gym

import recollect

stream = gym.make("recollect/SplitDigits-v0")

# Each part has its own options; a penalty is a part of any agent, as a replay strategy is.
agent = recollect.make_agent(
    "er", stream, replay="reservoir", capacity=100, replay_options={"replace": True}, penalty="l2", seed=0
)
history = recollect.run(stream, agent, steps_per_task=20, seed=0)
print("made from names and options:", agent.spec)
print("memory:", len(agent.replay), "rows,", agent.replay.nbytes, "bytes")

for name in ("accuracy", "forgetting", "aaa"):
    print(f"{name:>12} {recollect.metric(name)(history):.2f}")

try:
    recollect.make_agent("er", stream, replay="reservoire")
except recollect.RecollectError as error:  # the root of all that Recollect raises on purpose
    print("a mistake says:", error)
