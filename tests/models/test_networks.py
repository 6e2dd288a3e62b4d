from __future__ import annotations

import pytest
import torch
from scipy.linalg import subspace_angles
from sklearn.decomposition import PCA

from vae_core.config import DatasetConfig, ModelConfig, TrainConfig
from vae_core.datasets.registry import DATASETS, ImageSet, training_images
from vae_core.models.networks import Embed, Monotone, conv_decoder, conv_encoder, conv_sizes
from vae_core.rules import SettingError
from vae_core.training.trainer import train
from vae_core.training.variants import build


@pytest.mark.parametrize("shape", [(1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 64, 64)])
@pytest.mark.parametrize(("network", "hidden"), [("mlp", (32, 16)), ("conv", (4, 8)), ("mlp", ())])
@pytest.mark.parametrize("kind", ["ae", "vae"])
def test_images_go_in_and_come_out_in_the_same_shape(
    shape: tuple[int, int, int], network: str, hidden: tuple[int, ...], kind: str
) -> None:
    model = build(ModelConfig(kind=kind, network=network, hidden=hidden, latent_dim=5), shape)
    output = model(torch.rand(3, *shape))
    assert output.x_hat.mean.shape == (3, *shape)
    assert output.z.shape == (3, 5)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("side", "hidden"),
    [
        (28, (32, 64)),
        (28, (32, 64, 128)),
        (32, (32, 64)),
        (32, (32, 64, 128)),
        (64, (32, 64)),
        (64, (32, 64, 128)),
        (64, (32, 64, 128, 256)),
    ],
)
def test_convolutions_halve_and_double_exactly(channels: int, side: int, hidden: tuple[int, ...]) -> None:
    shape, config = (channels, side, side), ModelConfig(network="conv", hidden=hidden, latent_dim=5)
    assert conv_encoder(config, shape, 10)(torch.rand(2, *shape)).shape == (2, 10)
    stages = [torch.rand(2, 5)]
    for layer in conv_decoder(config, shape):
        stages.append(layer(stages[-1]))
    assert stages[-1].shape == (2, *shape)
    assert conv_sizes(config, shape)[::-1] == list(
        dict.fromkeys(tuple(stage.shape[2:]) for stage in stages if stage.ndim == 4)
    )


def test_a_convolutional_vae_learns_color_images_of_64_pixels() -> None:
    model = build(ModelConfig(network="conv", hidden=(8, 16, 16), latent_dim=8), DATASETS["shapes64"].shape)
    steps = list(
        train(
            model,
            training_images(DatasetConfig("shapes64", 200)),
            TrainConfig(epochs=9, batch_size=40, learning_rate=0.01),
        )
    )
    assert steps[0].terms["total"] > 8000
    assert steps[-1].terms["total"] < 0.5 * steps[0].terms["total"]


def test_hidden_widths_are_the_built_layers_and_the_decoder_mirrors_them() -> None:
    model = build(ModelConfig(kind="ae", hidden=(300, 150), latent_dim=7), (1, 28, 28))

    def widths(part: torch.nn.Module) -> list[int]:
        return [layer.out_features for layer in part if isinstance(layer, torch.nn.Linear)]

    assert widths(model.encoder) == [300, 150, 7]
    assert widths(model.decoder) == [150, 300, 784]


@pytest.mark.parametrize(("size", "most"), [(8, 2), (28, 4), (64, 5)])
def test_too_many_convolutions_get_a_sentence_with_how_many_fit(size: int, most: int) -> None:
    build(ModelConfig(network="conv", hidden=(4,) * most), (1, size, size))
    with pytest.raises(SettingError, match=f"hidden: .* at most {most} convolutions"):
        build(ModelConfig(network="conv", hidden=(4,) * (most + 1)), (1, size, size))


def test_a_monotone_layer_keeps_points_apart_by_its_slope() -> None:
    torch.manual_seed(0)
    layer, x, y = Monotone(12, 30, 0.3), 3 * torch.randn(500, 12), 3 * torch.randn(500, 12)
    with torch.no_grad():
        layer.linear.weight.mul_(10)
        gain = ((layer(x) - layer(y)) * (x - y)).sum(1)
    assert (gain >= 0.3 * (x - y).square().sum(1) - 1e-3).all()


def test_a_monotone_layer_is_the_gradient_of_a_convex_function() -> None:
    torch.manual_seed(0)
    layer, x = Monotone(4, 9, 0.3), torch.randn(4)
    jacobian = torch.autograd.functional.jacobian(layer, x)
    assert torch.allclose(jacobian, jacobian.T, atol=1e-6)
    assert torch.linalg.eigvalsh(jacobian).min() >= 0.3 - 1e-6


def test_an_embedding_keeps_distances_and_is_not_trained() -> None:
    torch.manual_seed(0)
    layer, x = Embed(5, 40), torch.randn(7, 5)
    assert torch.allclose(torch.cdist(layer(x), layer(x)), torch.cdist(x, x), atol=1e-5)
    assert not list(layer.parameters())
    assert list(layer.state_dict()) == ["matrix"]


@pytest.mark.parametrize(("hidden", "latent_dim"), [((48, 32), 5), ((24,), 8), ((64, 16), 3)])
@pytest.mark.parametrize("slope", [0.3, 2.0])
def test_an_inverse_lipschitz_decoder_keeps_codes_apart(hidden: tuple[int, ...], latent_dim: int, slope: float) -> None:
    """‖f(z) − f(z′)‖ ≥ slope ‖z − z′‖ for near and far codes, with weights as large as training may make them."""
    torch.manual_seed(0)
    decoder = build(
        ModelConfig(hidden=hidden, latent_dim=latent_dim, decoder="inverse-lipschitz", slope=slope), (1, 8, 8)
    ).decoder.double()
    with torch.no_grad():
        for layer in decoder:
            if isinstance(layer, Monotone):
                layer.linear.weight.mul_(8)
        z = 2 * torch.randn(400, latent_dim).double()
        other = z + torch.randn(400, latent_dim).double() * torch.logspace(-4, 1, 400).double()[:, None]
        distances = (decoder(z) - decoder(other)).flatten(1).norm(dim=1)
    assert (distances >= slope * (z - other).norm(dim=1) * (1 - 1e-6)).all()


def test_a_linear_autoencoder_spans_the_subspace_of_pca() -> None:
    generator = torch.Generator().manual_seed(0)
    factors = torch.randn(1000, 2, generator=generator) * torch.tensor([350.0, 250.0])
    axes = torch.linalg.qr(torch.randn(64, 2, generator=generator))[0]
    pixels = (
        (128 + factors @ axes.T + 3 * torch.randn(1000, 64, generator=generator))
        .clamp(0, 255)
        .byte()
        .reshape(-1, 1, 8, 8)
    )
    model = build(ModelConfig(kind="ae", hidden=(), latent_dim=2, likelihood="gaussian", sigma=0.1), (1, 8, 8))
    for _ in train(
        model, ImageSet(pixels, torch.zeros(1000)), TrainConfig(epochs=400, batch_size=100, learning_rate=0.05)
    ):
        pass
    components = PCA(2).fit(pixels.flatten(1).numpy() / 255).components_
    assert subspace_angles(model.decoder[0].weight.detach().numpy(), components.T).max() < 0.05
