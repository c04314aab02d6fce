"""How an update goes: how pods are exchanged, what a colour has to show, what may keep a switch from beginning."""

from typing import Annotated

from pydantic import Field

from cadrart_infra.settings.values import Command, Duration, Model, Seconds, Text


class Rollout(Model):
    """How a Deployment's pods are exchanged. All times in seconds."""

    timeout: Annotated[Seconds, Field(ge=10)] = 300
    """How long a Deployment may take until its new pods are ready; then the update fails and the old pods stay."""


class MigrationSettings(Model):
    """How a release brings the database to its level."""

    command: tuple[Annotated[Text, Field(min_length=1)], ...] = ()
    """A program of the backend's image and its arguments, e.g. `[node, dist/migrate.js]`: run once by a Job of its own
    before the release's pods start. Empty: the pods migrate when they start, one after the other."""
    time_limit: Annotated[Seconds, Field(ge=10)] = 1800
    """How many seconds a migration may take: that Job, or a pod that migrates when it starts."""


class Drain(Model):
    """How old pods end. The update does not wait for it."""

    timeout: Annotated[Duration, Field(ge=5, le=3600)] = 60
    """How many seconds an old pod goes on serving the connections that it has after it was asked to end."""
    when_idle: bool = True
    """Whether it ends earlier when nobody is connected to it any more; its image needs `sh`, `sleep` and `cat`."""


class GateSettings(Model):
    """What a colour has to show before production's proxies lead to it. Times in seconds."""

    successes: Annotated[int, Field(ge=1, le=100)] = 3
    """Healthy answers in a row that every pod has to give."""
    timeout: Annotated[Seconds, Field(ge=1)] = 60
    """How long the gate waits for them."""
    smoke_command: Command = ""
    """A command of the user's own, run by the shell against new pods before any proxy leads to them; empty for none."""
    smoke_timeout: Annotated[Seconds, Field(ge=1)] = 120
    """How long that command may take."""


class Promotion(Model):
    """What may keep a switch from beginning, and what follows it. Times in seconds."""

    long_transaction: Annotated[Seconds, Field(ge=0)] = 60
    """A switch does not begin while a transaction on production's database is older; 0 for no such check."""
    time_budget: Annotated[Seconds, Field(ge=10)] = 600
    """How long a switch may take from its first write until production's traffic is switched; then it is refused."""
    watch: Annotated[Seconds, Field(ge=0)] = 20
    """How long production is watched after a switch, and rolled back if it fails or crashes; 0 for no watch."""
    allow_untested: bool = False
    """Whether production may get a release that staging has not run, for a hotfix: with a switch, or without one."""
    hold: Annotated[Duration, Field(ge=1)] = 3600
    """How long a warm standby is kept."""
