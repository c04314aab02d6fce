"""All settings of a stack, and how they are read from its configuration."""

import difflib
import functools
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal, Self

import pulumi
from pulumi.runtime import config
from pydantic import BaseModel, ValidationError, create_model, model_validator

from cadrart_infra import workloads
from cadrart_infra.image_pull import has_version
from cadrart_infra.model import NAMESPACE, PROGRAM, Color, Roles, WorkloadSpec
from cadrart_infra.settings.database import BackupSettings, DatabaseSettings, Storage, SyncSettings
from cadrart_infra.settings.environments import Environments, IngressSettings, Replicas
from cadrart_infra.settings.errors import SettingsError, explain, is_setting, misplaced_keys, refuse, secret_keys
from cadrart_infra.settings.lost_lines import program_and_name, refuse_lost_lines
from cadrart_infra.settings.review import ReviewSettings
from cadrart_infra.settings.updates import Drain, GateSettings, MigrationSettings, Promotion, Rollout
from cadrart_infra.settings.values import IMAGE, Model, Name, Namespace, Text
from cadrart_infra.settings.workloads import (
    AllResources,
    Images,
    RunAs,
    images_model,
    resources_model,
    run_as_model,
)

_FOLDER = Path(__file__).parents[2]
_ENGINE, _PROVIDER = "pulumi", "kubernetes"
"""Whose values are not this program's: those of Pulumi itself, and those of a provider that takes this program's."""
_ALIKE = 0.6
"""From this ratio on one name is another one mistyped."""
_NO_SETTINGS = (
    "The stack has no settings; nothing was changed. Its file, Pulumi.STACK.yaml, is not in this folder, or is empty: "
    "take it from Git, or make one: cadrart new-stack STACK"
)


class Pull(Model):
    """How images are pulled."""

    policy: Literal["Always", "IfNotPresent", ""] = ""
    """Of the colours' images. Empty: what runs keeps the policy that it has, and a new image gets `IfNotPresent`, or
    `Always` if it has neither version nor digest. The database server is not pulled again when it restarts, so that a
    registry that is away stops no restart; one that runs with `Always` keeps it until its image changes."""
    secret: Name | Literal[""] = "cadrart-registry-key"
    """The registry's Secret; empty for none."""


class KubernetesSettings(Model):
    """Which cluster."""

    context: Text = ""
    """Context of the kubeconfig; empty for its current one."""


class Settings(Model):
    """Everything that a stack decides."""

    production: bool = True
    """The strict rules: every image needs a version other than `latest`, or a digest."""
    active_color: Color
    """The colour that serves production. There is no default; it has to be set."""
    namespace: Namespace = NAMESPACE
    """Namespace of the shop, not the cluster's own `kube-…`. It exists before the program, with the shop's Secrets."""
    move_to: Text = ""
    """The place to which the stack may move on purpose, as a refused update names it: a namespace's UID and the name of
    production's database. Any other move is refused."""
    images: Images
    resources: AllResources = AllResources()
    run_as: RunAs = RunAs()
    pull: Pull = Pull()
    replicas: Replicas = Replicas()
    environments: Environments = Environments()
    database: DatabaseSettings = DatabaseSettings()
    storage: Storage = Storage()
    ingress: IngressSettings = IngressSettings()
    rollout: Rollout = Rollout()
    migration: MigrationSettings = MigrationSettings()
    drain: Drain = Drain()
    gate: GateSettings = GateSettings()
    promotion: Promotion = Promotion()
    standby: Literal["cold", "warm"] = "cold"
    """`cold`: the colour that was production becomes staging at once. `warm`: it stays bound to production for
    `promotion.hold`, so that switching back is one write; until the first update after that there is no staging."""
    backup: BackupSettings = BackupSettings()
    sync: SyncSettings = SyncSettings()
    review: ReviewSettings = ReviewSettings()
    kubernetes: KubernetesSettings = KubernetesSettings()

    @property
    def roles(self) -> Roles:
        """Which colour plays which role."""
        return Roles(self.active_color)

    @model_validator(mode="after")
    def _versions_in_production(self) -> Self:
        if not self.production:
            return self
        for color in Color:
            for workload, image in self.images.of(color).by_workload().items():
                match = IMAGE.fullmatch(image)
                if match and not has_version(image):
                    raise refuse(
                        "has no version, so that nobody could say what runs in production",
                        f"Name the release, e.g. {match['name']}:1.4.2",
                        key=f"images.{color}.{workload}",
                        value=image,
                    )
        return self


def parse(values: Mapping[str, Any]) -> Settings:
    """Settings from the stack's plain values (strings, or what JSON gave for structured keys).

    Raises SettingsError that names every wrong key, its value and the remedy.
    """
    model = stack_model()
    if not any(values.get(field.alias or name) for name, field in model.model_fields.items() if field.is_required()):
        raise SettingsError(_NO_SETTINGS)
    try:
        return model.model_validate({key: value for key, value in values.items() if value != ""})
    except ValidationError as error:
        raise SettingsError(explain(error, model)) from None


def load(file: Path | None = None) -> Settings:
    """Settings of the stack that Pulumi is working on; raises SettingsError (see `parse`).

    `file`: the one that Pulumi was given to take them from, where it was given one.
    """
    refuse_lost_lines(file or _FOLDER / f"Pulumi.{pulumi.get_stack()}.yaml")
    # The variable is the user's own, of another stack, where the program runs in a command's own process.
    values = own_values(config.CONFIG.get() or config.get_config_env())
    refuse_secrets([key for key in values if config.is_config_secret(f"{PROGRAM}:{key}")])
    return parse({key: _structured(key, value) for key, value in values.items()})


def own_values(stack: Mapping[str, Any]) -> dict[str, Any]:
    """Those of a stack's values that are this program's, by their keys as Pulumi reads them.

    Raises SettingsError for a key that was meant for it and that Pulumi takes for another program's: the setting would
    have no effect, and nobody would say so.
    """
    values, lost = {}, []
    for key, value in stack.items():
        program, name = program_and_name(key)
        if program == PROGRAM:
            values[name] = value
        elif program != _ENGINE and _is_meant(program, name):
            lost.append(key)
    if lost:
        raise SettingsError(misplaced_keys(lost, PROGRAM, stack_model()))
    return values


def _is_meant(program: str, name: str) -> bool:
    """Other programs' values come from an environment that several stacks share, and are none of this one's."""
    alike = difflib.SequenceMatcher(None, program.lower(), PROGRAM).ratio() > _ALIKE
    return program == _PROVIDER or alike or is_setting(name, stack_model())


def refuse_secrets(keys: Collection[str]) -> None:
    """No setting is a secret: images, colours and names are shown in tables, labels and messages."""
    if keys:
        raise SettingsError(secret_keys(keys, stack_model()))


def stack_model() -> type[Settings]:
    """The model for the shop's workloads."""
    return _model_for(workloads.SHOP)


@functools.cache
def _model_for(specs: tuple[WorkloadSpec, ...]) -> type[Settings]:
    """Made once: that takes as long as a hundred readings of the settings."""
    resources, run_as = resources_model(specs), run_as_model(specs)
    return create_model(
        "Settings",
        __base__=Settings,
        images=(images_model(specs), ...),
        resources=(resources, resources()),
        run_as=(run_as, run_as()),
    )


def _structured(key: str, value: str) -> Any:
    """The value of a structured key, which Pulumi hands over as JSON text; a plain key's value as it is."""
    field = next((field for field in Settings.model_fields.values() if field.alias == key), None)
    if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
        return value
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value
