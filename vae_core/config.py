"""Every setting of a run, checked when the configuration is created.

The form, the command line and checkpoints read the dataclasses of this file. The rule of a field parses its value
and says which values are allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any, TypeVar

from .i18n.message import Message
from .kinds import KINDS, Capabilities, KindNames
from .rules import Choice, DatasetName, Range, Rule, SettingError, Widths, check

Shape = tuple[int, int, int]  # an image's channels, height and width
Value = TypeVar("Value")


def setting(
    default: Value,
    rule: Rule,
    when: str | tuple[str, ...] = (),
    where: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Value:
    """A dataclass field with its default and its rule.

    It matters for kinds of models with all capabilities in `when`, while each setting in `where` has one of its
    values.
    """
    capabilities = (when,) if isinstance(when, str) else when
    return field(default=default, metadata={"rule": rule, "when": capabilities, "where": where})


@dataclass(frozen=True)
class _Checked:
    """A group of settings that checks each of them when it is made."""

    def __post_init__(self) -> None:
        for spec in fields(self):
            object.__setattr__(self, spec.name, check(spec.name, spec.metadata["rule"], getattr(self, spec.name)))


@dataclass(frozen=True)
class DatasetConfig(_Checked):
    """The data set and the maximum number of training images; held-out images are never trained on."""

    dataset: str = setting(
        "mnist",
        DatasetName(
            (
                "mnist",
                "fashion",
                "digits",
                "shapes",
                "shapes64",
                "pendulum",
                "kmnist",
                "emnist",
                "cifar10",
                "svhn",
                "celeba",
            )
        ),
    )
    train_size: int = setting(10_000, Range(100, 60_000, whole=True))


@dataclass(frozen=True)
class PictureConfig(_Checked):
    """How uploaded pictures become a data set's images: squares of `size` pixels, cropped or padded."""

    size: str = setting("28", Choice(("28", "32", "64")))
    colors: str = setting("grey", Choice(("grey", "color")))
    fit: str = setting("crop", Choice(("crop", "pad")))

    @property
    def shape(self) -> Shape:
        """An image's channels, height and width."""
        return 1 if self.colors == "grey" else 3, int(self.size), int(self.size)


@dataclass(frozen=True)
class ModelConfig(_Checked):
    """The kind of model, its network and its likelihood."""

    kind: str = setting("vae", Choice(KindNames()))
    latent_dim: int = setting(2, Range(2, 1024, whole=True))
    network: str = setting("mlp", Choice(("mlp", "conv")), when="is_network")
    hidden: tuple[int, ...] = setting((256, 64), Widths(), when="is_network")
    activation: str = setting("silu", Choice(("relu", "silu", "tanh")), when="is_network")
    dropout: float = setting(0.0, Range(0.0, 0.9), when="is_network")
    decoder: str = setting(
        "mirror", Choice(("mirror", "inverse-lipschitz")), when="is_probabilistic", where={"network": ("mlp",)}
    )
    slope: float = setting(0.5, Range(0.01, 10.0), where={"decoder": ("inverse-lipschitz",)})
    likelihood: str = setting(
        "bernoulli", Choice(("bernoulli", "gaussian", "gaussian-learned", "continuous-bernoulli")), when="is_network"
    )
    sigma: float = setting(0.2, Range(0.01, 1.0), where={"likelihood": ("gaussian",)})
    start: str = setting(
        "mean",
        Choice(("mean", "random")),
        when="is_network",
        where={"network": ("mlp",), "likelihood": ("bernoulli", "gaussian", "gaussian-learned")},
    )
    components: int = setting(10, Range(1, 100, whole=True), when="finds_clusters")
    density: str = setting("none", Choice(("none", "gaussian", "mixture")), when="allows_density")
    top_dim: int = setting(2, Range(1, 64, whole=True), when="has_upper_level")
    mean_scale: float = setting(0.0, Range(0.0, 10.0), when=("scales_means", "minimizes_elbo"))

    @property
    def capabilities(self) -> Capabilities:
        """What this kind of model can do."""
        return KINDS[self.kind]


