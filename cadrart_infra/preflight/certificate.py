"""Checks that the Ingress keeps a certificate when the settings rename its Secret.

With a Secret that does not exist an ingress controller serves the hosts with a certificate of its own, which no browser
takes; nothing of the update would fail.
"""

from collections.abc import Iterable

from cadrart_infra import naming
from cadrart_infra.cluster.kinds import INGRESS, Object, Objects, object_named
from cadrart_infra.cluster.kubectl import Kubectl
from cadrart_infra.cluster.secrets import is_missing
from cadrart_infra.preflight.preflight import PreflightError
from cadrart_infra.settings import Settings
from cadrart_infra.terminal import Say


def check_certificate(settings: Settings, objects: Objects, kubectl: Kubectl, warn: Say) -> None:
    """Raises PreflightError if the Ingress would change to a Secret that does not exist.

    With cert-manager, which makes it in a while, `warn` is called. The Role lets nobody read this Secret, so the
    cluster is asked what it would make; an account that may make none is warned of nothing.
    """
    wanted = settings.ingress.tls_secret
    has = secrets_of_the_ingress(objects)
    if not has or not is_missing(kubectl, wanted):
        return
    left = [name for name in has if name != wanted]
    if not left:
        warn(
            f"Secret {wanted} (ingress.tlsSecret) does not exist in namespace {settings.namespace}, so that the hosts "
            f"have no certificate that a browser takes. {_made_by(settings)}"
        )
    elif not all(is_missing(kubectl, name) for name in left):
        _report_change(settings, left[0], warn)


def _report_change(settings: Settings, serves: str, warn: Say) -> None:
    """Warns where cert-manager makes the Secret that is missing, and raises PreflightError where nobody does.

    `serves`: the Secret with the certificate of now.
    """
    wanted = settings.ingress.tls_secret
    said = (
        f"ingress.tlsSecret is {wanted}, but namespace {settings.namespace} has no such Secret; production is served "
        f"with the certificate in {serves} now"
    )
    if settings.ingress.issuer:
        warn(
            f"{said}. Until cert-manager has made {wanted} (ingress.issuer: {settings.ingress.issuer}), no browser "
            "would take the hosts' certificate: make it first, with a Certificate of your own"
        )
        return
    raise PreflightError(
        f"{said}, and would be without one; nothing was changed.\n"
        f"  {_made_by(settings)}\n"
        "  Or set the key back (--plaintext, for Pulumi takes the name of a Secret for one): "
        f"pulumi config set --plaintext --path ingress.tlsSecret {serves}"
    )


def _made_by(settings: Settings) -> str:
    wanted, on = settings.ingress.tls_secret, f"kubectl -n {settings.namespace}"
    if settings.ingress.issuer:
        issuer = settings.ingress.issuer
        return f"cert-manager makes it (ingress.issuer: {issuer}); see: {on} describe certificate {wanted}"
    return f"Make it: {on} create secret tls {wanted} --cert=FILE --key=FILE"


def secrets_of_the_ingress(objects: Iterable[Object]) -> list[str]:
    """The names of the Secrets in the shop's Ingress; empty before the first install."""
    ingress = object_named(INGRESS, naming.INGRESS, objects)
    entries = (ingress["spec"].get("tls") or []) if ingress else []
    return [entry["secretName"] for entry in entries if entry.get("secretName")]
