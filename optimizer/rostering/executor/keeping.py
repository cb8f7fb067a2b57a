"""Data that stay with the workers, and the executors that can keep them."""

import pickle
from abc import abstractmethod
from concurrent.futures import Executor
from dataclasses import dataclass
from hashlib import blake2b
from typing import Self


@dataclass(frozen=True, eq=False)
class Block:
    """Data pickled once, however often and to however many workers they travel.

    Parameters
    ----------
    key : str
        Digest of the content: what is equal is sent and kept once.
    payload : bytes
    """

    key: str
    payload: bytes

    @classmethod
    def of(cls, data: object) -> Self:
        """The block of some data; contiguous arrays arrive as they were, so that compiled kernels meet the types they know."""
        payload = pickle.dumps(data, protocol=pickle.HIGHEST_PROTOCOL)
        return cls(f"block-{blake2b(payload, digest_size=16).hexdigest()}", payload)


class KeepingExecutor(Executor):
    """An executor whose workers do not share our memory: what is used in many calls is kept with them."""

    lost: tuple[type[Exception], ...] = ()
    """Errors of a future that say that workers were lost too often."""

    @abstractmethod
    def keep(self, data: object) -> object:
        """What stands for some data among the arguments of `submit`; the workers forget them when it is dropped."""
