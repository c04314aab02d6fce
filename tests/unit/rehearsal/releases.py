"""A release that is tried on the copy of a rehearsal."""

from cadrart_infra.components.environments import environment_data
from cadrart_infra.model import Environment, Resources
from cadrart_infra.rehearsal.release import Release
from cadrart_infra.workloads import BACKEND

CONFIG = environment_data(Environment.STG, database="shop", log_level="info", cors_origins="https://stg.example.org")
RELEASE = Release(
    spec=BACKEND,
    image="registry.example.org/backend:2.0.0",
    used_by="staging",
    color="green",
    pull_policy="IfNotPresent",
    pull_secret="registry-key",
    config=CONFIG,
    resources=Resources(),
    user=1000,
    account="shop",
    made_up="f00d" * 16,
    migration=(),
    successes=3,
    time_limit=60,
)
