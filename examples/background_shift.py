"""What does it cost to believe that remembered background is background?"""

import gymnasium as gym

import recollect

small = {"optimiser": "adam", "lr": 3e-3, "later_lr": 1e-3, "power": 0.0, "augment": False, "passes": 2}
for background in (True, False):
    stream = gym.make("recollect/Scenes-v0", train=200, test=40)
    agent = recollect.make_agent(
        "seg-der++", stream, capacity=30, replay_options={"filled": "task-end"}, background=background, seed=0, **small
    )
    history = recollect.run(stream, agent, passes=2, seed=0)
    scores = {score: recollect.metric("last-task")(history, score=score) for score in ("miou", "old", "new")}
    print(f"background counts: {background!s:>5} ", *(f"{name} {value:.2f}" for name, value in scores.items()))
