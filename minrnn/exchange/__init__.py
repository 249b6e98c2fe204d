"""Files of weights that other programs write and read, and the names that weights have there.

The readers take the bytes of a file from anywhere: they run nothing that is in it, check every size before
they use it, and raise ValueError with a reason. Their memory stays within a small multiple of the file.
"""
