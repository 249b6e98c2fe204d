"""What cells are made of: activations, inputs, matrix products, aligned memory, and the cache of kernels."""
