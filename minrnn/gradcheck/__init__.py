"""The proof: every gradient against the complex step of a naive forward pass."""
