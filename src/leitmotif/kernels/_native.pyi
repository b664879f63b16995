# The compiled extension; what each function takes and gives stands in the module of kernels/ that calls it.
from typing import Any

def __getattr__(name: str) -> Any: ...
