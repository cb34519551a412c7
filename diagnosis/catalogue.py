"""Every cause for which a Stack can be stuck, in one table.

The order is that in which causes of one depth are said. What there is to say of each in general makes
docs/troubleshooting.md, too.
"""

from __future__ import annotations

from diagnosis.cause import Cause
from diagnosis.causes import wedge

CATALOGUE: tuple[Cause, ...] = (*wedge.CAUSES,)
