"""The report: one self-contained page for a comparison, and the same figures as files for papers (extra `report`).

gathering   what lies in a folder: an experiment, a run, or several runs
panel       the runs of one stream, by arm
curves      scores over time: seeds joined, thinned for drawing
memory      what memories held over time
summary     one number per run: metrics and costs
charts      what is drawn, as plain data for the page
page        the page
paper       PNG and PDF, by matplotlib
"""

from recollect.experiments.report.page import write

__all__ = ["write"]
