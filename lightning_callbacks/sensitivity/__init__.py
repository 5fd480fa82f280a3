"""How much a model changes when its parts are pruned, narrowed, quantised or shared."""
