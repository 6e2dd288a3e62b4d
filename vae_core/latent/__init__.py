"""Work in the latent space: encode, decode, sample, interpolate, project."""
