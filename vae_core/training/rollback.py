"""The last good weights of a model, for a training whose numbers stop being finite."""

from __future__ import annotations

from ..models.autoencoder import Autoencoder


class WeightsBackup:
    """A copy of a model's weights that can be updated and restored."""

    def __init__(self, model: Autoencoder) -> None:
        self._model = model
        self._copy = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def update(self) -> None:
        """Copy the weights as they are, in place: a second copy would double the memory of every worker."""
        for name, value in self._model.state_dict().items():
            self._copy[name].copy_(value)

    def restore(self) -> None:
        """Give the model the copied weights back."""
        self._model.load_state_dict(self._copy)


def has_finite_weights(model: Autoencoder) -> bool:
    """Whether every parameter and buffer of a model is finite."""
    return all(bool(value.isfinite().all()) for value in model.state_dict().values())
