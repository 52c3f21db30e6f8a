"""The kit for pytest, in one line of a test file.

test_my_idea = parametrize_checks("replay", "my-idea")
"""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from recollect.testing.checks import check_expected, checks_for


def parametrize_checks(
    kind: str, target: str | type | Callable[..., Any], *, expected_failures: Mapping[str, str] | None = None
) -> Callable[..., None]:
    """A test function that runs every check of one thing, each as a test of its own.

    Args:
        kind: stream, agent, replay, penalty, metric, observer or claim.
        target: its registered name, or the thing itself.
        expected_failures: check name -> why it is expected to fail; one that passes fails the test.

    Raises:
        UnknownName: for a kind, a name or an expected failure that does not exist.
        OptionError: for an expected failure without a reason.
    """
    expected = check_expected(kind, target, expected_failures)
    parameters = []
    for check in checks_for(kind, target):
        reason = expected.get(check.name)
        marks = [pytest.mark.xfail(reason=reason, strict=True)] if reason else []
        parameters.append(pytest.param(check, id=check.name, marks=marks))

    @pytest.mark.parametrize("check", parameters)
    def test_conformance(check: Callable[[], None]) -> None:
        check()

    return test_conformance
