"""Small autoencoders to train, explore and compare. The page is one user of this package; a script is another."""
