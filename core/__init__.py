"""Navarasa's engine: plain Python that knows nothing of the browser and never imports streamlit."""

import os

# ONNX Runtime reports to its maker unless this is set before it is imported: nothing here reports anything.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
