"""Looking inside a model: record and change activations, probes, attention beside the links of a text."""
