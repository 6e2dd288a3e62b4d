"""What the page fetches beside Gradio."""
