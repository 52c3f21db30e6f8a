import gymnasium as gym

import recollect

stream = gym.make("recollect/SplitDigits-v0")
for name in ("none", "fifo", "reservoir"):
    agent = recollect.make_agent("er", stream, replay=name, capacity=200, seed=0)
    history = recollect.run(stream, agent, seed=0)
    accuracy, forgetting = (recollect.metric(metric)(history) for metric in ("accuracy", "forgetting"))
    print(f"{name:>12}  accuracy {accuracy:.2f}  forgetting {forgetting:.2f}")
