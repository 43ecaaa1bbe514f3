"""The chat page: `app` is Gradio's side of it, everything else is plain functions that a test can call."""
