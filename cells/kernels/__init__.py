"""What cells are made of: activations, inputs, matrix products, memory, and the cache of what is compiled."""
