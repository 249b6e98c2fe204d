"""Ways out: a trained model as a file for other programs, one format a file."""

# The module for each ending of a name. It has exported(model, vocabulary, ...) -> bytes,
# which may take options of the command by their names; it is imported when asked for.
FORMATS = {".onnx": "onnx", ".safetensors": "safetensors", ".npz": "npz", ".html": "html"}
