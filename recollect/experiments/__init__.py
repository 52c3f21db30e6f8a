"""Experiments: from one run to results that can be trusted.

spec         RunSpec: one run as JSON, checked before it runs
experiment   Experiment: arms x streams x seeds, from a YAML file or from Python
grid         runs all of it, on local processes or on Ray; skips what is finished, resumes what is not
results      Results: reads what came of it

experiment = Experiment.read("experiment.yaml")
grid(experiment, "runs/comparison")
Results.read("runs/comparison").table("accuracy")
"""
