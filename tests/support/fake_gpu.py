"""A GPU that is none: its tensors are the processor's but say `cuda:0`, and mixing them with others is the error that it is on a GPU.

What runs here without an error has all its tensors in one place on a GPU too, and the numbers can be compared: those of PyTorch's own
FakeTensorMode have none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from unittest import mock

import torch
from torch import Tensor
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter, tree_map_only

GPU = torch.device("cuda:0")
INSIDE = torch.device("meta")  # what torch's own parts take it for: a device that needs no driver
aten = torch.ops.aten
CROSSING = {aten._to_copy.default, aten.copy_.default}  # what may see both sides


class Misplaced(RuntimeError):
    """Tensors on different devices, or random numbers drawn on the GPU, where a seed gives others."""


class OnGPU(Tensor):
    """A tensor of the pretended GPU: it holds one of the processor, which no program comes at but by copying."""

    device, is_cuda, is_cpu, is_meta = GPU, True, False, False
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls: type[OnGPU], held: Tensor) -> OnGPU:
        made = Tensor._make_wrapper_subclass(
            cls,
            held.shape,
            strides=held.stride(),
            storage_offset=held.storage_offset(),
            dtype=held.dtype,
            device=INSIDE,
        )
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(
        cls, operation: OpOverload, types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        return computed(operation, args, kwargs or {})

    def to(self, *args: object, copy: bool = False, **kwargs: object) -> Tensor:
        """Torch's own takes the tensor for one of the processor, and would leave it where it is."""
        device, dtype, *_ = torch._C._nn._parse_to(*args, **kwargs)
        device, dtype = device or GPU, dtype or self.dtype
        return (
            self
            if device.type == "cuda" and dtype == self.dtype and not copy
            else aten._to_copy.default(self, device=device, dtype=dtype)
        )

    def cpu(self) -> Tensor:
        return self.to("cpu")

    def tolist(self) -> object:
        return self.held.tolist()

    def __repr__(self) -> str:
        return f"OnGPU({self.held})"


class Pretending(TorchDispatchMode):
    """Looks at every operation, at those too that only now bring a tensor to the GPU."""

    def __torch_dispatch__(
        self, operation: OpOverload, types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        return computed(operation, args, kwargs or {})


def computed(operation: OpOverload, args: tuple, kwargs: dict) -> object:
    """What an operation answers, computed on the processor and put where a GPU would have it. Raises Misplaced."""
    tensors = [value for value in tree_iter((args, kwargs)) if isinstance(value, Tensor)]
    there = [value for value in tensors if isinstance(value, OnGPU)]
    asked = kwargs.get("device")
    on_gpu = (
        isinstance(args[0], OnGPU)
        if operation is aten.copy_.default
        else bool(there)
        if asked is None
        else torch.device(asked).type in ("cuda", "meta")
    )
    if there and operation not in CROSSING:
        check(operation, tensors)
    if on_gpu and torch.Tag.nondeterministic_seeded in operation.tags:
        raise Misplaced(f"{operation} draws random numbers on the GPU")
    plain = tree_map_only(
        OnGPU, lambda value: value.held, (args, kwargs if asked is None else kwargs | {"device": "cpu"})
    )
    found = operation(*plain[0], **plain[1])
    same = {
        id(value.held if isinstance(value, OnGPU) else value): value for value in tensors
    }  # what is changed in place stays what it was
    return tree_map_only(
        Tensor, lambda value: same.get(id(value)) if id(value) in same else OnGPU(value) if on_gpu else value, found
    )


def check(operation: OpOverload, tensors: list[Tensor]) -> None:
    """Beside tensors of a GPU a number, a tensor without dimensions, may be one of the processor; nothing else."""
    for value in tensors:
        if not isinstance(value, OnGPU) and value.dim():
            raise Misplaced(
                f"{operation}: a tensor of shape {tuple(value.shape)} is on the processor, others are on the GPU"
            )


@contextmanager
def pretended_gpu() -> Iterator[None]:
    """Within it there is one GPU. Tensors that were brought there must not be used afterwards."""
    before = torch.__future__.get_overwrite_module_params_on_conversion()
    with ExitStack() as stack:
        if not torch.cuda.is_available():
            torch._C._ensureCUDADeviceGuardSet()
            stack.enter_context(mock.patch("torch.cuda._lazy_init"))
            stack.enter_context(mock.patch("torch.cuda.is_available", return_value=True))
            stack.enter_context(mock.patch("torch.cuda.device_count", return_value=1))
        stack.callback(torch.__future__.set_overwrite_module_params_on_conversion, before)
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        stack.enter_context(Pretending())
        yield
