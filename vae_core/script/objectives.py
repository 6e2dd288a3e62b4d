"""The lines of a script that say what a kind of model computes of an image, and what is minimised."""

from __future__ import annotations

from typing import Any

from ..config import POINTS, RunConfig, relevant

POINT_KINDS = (*POINTS, "cae", "classifier")  # a code is a point: no draws, no KL

JOINED = {"mlp": '''
def joined(x, y):
    """The class, one-hot, behind the pixels."""
    return torch.cat([x.flatten(1), F.one_hot(y, {classes}).to(x)], 1)
''', "conv": '''
def joined(x, y):
    """The class, one-hot, as planes of 0 and 1 behind the image."""
    label = F.one_hot(y, {classes}).to(x)
    return torch.cat([x, label[:, :, None, None].expand(-1, -1, *x.shape[2:])], 1)
'''}

POINT = '''
def code(x, y):
    """z = f(x), a point of the latent space for each image, (B, D)."""
    return {encoder}{activation}


def terms({seen}x, y):
    """-log p(x | z) in nats for each image, (B,), and its code z."""
    z = code({shown}, y)
    return -log_likelihood({decoder}, x), z
'''

GAUSSIAN = '''
def terms(x, y, noise):
    """-log p(x | z) (B,) with one draw of z ~ q(z | x) = N(mean, sigma²), and KL(q(z | x) || N(0, I)) (B, D), in nats."""
    mean, log_var = {encoder}.chunk(2, dim=1)
{stretch}    epsilon = torch.empty_like(mean).normal_(generator=noise)
    z = torch.addcmul({mean}, (0.5 * log_var).exp(), epsilon)  # mean + sigma epsilon: gradients reach both
    kl = 0.5 * ({counted}**2 + log_var.exp() - 1 - log_var)
    return -log_likelihood({decoder}, x), kl{returned}
'''

STRETCHED = '''
mean_std, mean_center = torch.ones({latent}), torch.zeros({latent})  # running, of the posterior means


def stretched(mean):
    """The posterior means with at least the standard deviation {scale:g}, so that the decoder can tell them apart (Song 2024)."""
    return torch.lerp(mean_center, mean, ({scale!r} / mean_std).clamp(1, 1000))

'''
STRETCH = '''\
    if model.training:
        mean_std.lerp_(mean.detach().std(0), 0.05)
        mean_center.lerp_(mean.detach().mean(0), 0.05)
    shown = stretched(mean)
'''

CONTRAST = '''
def contrast(x, y, mean):
    """-log softmax: each image's shifted and noisy twin is to be found among all twins by its mean (CR-VAE, 2023)."""
    rows, columns = torch.randint(-2, 3, (2,), generator=noise).tolist()
    twins = x.roll((rows, columns), (2, 3)) + 0.1 * torch.empty_like(x).normal_(generator=noise)
    scores = -0.5 * torch.cdist(mean, {twins}).square()
    return -{contrast!r} * scores.log_softmax(1).diagonal()
'''

HIERARCHICAL = '''
def draw(mean, log_var, noise):
    """z = mean + sigma epsilon with epsilon ~ N(0, I): so written, gradients reach mean and sigma."""
    return torch.addcmul(mean, (0.5 * log_var).exp(), torch.empty_like(mean).normal_(generator=noise))


def terms(x, y, noise):
    """-log p(x | z1), and KL(q(z1 | x, z2) || p(z1 | z2)) beside KL(q(z2 | x) || N(0, I)), in nats (Sønderby 2016)."""
    features = normalised(encoder(x))
    guess, guess_var = features.chunk(2, dim=1)
    top, top_var = upwards(features).chunk(2, dim=1)
    below, below_var = downwards(draw(top, top_var, noise)).chunk(2, dim=1)
    precision = torch.logaddexp(-guess_var, -below_var)  # its logarithm: q(z1) is the guess times what z2 expects
    mean = guess * (-guess_var - precision).exp() + below * (-below_var - precision).exp()
    z = draw(mean, -precision, noise)
    ratio = -precision - below_var
    lower = 0.5 * ((mean - below) ** 2 * (-below_var).exp() + ratio.exp() - 1 - ratio)
    upper = 0.5 * (top**2 + top_var.exp() - 1 - top_var)
    return -log_likelihood(decoder(z), x), torch.cat([lower, upper], 1)
'''

