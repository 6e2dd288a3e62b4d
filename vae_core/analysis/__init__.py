"""What a trained model shows of itself: its latent map, dimensions, hierarchy, UMAP, novelty."""
