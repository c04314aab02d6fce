"""What an answer that nobody expected says to do."""

from cadrart_infra.cluster.errors import ApiError


def explained(said: str) -> str:
    error = ApiError(500, said)
    error.asked = "POST /apis/coordination.k8s.io/v1/namespaces/shop/leases"
    return error.explained()


def test_a_webhook_that_does_not_answer_is_looked_for_and_not_the_kubeconfig() -> None:
    text = explained('Internal error occurred: failed calling webhook "dead.example.com": failed to call webhook')
    assert "kubectl get validatingwebhookconfigurations,mutatingwebhookconfigurations" in text
    assert "KUBECONFIG" not in text
    assert "check KUBECONFIG" in explained("etcdserver: request timed out")


def test_an_account_without_the_right_is_led_to_the_roles_and_one_refused_by_a_quota_is_not() -> None:
    text = explained('namespaces is forbidden: User "anna" cannot list resource "namespaces" in API group ""')
    assert "docs/rbac.md" in text
    assert "KUBECONFIG" not in text
    assert "docs/rbac.md" not in explained('pods "job" is forbidden: exceeded quota: small')
