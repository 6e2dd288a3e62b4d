"""Every setting of a run, checked when it is made.

The form, the command line and a checkpoint all read the dataclasses of this file: a field's rule says what is
allowed, parses text, and writes the sentence that a wrong value gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any

from .i18n.message import Message
from .rules import Choice, DatasetName, Range, Rule, SettingError, Widths, check

Shape = tuple[int, int, int]  # an image's channels, height and width


def setting(default: Any, rule: Rule, when: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> Any:
    """A dataclass field with its default and its rule. It matters only when each setting in `when` has one of those values."""
    return field(default=default, metadata={"rule": rule, "when": when})


class _Checked:
    def __post_init__(self) -> None:
        for spec in fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, spec.name, check(spec.name, spec.metadata["rule"], getattr(self, spec.name)))


@dataclass(frozen=True)
class DatasetConfig(_Checked):
    """Which images, and how many of them to train on at most. What is held out is never trained on."""

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
    """How pictures that a visitor brings become a data set's images: a square of `size` pixels, `crop`ped or `pad`ded to it."""

    size: str = setting("28", Choice(("28", "32", "64")))
    colors: str = setting("grey", Choice(("grey", "color")))
    fit: str = setting("crop", Choice(("crop", "pad")))

    @property
    def shape(self) -> Shape:
        return 1 if self.colors == "grey" else 3, int(self.size), int(self.size)


POINTS = ("ae", "sparse", "denoising", "contractive")  # kinds whose code is a point without a prior
NORMAL = ("vae", "cvae", "hierarchical")  # kinds with a prior N(0, I) that posteriors can collapse to
CLUSTERS = ("dec", "vade")  # kinds that find clusters
SPOILT = ("denoising", *CLUSTERS)  # kinds whose images are spoilt before they are encoded, at least in the pretraining
BOUNDS = (*NORMAL, "vade")  # kinds that minimise −ELBO with a weight β
KINDS = ("pca", *POINTS, "cae", "classifier", "dec", "noisy", "vae", "capacity", "cvae", "vade", "hierarchical")
NETWORKED = KINDS[1:]


@dataclass(frozen=True)
class ModelConfig(_Checked):
    """The network, and what its outputs mean."""

    kind: str = setting("vae", Choice(KINDS))
    latent_dim: int = setting(2, Range(2, 1024, whole=True))
    network: str = setting("mlp", Choice(("mlp", "conv")), {"kind": NETWORKED})
    hidden: tuple[int, ...] = setting((256, 64), Widths(), {"kind": NETWORKED})
    activation: str = setting("silu", Choice(("relu", "silu", "tanh")), {"kind": NETWORKED})
    dropout: float = setting(0.0, Range(0.0, 0.9), {"kind": NETWORKED})
    decoder: str = setting(
        "mirror", Choice(("mirror", "inverse-lipschitz")), {"kind": ("noisy", "capacity", *BOUNDS), "network": ("mlp",)}
    )
    slope: float = setting(0.5, Range(0.01, 10.0), {"decoder": ("inverse-lipschitz",)})
    likelihood: str = setting(
        "bernoulli", Choice(("bernoulli", "gaussian", "gaussian-learned", "continuous-bernoulli")), {"kind": NETWORKED}
    )
    sigma: float = setting(0.2, Range(0.01, 1.0), {"likelihood": ("gaussian",)})
    start: str = setting(
        "mean",
        Choice(("mean", "random")),
        {"kind": NETWORKED, "network": ("mlp",), "likelihood": ("bernoulli", "gaussian", "gaussian-learned")},
    )
    components: int = setting(10, Range(1, 100, whole=True), {"kind": CLUSTERS})
    density: str = setting("none", Choice(("none", "gaussian", "mixture")), {"kind": POINTS})
    top_dim: int = setting(2, Range(1, 64, whole=True), {"kind": ("hierarchical",)})
    mean_scale: float = setting(0.0, Range(0.0, 10.0), {"kind": ("vae", "cvae")})


