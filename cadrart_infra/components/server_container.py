"""The container of a database server, production's or a review's."""

import pulumi

from cadrart_infra import naming
from cadrart_infra.components._env import from_secret, literal
from cadrart_infra.components.kubernetes_object import Manifest
from cadrart_infra.pod_security import PodSecurity, container_confinement

# The image opens its port only when it is initialised, so a TCP probe shows both servers' readiness.
PORT_OPEN: Manifest = {"tcpSocket": {"port": naming.DATABASE_PORT}}


def server_container(
    image: pulumi.Input[str], pull_policy: str, database: Manifest, limits: Manifest, security: PodSecurity
) -> Manifest:
    """What every such container has. Mounts, and how long a first start may take, are for whoever declares the pod.

    `database`: the variable MYSQL_DATABASE, which names the server's default database.
    """
    return {
        "name": naming.DATABASE,
        "image": image,
        "imagePullPolicy": pull_policy,
        "env": [
            literal("MYSQL_ROOT_HOST", "localhost"),
            database,
            from_secret("MYSQL_USER", naming.APP_SECRET, naming.USER_KEY),
            from_secret("MYSQL_PASSWORD", naming.APP_SECRET, naming.PASSWORD_KEY),
            from_secret("MYSQL_ROOT_PASSWORD", naming.APP_SECRET, naming.ROOT_PASSWORD_KEY),
        ],
        "ports": [{"name": "mysql", "containerPort": naming.DATABASE_PORT}],
        "resources": {"requests": {"cpu": "25m", "memory": "128Mi"}, "limits": limits},
        "readinessProbe": {**PORT_OPEN, "periodSeconds": 5},
        "securityContext": container_confinement(security, read_only=False),
    }
