"""A folder in memory for what tests write.

Every commit of a store waits until its file is on the disk, some milliseconds, and the tests make tens of thousands of
commits. In memory the same calls return at once.
"""

import os
import shutil
import tempfile
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
LEAST_FREE_BYTES = 4_000_000_000


def memory_folder() -> Path:
    """The folder for what tests write: in memory where there is room for all of it, else the usual temporary one."""
    usable = SHARED_MEMORY.is_dir() and os.access(SHARED_MEMORY, os.W_OK | os.X_OK)
    if usable and shutil.disk_usage(SHARED_MEMORY).free >= LEAST_FREE_BYTES:
        return SHARED_MEMORY
    return Path(tempfile.gettempdir())
