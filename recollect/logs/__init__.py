"""Logs: rows as Minari datasets, and Minari datasets as rows.

reading   a local dataset, its rows and the task of each of its episodes
chains    which transitions follow one another, so that loose rows become episodes again
writing   rows as a dataset that `minari.load_dataset` reads in any process
playing   episodes of a stream, lived in by a policy, as rows
policies  which policies: random play, and a trained agent with noise

The extra `offline` brings Minari; jax, which Minari's own DataCollector needs, is not needed here.
"""

from recollect.errors import require

require("minari", "a Minari dataset", "offline")  # before any module of this folder imports it
require("h5py", "a Minari dataset", "offline")
