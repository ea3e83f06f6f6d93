# SPDX-License-Identifier: GPL-2.0-only
"""From the subset of Python that pymm runs to pyasm(5).

CPython's own compiler says what is evaluated when, and when each temporary reference is dropped:
its bytecode is translated instruction by instruction, an entry of its value stack to a slot.
"""

from .source import Refused, Source
from .translate import translate

__all__ = ["Refused", "Source", "translate"]
