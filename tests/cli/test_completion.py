from recollect.cli import completion
from recollect.registry import registry


def test_names_that_begin_so():
    assert completion.streams("recollect/SplitD") == ["recollect/SplitDigits-v0"]
    assert completion.agents("fi") == ["finetune"]
    assert completion.replays("reservo") == ["reservoir"]
    assert completion.penalties("lw") == ["lwf"]
    assert completion.observers("js") == ["jsonl"]
    assert completion.plugins("recollect.rep") == ["recollect.replay"]


def test_nothing_begins_so():
    assert completion.agents("zzz") == []


def test_anything_is_of_every_kind():
    found = completion.anything("")
    assert {"recollect/SplitDigits-v0", "er", "reservoir", "l2", "accuracy", "console"} <= set(found)
    assert found == sorted(set(found))
    assert completion.anything("") == sorted(
        {name for kind in ("stream", "agent", "replay", "penalty", "metric", "observer", "claim")
         for name in registry.names(kind)}
    )  # fmt: skip
