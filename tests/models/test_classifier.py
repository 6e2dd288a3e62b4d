from __future__ import annotations

from tests.support.trained_models import held_out, trained
from vae_core.evaluation.metrics import evaluate


def test_pretraining_without_labels_makes_a_hundred_labels_go_further() -> None:
    """The same network and as many steps on the same hundred labels, from scratch: no images without labels at all."""
    settings = {"kind": "classifier", "latent_dim": 16, "hidden": "128,64", "epochs": 10}
    pretrained = trained(labelled=100, pretrain_epochs=20, **settings)
    scratch = trained(
        labelled=100, train_size=100, pretrain_epochs=0, **settings | {"epochs": 220, "head_weight": 1000.0}
    )
    assert evaluate(pretrained, held_out())["accuracy"] > evaluate(scratch, held_out())["accuracy"]
