"""The toys are named on request, once, and belong to a plugin of their own."""

import subprocess
import sys

from recollect.registry import registry
from recollect.testing import register_toys

ASK = "import recollect; from recollect.registry import registry; print([n for k in ('stream', 'agent', 'replay') {}])"


def test_toys_are_registered_on_request_only():
    listed = ASK.format("for n in registry.names(k) if 'toy' in n.lower()")
    done = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]", done.stderr


def test_registering_twice_does_no_harm():
    register_toys()
    before = registry.names("stream"), registry.names("agent"), registry.names("replay")
    register_toys()
    assert (registry.names("stream"), registry.names("agent"), registry.names("replay")) == before
    assert [name for name in before[1] if name.startswith("toy-")] == [
        "toy-groups", "toy-means", "toy-offline", "toy-q", "toy-query", "toy-random", "toy-retrieval", "toy-text",
    ]  # fmt: skip
    reports = [report for report in registry.plugins() if report.name == "recollect.testing.toys"]
    assert [report.status for report in reports] == ["loaded"]
    assert registry.entry("replay", "toy-nearest").plugin == "recollect.testing.toys"
