"""Ways out: a trained model as a file for other programs, one format a file."""

# The module for each ending of a name. It has exported(model, vocabulary) -> bytes, and is imported when asked for.
# Options of the command that only some formats take are further parameters, with a default.
FORMATS = {".onnx": "onnx", ".safetensors": "safetensors", ".npz": "npz"}
