"""The gate's question whether pods can wait for their connections to end."""

from cadrart_infra.cluster.errors import ClusterError
from cadrart_infra.promotion.shell_check import shell_problems


class Cluster:
    """A cluster whose pods have a shell, except those with `bare` in their name."""

    def run(self, verb: str, pod: str, *command: str, timeout: float) -> str:
        assert (verb, *command) == ("exec", "--", "sh", "-c", "sleep 0")
        if "bare" in pod:
            raise ClusterError('exec: "sh": executable file not found in $PATH')
        return ""


def test_each_pod_without_a_shell_is_named_with_both_remedies() -> None:
    (problem,) = shell_problems(Cluster(), ["frontend-1", "backend-bare"])  # type: ignore[arg-type]
    assert problem.startswith("backend-bare: it could not run sh and sleep")
    assert "executable file not found" in problem
    assert "Use an image that has them" in problem
    assert "pulumi config set --path drain.whenIdle false" in problem


def test_pods_with_a_shell_are_fit() -> None:
    assert shell_problems(Cluster(), ["frontend-1", "backend-1"]) == []  # type: ignore[arg-type]
