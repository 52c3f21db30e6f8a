"""Named checks, expected failures, and what is reported."""

import pytest

from recollect.errors import OptionError, UnknownName
from recollect.testing import Check, CheckResult, checks_for, run_checks
from recollect.testing.checks import check_expected, run_check
from recollect.testing.toy_replays import ToyNearest


class Weightless(ToyNearest):
    nbytes = 0


def results(**expected):
    return {one.check: one for one in run_checks("replay", Weightless, expected_failures=expected)}


def test_checks_have_names_and_can_be_called():
    checks = {check.name: check for check in checks_for("replay", Weightless)}
    assert list(checks)[:2] == ["can_be_loaded", "capacity_is_checked"]
    checks["starts_empty"]()
    with pytest.raises(AssertionError, match="nbytes is 0 with rows in memory"):
        checks["bytes_are_counted"]()


def test_a_failure_is_a_result_with_its_sentence():
    found = results()["bytes_are_counted"]
    assert found == CheckResult(
        "replay", "Weightless", "bytes_are_counted", "failed", "nbytes is 0 with rows in memory"
    )
    assert not found.ok
    assert str(found) == "failed           replay Weightless bytes_are_counted: nbytes is 0 with rows in memory"


def test_an_expected_failure_is_fine_and_says_why():
    found = results(bytes_are_counted="its rows lie elsewhere")
    assert found["bytes_are_counted"].status == "expected failure"
    assert found["bytes_are_counted"].message == "its rows lie elsewhere"
    assert all(one.ok for one in found.values())


def test_an_expected_failure_that_passes_is_reported():
    found = results(bytes_are_counted="its rows lie elsewhere", starts_empty="it never does")["starts_empty"]
    assert found.status == "unexpected pass"
    assert found.message == "expected to fail because: it never does"
    assert not found.ok


def test_expectations_are_checked():
    with pytest.raises(UnknownName, match="check of a replay: 'bytes_counted' does not exist. Did you mean bytes_are"):
        results(bytes_counted="why")
    with pytest.raises(OptionError, match="must say why in a string, got ''"):
        results(bytes_are_counted="")
    assert check_expected("replay", Weightless, None) == {}


def test_whatever_a_check_raises_is_a_finding():
    def wrong():
        raise ZeroDivisionError("no rows")

    found = run_check(Check("divides", wrong), "replay", "mine")
    assert (found.status, found.message) == ("failed", "ZeroDivisionError: no rows")


def test_unknown_kinds_and_names_are_refused():
    with pytest.raises(UnknownName, match="kind 'replays' does not exist. Did you mean replay"):
        list(checks_for("replays", "fifo"))
    with pytest.raises(UnknownName, match="replay 'fifa' does not exist. Did you mean fifo"):
        list(checks_for("replay", "fifa"))