CORRUPTIONS = {
    "gaussian": '''
def spoilt(x):
    """Gaussian noise on every pixel."""
    return x + {strength!r} * torch.empty_like(x).normal_(generator=noise)
''', "masking": '''
def spoilt(x):
    """A share of the pixels is set to 0."""
    return x * (torch.empty_like(x).uniform_(generator=noise) >= {strength!r})
''', "salt-and-pepper": '''
def spoilt(x):
    """A share of the pixels is set to 0 or to 1."""
    drawn = torch.empty_like(x).uniform_(generator=noise)
    return torch.where(drawn < {strength!r} / 2, 0.0, torch.where(drawn < {strength!r}, 1.0, x))
''', "warping": '''
def spoilt(x):
    """Each image is turned, slanted, stretched and shifted a little (Guo 2018)."""
    angle, slant, wide, high, right, down = (2 * torch.rand(6, len(x), generator=noise) - 1) * {strength!r}
    cos, sin, slant, wide, high = (angle / 2).cos(), (angle / 2).sin(), 0.7 * slant, 1 + 0.3 * wide, 1 + 0.3 * high
    rows = [torch.stack([cos * wide, (slant * cos - sin) * high, 2 * right / 7], 1),
            torch.stack([sin * wide, (slant * sin + cos) * high, 2 * down / 7], 1)]
    places = F.affine_grid(torch.stack(rows, 1), list(x.shape), align_corners=False)
    return F.grid_sample(x, places, align_corners=False)
'''}

BETAS = {  # lines that set beta from the step
    "constant": "",
    "warm-up": "    beta = {beta!r} * min(1.0, step / ({beta_share!r} * steps))  # up from 0 in a straight line\n",
    "cyclical": "    length = steps / {cycles}\n    beta = {beta!r} * min(1.0, step % length / ({beta_share!r} * length))  # up from 0, again and again\n",
    "automatic": '''\
    global summed, last_kl
    wrong = {kl_target!r} - last_kl if step else 0.0  # beta is steered to a KL of {kl_target:g} nats (ControlVAE, 2020)
    summed = min(100.0, max(0.0, summed - 0.001 * wrong))
    beta = min(100.0, summed + 0.01 / (1 + math.exp(min(wrong, 50.0))))
'''}

JACOBIAN = '''
def squared_jacobian(x, y):
    """||df/dx||² of the code at each image, (B,): all rows of the Jacobian in one backward pass."""
    x = x.detach().requires_grad_()
    z = code(x, y)
    rows = torch.eye(z.shape[1])[:, None].expand(-1, len(x), -1)
    (jacobian,) = torch.autograd.grad(z, x, rows, create_graph=True, is_grads_batched=True)
    return jacobian.square().flatten(2).sum((0, 2))

'''

RECONSTRUCTION = '''
def objective(x, y, step, steps):
    """What is minimised, for each image: -log p(x | z)."""
    return terms({arguments})[0]
'''

CAPACITY = '''
def objective(x, y, step, steps):
    """-log p(x | z) + gamma |KL - C| for each image, with C rising from 0 (Burgess 2018)."""
    error, kl = terms(x, y, noise)
    return error + {gamma!r} * (kl.sum(1).mean() - {capacity!r} * (step + 1) / steps).abs()
'''

SPARSE = {"l1": '''
def objective(x, y, step, steps):
    """-log p(x | h) + lambda sum |h| for each image, over the activations h of its code (Ng 2011)."""
    error, h = terms(x, y)
    return error + {penalty!r} * h.abs().sum(1)
''', "kl": '''
def objective(x, y, step, steps):
    """-log p(x | h) + lambda sum KL(rho || mean of h): each unit of the code is to be active for few images (Ng 2011)."""
    error, h = terms(x, y)
    rho, mean = torch.tensor({rho!r}), h.mean(0).clamp(1e-6, 1 - 1e-6)
    kl = rho * (rho / mean).log() + (1 - rho) * ((1 - rho) / (1 - mean)).log()
    return error + {penalty!r} * kl.sum()
'''}

CONTRACTIVE = JACOBIAN + '''
def objective(x, y, step, steps):
    """-log p(x | z) + lambda ||df/dx||² for each image: a code that hardly moves when a pixel does (Rifai 2011)."""
    return terms(x, y)[0] + {penalty!r} * squared_jacobian(x, y)
'''

SUPERVISED = '''
def supervised(x, y, step, steps):
    """-log p(x | z) of all images, and -log p(y | z) of the first {labelled}, whose classes are known."""
    error, z = terms(x, y)
    chosen = torch.randint(len(x_train[:{labelled}]), (len(x),), generator=noise)
    guess = head(code(x_train[chosen].float() / 255, None))
    return error + {head_weight!r} * F.cross_entropy(guess, y_train[chosen], reduction="none")
'''

