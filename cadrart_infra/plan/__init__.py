"""The plan of an update: computed once, from the settings and the live cluster (pure).

The program declares the shop from it; the preview's text and the stack's outputs read it. `update.py` puts the parts
together: each is about one subject, and knows of the others only what it is given.
"""

from cadrart_infra.plan.releases import RELEASES_TO_PRODUCTION
from cadrart_infra.plan.roles import Role
from cadrart_infra.plan.update import Kind, UpdatePlan

__all__ = ["RELEASES_TO_PRODUCTION", "Kind", "Role", "UpdatePlan"]
