"""Streams that are logged for learning and lived for evaluation.

logged         the rows of each task, out of Minari datasets
minari_stream  Minari datasets as tasks, evaluated in the environments that they were recorded in
offline        any lived stream, with logged rows to learn from
"""

from recollect.errors import require

require("minari", "a stream of Minari datasets", "offline")  # before any module of this folder imports it
