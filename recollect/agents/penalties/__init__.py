"""Penalties: additional losses and gradient projections, parts of any agent."""

recollect_api = 1


def recollect_register(registry):
    """Names the penalties."""
    package = "recollect.agents.penalties"
    registry.penalty("l2", f"{package}.l2:L2", "keep near the weights of the last task's end")
    registry.penalty("ewc", f"{package}.ewc:EWC", "keep by the Fisher information of each old task")
    registry.penalty("online-ewc", f"{package}.online_ewc:OnlineEWC", "ewc with one decaying Fisher information")
    registry.penalty("si", f"{package}.si:SI", "keep what lowered the losses on the path of learning")
    registry.penalty("mas", f"{package}.mas:MAS", "keep what the outputs depend on")
    registry.penalty("lwf", f"{package}.lwf:LwF", "distil the network of the last task's end on new rows")
    registry.penalty("a-gem", f"{package}.a_gem:AGEM", "turn the gradient off the memory's loss, on average")
    registry.penalty("gem", f"{package}.gem:GEM", "turn the gradient off every old task's loss")
    registry.penalty("l2-init", f"{package}.l2_init:L2Init", "keep near the initial weights, for plasticity")
    registry.penalty(
        "shrink-and-perturb", f"{package}.shrink_and_perturb:ShrinkAndPerturb", "shrink weights, add noise at new data"
    )
    registry.penalty("redo", f"{package}.redo:ReDo", "renew dormant units")
    registry.penalty(
        "continual-backprop",
        f"{package}.continual_backprop:ContinualBackprop",
        "renew the least useful units, few a step",
    )
