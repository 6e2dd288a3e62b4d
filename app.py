"""VAE Playground: `python app.py` serves the page."""

from vae_core.launch import serve

if __name__ == "__main__":
    serve()
