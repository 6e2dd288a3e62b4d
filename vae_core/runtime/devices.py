"""The device that a training uses: a GPU if there is one, otherwise the processor."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys

import torch

from ..i18n.message import Message
from ..rules import SettingError

VARIABLE = "VAE_PLAYGROUND_DEVICE"  # the environment variable that requests a device
CPU = torch.device("cpu")
MIN_FREE_BYTES = 2**28  # a training needs them on a GPU, beside CUDA's own memory
log = logging.getLogger(__name__)
COUNT = "import torch; print(torch.cuda.device_count() if torch.cuda.is_available() else 0)"


def requested() -> str:
    """Return the requested device: `cpu`, `cuda` or `cuda:1`; empty if any GPU may be used.

    It does not look for a GPU: a process that has started CUDA cannot be forked, and workers are forked. Raises
    SettingError.
    """
    word = os.environ.get(VARIABLE, "")
    if not re.fullmatch(r"(cpu|cuda(:\d{1,3})?)?", word):
        raise SettingError(VARIABLE, word, Message("allowed.device"))
    return word


def check() -> None:
    """Check the requested device when the server starts.

    A child process counts the GPUs. Raises SettingError.
    """
    if requested().startswith("cuda"):
        counted = subprocess.run([sys.executable, "-c", COUNT], capture_output=True, text=True)
        _check_number(requested(), int(counted.stdout or 0))


def accelerated() -> bool:
    """Return whether torch finds an accelerator here.

    A child process looks for it: a process that has started CUDA cannot be forked.
    """
    child = os.fork()
    if not child:
        os._exit(torch.accelerator.is_available())
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0


def device() -> torch.device:
    """Return the device for a training in this process, which must not be forked afterwards.

    A GPU without MIN_FREE_BYTES of free memory is left to other trainings, and the processor is used. All numbers on a
    GPU are float32: TensorFloat-32, with a mantissa of 10 bits instead of 23, is off for matrix products by torch's
    default, and is switched off for convolutions here. Raises SettingError for a GPU that does not exist.
    """
    word = requested()
    if word == "cpu":
        return CPU
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    _check_number(word, count)
    if not count:
        return CPU
    chosen = torch.device(word or "cuda")
    try:
        torch.empty(MIN_FREE_BYTES, dtype=torch.uint8, device=chosen)
        torch.cuda.empty_cache()
    except RuntimeError as error:
        log.warning("%s cannot be used; the processor trains. %s", chosen, error)
        return CPU
    torch.backends.cudnn.allow_tf32 = False
    return chosen


def _check_number(word: str, count: int) -> None:
    """Raise SettingError if the requested GPU is not among `count` GPUs."""
    number = int(word.partition(":")[2] or 0)
    if word.startswith("cuda") and number >= count:
        allowed = {0: Message("allowed.device_cpu"), 1: Message("allowed.device_one_gpu")}
        raise SettingError(VARIABLE, word, allowed.get(count, Message("allowed.device_gpus", {"last": count - 1})))
