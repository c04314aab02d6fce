"""Which database a pod is connected to, as the server says."""

from collections.abc import Collection, Mapping

from cadrart_infra.mysql.root_client import RootClient


def connection_problems(
    server: RootClient, pods: Mapping[str, str], database: str, known_by_other_means: Collection[str]
) -> list[str]:
    """What is wrong with the connections of pods (addresses by name).

    A pod may have connections to `database` only, and has to have one, unless it is `known_by_other_means` to be
    connected. Connections that have chosen no database yet do not count.
    """
    rows = server.run("SELECT HOST, IFNULL(DB, '') FROM information_schema.PROCESSLIST")
    problems = []
    for pod, address in pods.items():
        chosen = {name for host, name in rows if host.rpartition(":")[0] == address and name}
        problems += [
            f"{pod}: it has connections to the database {name}, not to {database} alone"
            for name in sorted(chosen - {database})
        ]
        if not chosen and pod not in known_by_other_means:
            problems.append(f"{pod}: the database server knows no connection from it ({address}) to {database}")
    return problems
