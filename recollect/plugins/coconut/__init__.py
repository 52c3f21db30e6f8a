"""COCONUT: continual contrastive spoken language understanding.

Cappellazzo, Fini, Yang, Falavigna, Brutti & Raj, Findings of ACL 2024, arXiv 2310.02699.

From speech a network writes "intent SEPARATOR transcript", and intents come in tasks. To experience replay with a small
memory two contrastive losses on the encoder are added: NSPT draws rehearsed clips towards what the network of the last
task made of clips of their intent (positives from the teacher), away from what the present network makes of all others
(negatives from the student, as the teacher never heard the new intents); MM draws new clips and their transcripts
together. Distillation of the decoder (S-KD) goes beside both.

What is here: `coconut`, with NTPT, S-KD, T-KD and audio-KD as options, over the streams of speech; the memory is
`herding` (rule="barycentre") or `balanced` with filled="task-end".

What differs from the paper: the network is small and starts from nothing, where the paper's encoder is wav2vec 2.0;
words are tokens, not byte pairs. The paper's text was not at hand: the weights and the temperature of 0.1, the form of
MM and the denominators are recalled, and options. No claim of the paper is checked here yet.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recollect.registry import Registry

recollect_api = 1


def recollect_register(registry: "Registry") -> None:
    """Names the agent."""
    registry.agent(
        "coconut",
        "recollect.plugins.coconut.agent:Coconut",
        "sequence-er and two contrastive losses, against a teacher and a transcript",
        replay="herding",
    )