@dataclass(frozen=True)
class LossConfig(_Checked):
    """What is minimised, beside the reconstruction. All weights are of terms in nats per image."""

    beta: float = setting(1.0, Range(0.0, 100.0), {"kind": BOUNDS})
    reconstruction_weight: float = setting(1.0, Range(0.0, 1.0), {"kind": NORMAL})
    beta_schedule: str = setting("constant", Choice(("constant", "warm-up", "cyclical", "automatic")), {"kind": BOUNDS})
    beta_share: float = setting(0.5, Range(0.01, 1.0), {"beta_schedule": ("warm-up", "cyclical")})
    cycles: int = setting(4, Range(1, 50, whole=True), {"beta_schedule": ("cyclical",)})
    kl_target: float = setting(20.0, Range(0.1, 200.0), {"beta_schedule": ("automatic",)})
    free_bits: float = setting(0.0, Range(0.0, 10.0), {"kind": NORMAL})
    contrast: float = setting(0.0, Range(0.0, 100.0), {"kind": ("vae", "cvae")})
    gamma: float = setting(10.0, Range(0.0, 1000.0), {"kind": ("capacity",)})
    capacity: float = setting(10.0, Range(0.0, 200.0), {"kind": ("capacity",)})
    penalty: float = setting(1.0, Range(0.0, 1000.0), {"kind": ("sparse", "contractive")})
    sparsity: str = setting("kl", Choice(("l1", "kl")), {"kind": ("sparse",)})
    rho: float = setting(0.05, Range(0.001, 0.5), {"sparsity": ("kl",)})
    corruption: str = setting(
        "masking", Choice(("gaussian", "masking", "salt-and-pepper", "warping")), {"kind": SPOILT}
    )
    strength: float = setting(0.3, Range(0.0, 1.0), {"kind": SPOILT})
    labelled: int = setting(100, Range(10, 60_000, whole=True), {"kind": ("classifier",)})
    head_weight: float = setting(10.0, Range(0.0, 1000.0), {"kind": ("classifier",)})


@dataclass(frozen=True)
class TrainConfig(_Checked):
    """How the network is trained. The seed fixes weights, order of images and noise."""

    epochs: int = setting(10, Range(1, 500, whole=True), {"kind": NETWORKED})
    pretrain_epochs: int = setting(5, Range(0, 200, whole=True), {"kind": ("classifier", "dec", "vade")})
    layerwise_epochs: int = setting(0, Range(0, 200, whole=True), {"kind": ("ae",), "network": ("mlp",)})
    batch_size: int = setting(64, Range(8, 1024, whole=True), {"kind": NETWORKED})
    learning_rate: float = setting(5e-3, Range(1e-6, 0.1), {"kind": NETWORKED})
    warm_up: float = setting(0.1, Range(0.0, 0.9), {"kind": NETWORKED})
    seed: int = setting(0, Range(0, 2**31 - 1, whole=True))


@dataclass(frozen=True)
class RunConfig:
    """All settings of one run."""

    data: DatasetConfig = DatasetConfig()
    model: ModelConfig = ModelConfig()
    loss: LossConfig = LossConfig()
    train: TrainConfig = TrainConfig()

    @classmethod
    def from_flat(cls, values: Mapping[str, object]) -> RunConfig:
        """Settings by field name; what is missing keeps its default. Raises SettingError, also for an unknown name."""
        known = settings()
        for name, value in values.items():
            if name not in known:
                raise SettingError(name, value, Message("allowed.setting_names", {"names": tuple(known)}))
        return cls(
            *(
                group(**{spec.name: values[spec.name] for spec in fields(group) if spec.name in values})
                for group in GROUPS
            )
        )

    @classmethod
    def of_form(cls, values: Mapping[str, object]) -> RunConfig:
        """Settings of a form that shows those that matter: what the others hold cannot stand in the way. Raises SettingError."""
        used = relevant(values)
        return cls.from_flat({name: value for name, value in values.items() if name in used})

    def flat(self) -> dict[str, Any]:
        """Every setting by field name, as JSON can hold it."""
        values = asdict(self.data) | asdict(self.model) | asdict(self.loss) | asdict(self.train)
        return values | {"hidden": Widths.text(self.model.hidden)}


GROUPS = (DatasetConfig, ModelConfig, LossConfig, TrainConfig)


def settings() -> dict[str, Field]:
    """Every setting's field by its name, in the order of the form. Names are unique over all groups."""
    return {spec.name: spec for group in GROUPS for spec in fields(group)}


def relevant(values: Mapping[str, object]) -> set[str]:
    """The settings that matter under `values`: what a setting depends on must itself matter."""
    specs = settings()

    def matters(name: str) -> bool:
        return all(
            values.get(other) in allowed and matters(other) for other, allowed in specs[name].metadata["when"].items()
        )

    return {name for name in specs if matters(name)}
