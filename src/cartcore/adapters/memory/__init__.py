"""Storage in memory: the reference for all adapters, and enough for tests and notebooks."""

from cartcore.adapters.memory.storage import MemoryStorage, MemoryUnitOfWork

__all__ = ["MemoryStorage", "MemoryUnitOfWork"]
