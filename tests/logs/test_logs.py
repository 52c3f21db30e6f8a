import importlib

import pytest

from recollect.errors import MissingExtra


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("recollect.logs", "needs minari: pip install 'recollect.offline.'"),
        ("recollect.envs.offline", "needs minari: pip install 'recollect.offline.'"),
        ("recollect.envs.opponents", "needs pettingzoo: pip install 'recollect.multiagent.'"),
    ],
)
def test_a_missing_extra_is_named(package, command, monkeypatch):
    module = importlib.import_module(package)
    monkeypatch.setattr("recollect.errors.find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=command):
        importlib.reload(module)
