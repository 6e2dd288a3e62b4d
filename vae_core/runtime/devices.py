"""Where a training computes: on a GPU if there is one, else on the processor."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys

import torch

from ..i18n.message import Message
from ..rules import SettingError

VARIABLE = "VAE_PLAYGROUND_DEVICE"  # the environment's variable that asks for one
CPU = torch.device("cpu")
ROOM = 2**28  # bytes that must be free for a training on a GPU, beside what CUDA takes for its process
log = logging.getLogger(__name__)
COUNT = "import torch; print(torch.cuda.device_count() if torch.cuda.is_available() else 0)"


def asked() -> str:
    """What the environment asks for, `cpu`, `cuda` or `cuda:1`; nothing if a GPU is to be used where there is one.

    Raises SettingError.

    It does not look for a GPU: a process that has started CUDA cannot be forked, and the workers are forked.
    """
    word = os.environ.get(VARIABLE, "")
    if not re.fullmatch(r"(cpu|cuda(:\d{1,3})?)?", word):
        raise SettingError(VARIABLE, word, Message("allowed.device"))
    return word


def check() -> None:
    """Say at a server's start what is wrong with what is asked for.

    A GPU is counted in a process of its own. Raises SettingError.
    """
    if asked().startswith("cuda"):
        counted = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True)
        _check_number(asked(), int(counted.stdout or 0))


def accelerated() -> bool:
    """Whether torch finds a GPU or the like here; a child is asked, since a process that has looked for one cannot
    be forked.
    """
    child = os.fork()
    if not child:
        os._exit(torch.accelerator.is_available())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def device() -> torch.device:
    """Where a model is to be trained by this process, which must not be forked afterwards.

    Raises SettingError for a GPU that is not there.

    A GPU without ROOM for one more training is left to the others, and the processor is the answer. On a GPU all is
    float32: TensorFloat-32, which has a mantissa of ten bits where float32 has 23, stays off in matrix products, as is
    torch's default, and is switched off in convolutions, where it is not.
    """
    word = asked()
    if word == "cpu":
        return CPU
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    _check_number(word, count)
    if not count:
        return CPU
    chosen = torch.device(word or "cuda")
    try:
        torch.empty(ROOM, dtype=torch.uint8, device=chosen)
        torch.cuda.empty_cache()
    except RuntimeError as error:
        log.warning("%s cannot be used; the processor trains. %s", chosen, error)
        return CPU
    torch.backends.cudnn.allow_tf32 = False
    return chosen


def _check_number(word: str, count: int) -> None:
    """Raises SettingError if a GPU is asked for that is not among so many."""
    number = int(word.partition(":")[2] or 0)
    if word.startswith("cuda") and number >= count:
        allowed = {0: Message("allowed.device_cpu"), 1: Message("allowed.device_one_gpu")}
        raise SettingError(VARIABLE, word, allowed.get(count, Message("allowed.device_gpus", {"last": count - 1})))
