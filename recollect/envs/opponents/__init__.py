"""Streams in which the task is the opponent.

opponents  a PettingZoo parallel environment seen from one seat, an opponent for each task
policies   who plays the other seats: random, scripted, or a frozen run
tag        a small game for two, with scripted players
"""

from recollect.errors import require

require("pettingzoo", "a stream of opponents", "multiagent")  # before any module of this folder imports it
