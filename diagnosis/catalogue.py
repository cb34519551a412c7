"""Every cause for which a Stack or an Application can be stuck, in one table.

The order is that in which causes of one depth are said. What there is to say of each in general makes
docs/troubleshooting.md, too.
"""

from __future__ import annotations

from diagnosis.cause import Cause
from diagnosis.causes import wedge
from diagnosis.facts.application_facts import ApplicationFacts
from diagnosis.facts.stack_facts import StackFacts

STACK_CAUSES: tuple[Cause[StackFacts], ...] = (*wedge.CAUSES,)

APPLICATION_CAUSES: tuple[Cause[ApplicationFacts], ...] = ()

CATALOGUE = (*STACK_CAUSES, *APPLICATION_CAUSES)
