"""Lets an unmodified sglang start where there is no GPU: loaded by a .pth file in every process of the environment.

torchvision from the package index is linked against CUDA, so beside a CPU build of torch its compiled operators do not
load; they are declared here, because its Python files refer to them. triton (1 GB) only compiles for GPUs, and
without one sglang merely *defines* kernels with it: a module that takes every decorator will do.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
import types
from pathlib import Path

_keep: list[object] = []


class Anything(types.ModuleType):
    """A module, decorator and namespace in one; what is asked of it with a capital letter is a class."""

    def __init__(self, name: str):
        super().__init__(name)
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        full = f"{self.__name__}.{name}"
        made: object
        if name[0].isupper() or name == "constexpr":
            made = type(name, (), {"__module__": self.__name__, "__init__": _take_value})
        else:
            made = sys.modules.setdefault(full, Anything(full))
        setattr(self, name, made)
        return made

    def __call__(self, *args: object, **kwargs: object) -> object:
        """Serve as ``@jit`` (gives the function back) and as ``@jit(...)`` (gives a decorator)."""
        if len(args) == 1 and callable(args[0]) and not kwargs:
            return args[0]
        return lambda function: function

    def __bool__(self) -> bool:
        return False


def _take_value(self: object, *args: object, **_kwargs: object) -> None:
    self.value = args[0] if args else None  # type: ignore[attr-defined]


class TritonFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds ``triton`` and everything below it."""

    def find_spec(self, fullname, path=None, target=None):
        """Only when the real one is not installed: this finder stands last."""
        if fullname.partition(".")[0] != "triton":
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        """One module object a name, however it was reached first."""
        module = sys.modules.get(spec.name) or Anything(spec.name)
        if spec.name == "triton":
            module.__version__ = "3.0.0"
            module.cdiv = lambda dividend, divisor: -(-dividend // divisor)
            module.next_power_of_2 = lambda number: 1 << max(0, number - 1).bit_length()
        return module

    def exec_module(self, module):
        """Nothing to run."""


class TorchvisionOperators(importlib.abc.MetaPathFinder):
    """Declares torchvision's operators just before it is imported, beside a torch without CUDA."""

    def find_spec(self, fullname, path=None, target=None):
        """Never finds anything itself."""
        if fullname == "torchvision":
            sys.meta_path.remove(self)
            self._declare(importlib.machinery.PathFinder.find_spec(fullname, path))
        return

    def _declare(self, spec) -> None:
        import torch
        from torch import library as operators

        if spec is None or torch.version.cuda:
            return
        source = Path(spec.origin).with_name("_meta_registrations.py").read_text("utf-8")
        library = operators.Library("torchvision", "DEF")
        for name in sorted(set(re.findall(r'register_(?:meta|fake)\("(?:torchvision::)?(\w+)"\)', source))):
            library.define(f"{name}(Tensor unused) -> Tensor")
        # The declarations live as long as the library object does.
        _keep.append(library)


sys.meta_path.insert(0, TorchvisionOperators())
if importlib.util.find_spec("triton") is None:
    sys.meta_path.append(TritonFinder())
