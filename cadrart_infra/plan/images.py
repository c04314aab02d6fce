"""The images that an update gives the colours."""

from collections.abc import Mapping

from cadrart_infra.model import Color, Workload

Images = Mapping[Color, Mapping[Workload, str]]
"""By colour and workload."""