def latent(config: RunConfig, classes: int) -> str:
    """What stands between image and picture: `terms`, and what it needs."""
    model, loss = config.model, config.loss
    conditional = model.kind in ("cae", "cvae")
    parts = {"encoder": "encoder(joined(x, y))" if conditional else "encoder(x)",
             "decoder": f"decoder(torch.cat([z, F.one_hot(y, {classes}).to(z)], 1))" if conditional else "decoder(z)"}
    join = JOINED[model.network].replace("{classes}", str(classes)) + "\n" if conditional else ""
    spoiling = "\n" + CORRUPTIONS[loss.corruption].format(strength=loss.strength) if model.kind == "denoising" else ""
    if model.kind in POINT_KINDS:
        spoils = model.kind == "denoising"
        return join + POINT.format(**parts, activation=".sigmoid()" if model.kind == "sparse" else "", seen="seen, " if spoils else "",
                                   shown="seen" if spoils else "x") + spoiling
    return join + (HIERARCHICAL if model.kind == "hierarchical" else _gaussian(config, parts)) + spoiling


def _gaussian(config: RunConfig, parts: dict[str, str]) -> str:
    """A VAE's terms, with means that are stretched if that is asked for, and with the mean in addition for a contrast."""
    scale, shown = config.model.mean_scale, "shown" if config.model.mean_scale else "mean"
    stretching = STRETCHED.format(latent=config.model.latent_dim, scale=scale) if scale else ""
    return stretching + GAUSSIAN.format(**parts, stretch=STRETCH if scale else "", mean=shown, counted="(mean if model.training else shown)" if scale else "mean", returned=f", {shown}" if _matters(config, "contrast") else "")


def _matters(config: RunConfig, name: str) -> Any:
    """A setting's value, or 0 where it has no effect."""
    values = config.flat()
    return values[name] if name in relevant(values) else 0


def objective(config: RunConfig) -> str:
    """What is minimised, for each image; a kind of two phases has another objective for the first."""
    kind, values = config.model.kind, config.flat()
    plain = RECONSTRUCTION.format(arguments="spoilt(x), x, y" if kind == "denoising" else "x, y" if kind in POINT_KINDS else "x, y, noise")
    match kind:
        case "capacity" | "contractive":
            return {"capacity": CAPACITY, "contractive": CONTRACTIVE}[kind].format(**values)
        case "sparse":
            return SPARSE[config.loss.sparsity].format(**values)
        case "classifier":
            return plain + "\n" + SUPERVISED.format(**values)
        case "vae" | "cvae" | "hierarchical":
            return _negative_elbo(config)
    return plain


def _negative_elbo(config: RunConfig) -> str:
    """-log p(x | z) + beta KL, with what may be added to it."""
    loss, bits, contrasts = config.loss, _matters(config, "free_bits"), _matters(config, "contrast")
    encoder = "encoder(joined(twins, y))" if config.model.kind == "cvae" else "encoder(twins)"
    twins = ("stretched({})" if config.model.mean_scale else "{}").format(f"{encoder}.chunk(2, dim=1)[0]")
    before = CONTRAST.format(contrast=loss.contrast, twins=twins) + "\n" if contrasts else ""
    state = f"\nsummed, last_kl = {loss.beta!r}, 0.0  # of the controller of beta\n\n" if loss.beta_schedule == "automatic" else ""
    remembered = "    last_kl = kl.sum(1).mean().item()\n" if loss.beta_schedule == "automatic" else ""
    counted = f"    counted = torch.where(kl.mean(0) > {bits!r}, kl, {bits!r})  # a dimension is pulled down only so far\n" if bits else ""
    weight = "" if loss.reconstruction_weight == 1 else f"{loss.reconstruction_weight!r} * "
    beta = {"constant": "" if loss.beta == 1 else f"{loss.beta!r} * "}.get(loss.beta_schedule, "beta * ")
    return before + state + f'''
def objective(x, y, step, steps):
    """-log p(x | z) + beta KL(q(z | x) || prior) for each image: at beta = 1 the negative ELBO."""
{BETAS[loss.beta_schedule].format(**config.flat())}    error, kl{", mean" if contrasts else ""} = terms(x, y, noise)
{remembered}{counted}    return {weight}error + {beta}{"counted" if bits else "kl"}.sum(1){" + contrast(x, y, mean)" if contrasts else ""}
'''