@dataclass(frozen=True)
class LossConfig(_Checked):
    """The terms of the loss beside the reconstruction. Weights multiply terms in nats per image."""

    beta: float = setting(1.0, Range(0.0, 100.0), when="weighs_kl")
    reconstruction_weight: float = setting(1.0, Range(0.0, 1.0), when="minimizes_elbo")
    beta_schedule: str = setting("constant", Choice(("constant", "warm-up", "cyclical", "automatic")), when="weighs_kl")
    beta_share: float = setting(0.5, Range(0.01, 1.0), where={"beta_schedule": ("warm-up", "cyclical")})
    cycles: int = setting(4, Range(1, 50, whole=True), where={"beta_schedule": ("cyclical",)})
    kl_target: float = setting(20.0, Range(0.1, 200.0), where={"beta_schedule": ("automatic",)})
    free_bits: float = setting(0.0, Range(0.0, 10.0), when="minimizes_elbo")
    contrast: float = setting(0.0, Range(0.0, 100.0), when=("scales_means", "minimizes_elbo"))
    gamma: float = setting(10.0, Range(0.0, 1000.0), when="targets_capacity")
    capacity: float = setting(10.0, Range(0.0, 200.0), when="targets_capacity")
    penalty: float = setting(1.0, Range(0.0, 1000.0), when="has_penalty")
    sparsity: str = setting("kl", Choice(("l1", "kl")), when="penalizes_activations")
    rho: float = setting(0.05, Range(0.001, 0.5), where={"sparsity": ("kl",)})
    corruption: str = setting("masking", Choice(("gaussian", "masking", "salt-and-pepper", "warping")), when="corrupts")
    strength: float = setting(0.3, Range(0.0, 1.0), when="corrupts")
    labelled: int = setting(100, Range(10, 60_000, whole=True), when="has_classifier")
    head_weight: float = setting(10.0, Range(0.0, 1000.0), when="has_classifier")


@dataclass(frozen=True)
class TrainConfig(_Checked):
    """The optimization. The seed fixes initial weights, the order of images and the noise."""

    epochs: int = setting(10, Range(1, 500, whole=True), when="is_network")
    pretrain_epochs: int = setting(5, Range(0, 200, whole=True), when="pretrains")
    layerwise_epochs: int = setting(0, Range(0, 200, whole=True), when="pretrains_layers", where={"network": ("mlp",)})
    batch_size: int = setting(64, Range(8, 1024, whole=True), when="is_network")
    learning_rate: float = setting(5e-3, Range(1e-6, 0.1), when="is_network")
    warm_up: float = setting(0.1, Range(0.0, 0.9), when="is_network")
    seed: int = setting(0, Range(0, 2**31 - 1, whole=True))


@dataclass(frozen=True)
class RunConfig:
    """All settings of one run."""

    data: DatasetConfig = DatasetConfig()
    model: ModelConfig = field(default_factory=ModelConfig)  # made on demand: checking it needs the kinds
    loss: LossConfig = LossConfig()
    train: TrainConfig = TrainConfig()

    @classmethod
    def from_flat(cls, values: Mapping[str, object]) -> RunConfig:
        """Settings by field name; what is missing keeps its default. Raises SettingError, also for an unknown name."""
        names = tuple(settings())
        for name, value in values.items():
            if name not in names:
                raise SettingError(name, value, Message("allowed.setting_names", {"names": names}))
        return cls(
            DatasetConfig(**_of_group(DatasetConfig, values)),
            ModelConfig(**_of_group(ModelConfig, values)),
            LossConfig(**_of_group(LossConfig, values)),
            TrainConfig(**_of_group(TrainConfig, values)),
        )

    @classmethod
    def of_form(cls, values: Mapping[str, object]) -> RunConfig:
        """Settings of a form, without the values of hidden fields, which may be wrong. Raises SettingError."""
        used = relevant(values)
        return cls.from_flat({name: value for name, value in values.items() if name in used})

    def flat(self) -> dict[str, Any]:
        """Every setting by field name, as JSON can hold it."""
        values = asdict(self.data) | asdict(self.model) | asdict(self.loss) | asdict(self.train)
        return values | {"hidden": Widths.text(self.model.hidden)}


GROUPS = (DatasetConfig, ModelConfig, LossConfig, TrainConfig)


def settings() -> dict[str, Field[Any]]:
    """Every setting's field by its name, in the order of the form. Names are unique over all groups."""
    return {spec.name: spec for group in GROUPS for spec in fields(group)}


def _of_group(group: type[_Checked], values: Mapping[str, object]) -> dict[str, Any]:
    return {spec.name: values[spec.name] for spec in fields(group) if spec.name in values}


def relevant(values: Mapping[str, object]) -> set[str]:
    """The settings that matter under `values`: what a setting depends on must itself matter."""
    specs, kind = settings(), values.get("kind")
    capabilities = KINDS.get(kind) if isinstance(kind, str) else None

    def matters(name: str) -> bool:
        condition = specs[name].metadata
        return all(getattr(capabilities, capability, False) for capability in condition["when"]) and all(
            values.get(other) in allowed and matters(other) for other, allowed in condition["where"].items()
        )

    return {name for name in specs if matters(name)}
