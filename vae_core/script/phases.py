"""The last lines of a script: its phases one after another, and what is fitted before, between and after them."""

from __future__ import annotations

from ..config import RunConfig, relevant
from ..models import DENSITIES

CODES = '''
def codes():
    """The codes of all training images, (N, D), in float64."""
    model.eval()
    with torch.no_grad():
        return torch.cat([code(x.float() / 255, y) for x, y in zip(x_train.split(1000), y_train.split(1000))]).double().numpy()


'''
MIXTURE = '''\
found = codes()  # codes are drawn from a mixture fitted to them (Ghosh 2020), and decoded
starts = KMeans({count}, n_init=10, random_state={seed}).fit(found).cluster_centers_.astype(np.float32).astype(np.float64)
fitted = GaussianMixture({count}, covariance_type="full", reg_covar=1e-6, random_state={seed}, means_init=starts).fit(found)
'''
ONE_GAUSSIAN = '''\
found = torch.from_numpy(codes())  # draw codes from this density (Ghosh 2020), and decode them
density = torch.distributions.MultivariateNormal(found.mean(0), found.T.cov(correction=0) + 1e-6 * torch.eye({latent_dim}).double())
'''

DENSITY = {"none": "", "gaussian": ONE_GAUSSIAN, "mixture": MIXTURE}

LAYERWISE = '''
def through(k):
    """-log p(x | the last k layers of the decoder after the first k of the encoder): from the outside in (Hinton 2006)."""
    return lambda x, y, step, steps: -log_likelihood(decoder[-2 * k:](encoder[: {flat} + 2 * k](x)), x)


for k in range(1, {depth} + 1):
    pair = [*encoder[{flat} + 2 * k - 2].parameters(), *decoder[-2 * k].parameters()]
    minimise(through(k), {layerwise_epochs}, parameters=pair)
'''

PRINCIPAL = '''
train, test = ((x.float() / 255).flatten(1).double() for x in (x_train, x_test))
mean = train.mean(0)
values, directions = torch.linalg.eigh((train - mean).T.cov(correction=0))  # the variances rise from first to last
basis = directions[:, -{latent_dim}:]  # the principal components, orthonormal columns
again = mean + (test - mean) @ basis @ basis.T  # code and reconstruction: the nearest point of the plane
error = (test - again) ** 2 / (2 * {sigma!r}**2) + math.log({sigma!r}) + 0.5 * math.log(2 * math.pi)  # Gaussian pixels
print(f"fitted: {{error.sum(1).mean():.4f}}")
'''


def phases(config: RunConfig) -> tuple[str, int]:
    """The lines, and how many times they take steps."""
    train, values = config.train, config.flat()
    text, counted = "", 1
    if config.model.kind == "classifier" and train.pretrain_epochs:
        text, counted = f"minimise(objective, {train.pretrain_epochs})  # the pretraining, without labels\n", 2
    if config.model.kind == "ae" and train.layerwise_epochs and config.model.network == "mlp" and config.model.hidden:
        text, counted = LAYERWISE.format(depth=len(config.model.hidden), flat=2 if config.model.dropout else 1, **values), 2
    text += f"minimise({'supervised' if config.model.kind == 'classifier' else 'objective'}, {train.epochs})\n"
    fitted = DENSITY[config.model.density if "density" in relevant(values) else "none"].format(count=DENSITIES["mixture"], **values)
    return (CODES if fitted else "\n") + text + fitted, counted
