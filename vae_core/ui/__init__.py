"""The page. Nothing outside this package imports gradio."""
