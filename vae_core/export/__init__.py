"""A run as files: for the browser, ONNX, CSV, GIF and a PyTorch script."""
