"""UER: a heuristic bias addressing approach for online continual learning.

Lin, Feng, Zhang, Qiao, Li & Ye, ACM Multimedia 2023, arXiv 2309.04081.

A logit is a product of norms and an angle, `w_c . h = |w_c| |h| cos(w_c, h)`. Learnt online, a softmax over such logits
leans to the classes of the running task, and mainly by its angles. So new rows are learnt through the angle alone, by
cosine logits, and replayed rows, those of the running task among them, through both, by dot products of the same
weights. Norms, which only replay then changes, carry what old classes need. All else is experience replay.

What is here: `uer`, with every combination of {new, replayed rows, predictions} x {dot, cosine}; `cosine-er`, which is
cosines everywhere; the claims. The observer `bias` and the option `head` of classifiers are the library's.

What differs from the paper, of which only the abstract and code of the same authors for its siblings (PCR, ER-FSL) were
at hand: gamma, eps, the absent bias, the weights 1 : 1 of both losses and prediction by dot products are reconstructed,
and options. The second, augmented view of every batch in the code of its siblings is left out, as we do not know that
UER has it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recollect.registry import Registry

recollect_api = 1


def recollect_register(registry: "Registry") -> None:
    """Names the agents and the claims."""
    package = "recollect.plugins.uer"
    registry.agent(
        "uer", f"{package}.agent:UER", "er: new rows by cosines, replayed ones by dot products", replay="reservoir"
    )
    registry.agent("cosine-er", f"{package}.agent:CosineER", "er with cosine logits throughout", replay="reservoir")
    for name, claim, summary in (
        ("norms-remember", "NORMS_REMEMBER", "of the same weights dot products predict, cosines collapse"),
        ("forgets-less", "FORGETS_LESS", "uer forgets less than er"),
        ("angles-lean", "ANGLES_LEAN", "angles of er lean to the running task"),
        ("angles-lean-unreplayed", "ANGLES_LEAN_UNREPLAYED", "so do those of finetuning"),
        ("angles-lean-in-uer", "ANGLES_LEAN_IN_UER", "and those of uer"),
        ("norms-compensate", "NORMS_COMPENSATE", "whose norms lean to old classes"),
        ("fewer-taken-for-new", "FEWER_TAKEN_FOR_NEW", "fewer old test rows are taken for new classes than with er"),
        ("accuracy-20", "ACCURACY_20", "uer ends more accurate than er, 20 rows remembered"),
        ("accuracy-50", "ACCURACY_50", "likewise, 50 rows"),
        ("accuracy-100", "ACCURACY_100", "likewise, 100 rows"),
        ("accuracy-200", "ACCURACY_200", "likewise, 200 rows"),
        ("accuracy-cosine", "ACCURACY_COSINE", "and more accurate than with cosines throughout"),
        ("accuracy-reversed", "ACCURACY_REVERSED", "and than with the two exchanged"),
        ("accuracy-cifar100", "ACCURACY_CIFAR100", "uer ends more accurate than er and cosine-er on CIFAR-100"),
    ):
        registry.claim(f"uer/{name}", f"{package}.claim:{claim}", summary)
