"""Navarasa's engine: plain Python that knows nothing of the browser and never imports streamlit."""
