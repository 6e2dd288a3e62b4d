"""What each kind of model can do. Settings, checks, exports and the form ask here and never compare a kind's name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, overload

TABLE_OF_KINDS = "vae_core.training.variants"  # the module that declares every kind when it is imported


@dataclass(frozen=True)
class Capabilities:
    """What a kind of model can do: the first ten say it of the model's class, the others of the way it is trained."""

    is_network: bool  # a network trained by gradient steps, not a fit in closed form
    is_probabilistic: bool  # the code is a distribution q(z | x) with a KL
    has_standard_prior: bool  # the prior is N(0, I)
    is_conditional: bool  # encoder and decoder take the class as a second input
    needs_classes: bool  # needs a data set with two classes or more
    finds_clusters: bool  # has clusters in the latent space
    has_classifier: bool  # predicts the class from the code
    has_upper_level: bool  # has a second level of latent variables
    allows_density: bool  # codes are points to which a density can be fitted after the training
    scales_means: bool  # posterior means can be scaled, and contrasted with those of altered images
    weighs_kl: bool  # minimizes the KL with the weight β
    minimizes_elbo: bool  # minimizes the weighted negative ELBO of the images themselves
    targets_capacity: bool  # holds the KL at a capacity
    has_penalty: bool  # adds a term with the weight `penalty`
    penalizes_activations: bool  # and the term is on the activations of the code
    penalizes_jacobian: bool  # and the term is on the encoder's derivatives
    corrupts: bool  # corrupts images before they are encoded
    pretrains: bool  # has a phase of pretraining
    pretrains_layers: bool  # can pretrain the layers one after the other


class Kind(Protocol):
    """A kind of model that can say what it can do."""

    @property
    def capabilities(self) -> Capabilities:
        """What this kind can do."""


class Kinds(Mapping[str, Capabilities]):
    """Every kind's capabilities by its name, a live view of the table that declared them.

    The table is declared far above this module, beside the models. It is imported at the first question, so that
    `ModelConfig(kind="vae")` needs no other import first.
    """

    def __init__(self) -> None:
        self._table: Mapping[str, Kind] | None = None

    def declare(self, table: Mapping[str, Kind]) -> None:
        """Take `table` as the list of all kinds; later changes to it count."""
        self._table = table

    def __getitem__(self, name: str) -> Capabilities:
        return self._declared()[name].capabilities

    def __iter__(self) -> Iterator[str]:
        return iter(self._declared())

    def __len__(self) -> int:
        return len(self._declared())

    def _declared(self) -> Mapping[str, Kind]:
        if self._table is None:
            import_module(TABLE_OF_KINDS)
        assert self._table is not None, f"{TABLE_OF_KINDS} declares no kinds"
        return self._table


KINDS = Kinds()


class KindNames(Sequence[str]):
    """The names of all kinds in the order of their table, read anew each time."""

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        return tuple(KINDS)[index]

    def __len__(self) -> int:
        return len(KINDS)
