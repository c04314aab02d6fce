"""The one password of every masked account: generated once, into a Secret where testers find it."""

import bcrypt

from cadrart_infra import naming
from cadrart_infra.cluster import secrets
from cadrart_infra.cluster.kubectl import Kubectl

PASSWORD, PASSWORD_HASH = "PASSWORD", "PASSWORD_HASH"
"""Keys of the Secret; the hash lies beside it, because bcrypt makes another one each time."""
_ROUNDS = 10


def ensure_password_hash(kubectl: Kubectl) -> str:
    """The password's hash, as the shop's backend stores one; both are made where there is no such Secret."""
    password = secrets.generate()
    digest = bcrypt.hashpw(password.encode(), bcrypt.gensalt(_ROUNDS)).decode()
    secrets.ensure_secret(kubectl, naming.STAGING_PASSWORD_SECRET, {PASSWORD: password, PASSWORD_HASH: digest})
    return secrets.read(kubectl, naming.STAGING_PASSWORD_SECRET, PASSWORD_HASH)
