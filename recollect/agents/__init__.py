"""Learners that several papers share."""

recollect_api = 1


def recollect_register(registry):
    """Names the agents; each with the replay it has by default."""
    registry.agent(
        "er", "recollect.agents.er:ER", "experience replay: new rows and remembered ones", replay="reservoir"
    )
    registry.agent(
        "er-ace", "recollect.agents.er_ace:ERACE", "er whose new rows leave old classes alone", replay="reservoir"
    )
    registry.agent("der", "recollect.agents.der:DER", "er by the logits that rows were met with", replay="reservoir")
    registry.agent(
        "der++", "recollect.agents.der_plus_plus:DERPlusPlus", "der and labels, from two draws", replay="reservoir"
    )
    registry.agent(
        "clear", "recollect.agents.clear:CLEAR", "er that clones the outputs rows were met with", replay="reservoir"
    )
    registry.agent(
        "mer-2019", "recollect.agents.mer_2019:MER2019", "single rows, old and new, and Reptile", replay="reservoir"
    )
    registry.agent("finetune", "recollect.agents.finetune:Finetune", "new rows only: the lower bound", replay="none")
    registry.agent("joint", "recollect.agents.joint:Joint", "all rows met so far: the upper bound", replay="none")
    registry.agent(
        "gdumb",
        "recollect.agents.gdumb:GDumb",
        "trains from scratch on its memory to predict",
        replay="greedy-balancer",
    )
    registry.agent(
        "icarl", "recollect.agents.icarl:ICaRL", "distillation, and the nearest mean of exemplars", replay="herding"
    )
    registry.agent(
        "scr", "recollect.agents.scr:SCR", "contrasts classes; predicts by the nearest class mean", replay="reservoir"
    )
    for name, target, summary, replay in (
        ("seg-finetune", "seg_finetune:SegFinetune", "masks of new pictures only: the lower bound", "none"),
        ("mib", "mib:MiB", "masks; background may be an old class, in labels and in the teacher", "none"),
        ("seg-der++", "seg_der_plus_plus:SegDERPlusPlus", "masks; der++ without the background", "balanced-by-task"),
        ("seg-joint", "seg_joint:SegJoint", "masks of all pictures met so far: the upper bound", "none"),
    ):
        registry.agent(name, f"recollect.agents.{target}", summary, replay=replay)
    for name, target, summary, replay in (
        ("sequence-er", "SequenceER", "er that writes down what it hears", "reservoir"),
        ("sequence-finetune", "SequenceFinetune", "writes down what it hears, new rows only", "none"),
        ("sequence-joint", "SequenceJoint", "writes down what it hears, all rows met so far", "none"),
    ):
        registry.agent(name, f"recollect.agents.speech.rehearsal:{target}", summary, replay=replay)
    control = "recollect.agents"
    registry.agent("dqn", f"{control}.dqn:DQN", "deep Q-learning, discrete actions", replay="fifo")
    registry.agent(
        "discrete-sac", f"{control}.discrete_sac:DiscreteSAC", "soft actor-critic, discrete actions", replay="fifo"
    )
    registry.agent("sac", f"{control}.sac:SAC", "soft actor-critic, continuous actions", replay="fifo")
    registry.agent("td3", f"{control}.td3:TD3", "twin delayed policy gradients, continuous actions", replay="fifo")
    registry.agent("redq", f"{control}.redq:REDQ", "sac with an ensemble, 20 updates a step", replay="fifo")
    registry.agent("td3-bc", f"{control}.td3_bc:TD3BC", "td3 on logged rows, near their actions", replay="none")
    registry.agent("cql", f"{control}.cql:CQL", "sac on logged rows, with conservative values", replay="none")
    registry.agent("iql", f"{control}.iql:IQL", "clones the better actions of logged rows", replay="none")
