"""Experiments: from one run to results that can be trusted.

spec         RunSpec: one run as JSON, checked before it runs
plan         what a YAML file says: streams x arms x sweeps x seeds
experiment   Experiment: its cells, and its folder
grid         runs all of it; skips what is finished, goes on with what is not
local        on processes of this machine (worker: one of them; work: one run)
cluster      on Ray
results      Results: what came of it
table        a row for every arm
tuning       options chosen on seeds of their own

experiment = Experiment.read("experiment.yaml")
grid(experiment, "runs/comparison")
Results.read("runs/comparison").table("accuracy")
"""
