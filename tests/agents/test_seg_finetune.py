import recollect
from recollect.agents.seg_finetune import SegFinetune


def test_it_takes_no_memory():
    assert SegFinetune.memory == "none"
    assert recollect.registry.registry.resolve("agent", "seg-finetune") is SegFinetune
