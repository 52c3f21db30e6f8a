"""A run is killed without warning, goes on where its last checkpoint was, and ends as if nothing had happened."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import recollect

RUN = """
import sys
import gymnasium as gym
import recollect

stream = gym.make("recollect/SplitDigits-v0")
agent = recollect.make_agent("er", stream, replay="reservoir", capacity=200, seed=0)
recollect.run(stream, agent, passes=8, seed=0, directory=sys.argv[1], checkpoint_seconds=0.2)
"""

with tempfile.TemporaryDirectory() as folder:
    quiet, killed = Path(folder, "quiet"), Path(folder, "killed")
    subprocess.run([sys.executable, "-c", RUN, str(quiet)], check=True)

    process = subprocess.Popen([sys.executable, "-c", RUN, str(killed)])
    while not (killed / "LATEST").exists() and process.poll() is None:
        time.sleep(0.01)
    process.kill()
    process.wait()
    print("killed at", (killed / "LATEST").read_text().strip())

    history = recollect.resume(killed)
    same = (quiet / "history.npz").read_bytes() == (killed / "history.npz").read_bytes()
    print(f"accuracy {recollect.metric('accuracy')(history):.2f}; history equal to the last byte: {same}")
