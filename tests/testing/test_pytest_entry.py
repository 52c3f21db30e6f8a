"""The one line for a test file, used as users do, and in pytest's own sandbox."""

import pytest

from recollect.errors import UnknownName
from recollect.testing.pytest_entry import parametrize_checks
from recollect.testing.replay_checks import REPLAY_CHECKS
from recollect.testing.toy_replays import ToyNearest

pytest_plugins = ["pytester"]

test_toy_nearest = parametrize_checks("replay", ToyNearest)

TEST_FILE = """
from recollect.testing.pytest_entry import parametrize_checks
from recollect.testing.toy_replays import ToyNearest

class Weightless(ToyNearest):
    nbytes = 0

test_found = parametrize_checks("replay", Weightless)
test_expected = parametrize_checks("replay", Weightless, expected_failures={"bytes_are_counted": "elsewhere"})
test_outdated = parametrize_checks("replay", ToyNearest, expected_failures={"starts_empty": "once"})
"""


def test_failures_expected_failures_and_unexpected_passes(pytester):
    pytester.makepyfile(TEST_FILE)
    outcome = pytester.runpytest_inprocess("-q", "-p", "no:cacheprovider")
    checks = 1 + len(REPLAY_CHECKS)  # can_be_loaded is the first
    outcome.assert_outcomes(passed=3 * checks - 3, failed=2, xfailed=1)
    outcome.stdout.fnmatch_lines(["*FAILED*::test_found?bytes_are_counted?*", "*FAILED*::test_outdated?starts_empty?*"])


def test_unknown_names_are_refused_when_the_file_is_read():
    with pytest.raises(UnknownName, match="replay 'my-idea' does not exist"):
        parametrize_checks("replay", "my-idea")
    with pytest.raises(UnknownName, match="check of a replay: 'starts_emty'"):
        parametrize_checks("replay", ToyNearest, expected_failures={"starts_emty": "why"})
