"""The models: a file a kind, its network and its loss together."""
