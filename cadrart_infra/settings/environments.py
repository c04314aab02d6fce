"""What differs between production and staging besides colour and database, and how the shop is reached from outside."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from cadrart_infra.model import Environment
from cadrart_infra.settings.errors import refuse
from cadrart_infra.settings.values import Host, Model, Name, Origins

LogLevel = Literal["error", "warn", "info", "debug", "verbose"]


class Replicas(Model):
    """Pods of each Deployment, by the environment that its colour serves."""

    prod: Annotated[int, Field(ge=1, le=100)] = 1
    """Pods of each Deployment of the colour that serves production."""
    stg: Annotated[int, Field(ge=1, le=100)] = 1
    """Pods of each Deployment of the colour that serves staging."""

    def of(self, environment: Environment) -> int:
        """The number of pods of a Deployment in an environment."""
        return self.prod if environment is Environment.PROD else self.stg


class EnvironmentSettings(Model):
    """What differs between the environments' ConfigMaps besides the database."""

    log_level: LogLevel
    """How much the backend logs."""
    cors_origins: Origins
    """Origins that the backend accepts, separated by commas."""


class _Production(EnvironmentSettings):
    """Settings of production."""

    log_level: LogLevel = "info"
    """How much the backend logs."""
    cors_origins: Origins = "https://ateliercadrart.com,https://www.ateliercadrart.com"
    """Origins that the backend accepts, separated by commas."""


class _Staging(EnvironmentSettings):
    """Settings of staging."""

    log_level: LogLevel = "debug"
    """How much the backend logs."""
    cors_origins: Origins = "https://stg.ateliercadrart.com"
    """Origins that the backend accepts, separated by commas."""


class Environments(Model):
    """Settings of each environment."""

    prod: _Production = _Production()
    stg: _Staging = _Staging()

    def of(self, environment: Environment) -> EnvironmentSettings:
        """The settings of one environment."""
        return self.prod if environment is Environment.PROD else self.stg


class IngressSettings(Model):
    """The entrance from outside."""

    production_host: Host = "ateliercadrart.com"
    """Production's host."""
    staging_host: Host = "stg.ateliercadrart.com"
    """Staging's host."""
    class_name: Name = "nginx"
    """The ingress controller's class."""
    issuer: Name | Literal[""] = "letsencrypt-prod"
    """cert-manager's ClusterIssuer; empty where certificates come another way."""
    tls_secret: Name = "example-tls"
    """Secret with the certificate."""

    @property
    def hosts(self) -> dict[Environment, str]:
        """The host of each environment."""
        return {Environment.PROD: self.production_host, Environment.STG: self.staging_host}

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if self.production_host == self.staging_host:
            raise refuse("productionHost and stagingHost are the same", "Give staging a host of its own")
        return self
