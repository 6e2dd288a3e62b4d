"""A simulated GPU: its tensors live on the CPU but report `cuda:0`, and mixing them with CPU tensors is an error, as on
a GPU.

A program that runs here without an error keeps its tensors on one device on a real GPU too. Unlike PyTorch's
FakeTensorMode, the simulated tensors have values, so that a test can compare them.
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
INSIDE = torch.device("meta")  # the device that torch's internals see: it needs no driver
aten = torch.ops.aten
CROSSING = {aten._to_copy.default, aten.copy_.default}  # the operations that may see both devices


class DeviceMismatchError(RuntimeError):
    """Tensors on different devices, or random numbers drawn on the GPU, where a seed yields other numbers than
    on the CPU.
    """


class OnGPU(Tensor):
    """A tensor on the simulated GPU. It wraps a CPU tensor, which a program reaches only by copying."""

    device, is_cuda, is_cpu, is_meta = GPU, True, False, False
    __torch_function__ = torch._C._disabled_torch_function_impl

    @staticmethod
    def __new__(cls: type[OnGPU], wrapped: Tensor) -> OnGPU:
        tensor = Tensor._make_wrapper_subclass(
            cls,
            wrapped.shape,
            strides=wrapped.stride(),
            storage_offset=wrapped.storage_offset(),
            dtype=wrapped.dtype,
            device=INSIDE,
        )
        tensor.wrapped = wrapped
        return tensor

    @classmethod
    def __torch_dispatch__(
        cls, operation: OpOverload, types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        return dispatch(operation, args, kwargs or {})

    def to(self, *args: object, copy: bool = False, **kwargs: object) -> Tensor:
        """Copy to another device or type. Tensor.to would take this tensor for a CPU tensor and return it unchanged."""
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
        return self.wrapped.tolist()

    def __repr__(self) -> str:
        return f"OnGPU({self.wrapped})"


class SimulatedDispatch(TorchDispatchMode):
    """Intercept every operation, including those that move a tensor to the GPU."""

    def __torch_dispatch__(
        self, operation: OpOverload, types: object, args: tuple = (), kwargs: dict | None = None
    ) -> object:
        return dispatch(operation, args, kwargs or {})


def dispatch(operation: OpOverload, args: tuple, kwargs: dict) -> object:
    """Compute an operation on the CPU and return its result on the device that a GPU machine would use.

    Raises DeviceMismatchError.
    """
    tensors = [value for value in tree_iter((args, kwargs)) if isinstance(value, Tensor)]
    on_device = [value for value in tensors if isinstance(value, OnGPU)]
    device_argument = kwargs.get("device")
    on_gpu = (
        isinstance(args[0], OnGPU)
        if operation is aten.copy_.default
        else bool(on_device)
        if device_argument is None
        else torch.device(device_argument).type in ("cuda", "meta")
    )
    if on_device and operation not in CROSSING:
        check_devices(operation, tensors)
    if on_gpu and torch.Tag.nondeterministic_seeded in operation.tags:
        raise DeviceMismatchError(f"{operation} draws random numbers on the GPU")
    cpu_arguments = tree_map_only(
        OnGPU, lambda value: value.wrapped, (args, kwargs if device_argument is None else kwargs | {"device": "cpu"})
    )
    result = operation(*cpu_arguments[0], **cpu_arguments[1])
    originals = {
        id(value.wrapped if isinstance(value, OnGPU) else value): value for value in tensors
    }  # an in-place operation returns its own argument
    return tree_map_only(
        Tensor,
        lambda value: originals.get(id(value)) if id(value) in originals else OnGPU(value) if on_gpu else value,
        result,
    )


def check_devices(operation: OpOverload, tensors: list[Tensor]) -> None:
    """Check the devices of an operation's tensors: beside GPU tensors, only a zero-dimensional tensor may be
    on the CPU.
    """
    for value in tensors:
        if not isinstance(value, OnGPU) and value.dim():
            raise DeviceMismatchError(
                f"{operation}: a tensor of shape {tuple(value.shape)} is on the CPU, others are on the GPU"
            )


@contextmanager
def simulated_gpu() -> Iterator[None]:
    """Simulate one GPU within the context. Tensors that were moved there must not be used afterwards."""
    overwrite = torch.__future__.get_overwrite_module_params_on_conversion()
    with ExitStack() as stack:
        if not torch.cuda.is_available():
            torch._C._ensureCUDADeviceGuardSet()
            stack.enter_context(mock.patch("torch.cuda._lazy_init"))
            stack.enter_context(mock.patch("torch.cuda.is_available", return_value=True))
            stack.enter_context(mock.patch("torch.cuda.device_count", return_value=1))
        stack.callback(torch.__future__.set_overwrite_module_params_on_conversion, overwrite)
        torch.__future__.set_overwrite_module_params_on_conversion(True)
        stack.enter_context(SimulatedDispatch())
        yield
