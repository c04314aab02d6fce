"""The daemons of the cluster: their names, their order, their command lines and where each says that it is well."""

from sandbox.cluster.slots import AddressPlan
from sandbox.paths import ClusterPaths

ETCD = "etcd"
CONTAINERD = "containerd"
API_SERVER = "kube-apiserver"
CONTROLLER_MANAGER = "kube-controller-manager"
SCHEDULER = "kube-scheduler"
KUBE_PROXY = "kube-proxy"
KUBELET = "kubelet"
NETWORK_POLICIES = "network-policies"

CLIENTS = (CONTROLLER_MANAGER, SCHEDULER, KUBE_PROXY, KUBELET)
"""Those that need nothing but the API server."""

ALL = (ETCD, CONTAINERD, API_SERVER, *CLIENTS, NETWORK_POLICIES)
"""In the order in which they are started."""


HEALTH = {
    ETCD: "http://127.0.0.1:2379/health",
    CONTROLLER_MANAGER: "https://127.0.0.1:10257/healthz",
    SCHEDULER: "https://127.0.0.1:10259/healthz",
    KUBE_PROXY: "http://127.0.0.1:10256/healthz",
    KUBELET: "http://127.0.0.1:10248/healthz",
    NETWORK_POLICIES: "http://127.0.0.1:20244/healthz",
}
"""Where each says that it is well, inside the namespace; containerd and the API server are asked by their clients."""


def command(name: str, paths: ClusterPaths, addresses: AddressPlan) -> list[str]:
    """The command line of one component, its program taken from the cluster's own `bin`."""
    arguments = {
        ETCD: _etcd,
        CONTAINERD: _containerd,
        API_SERVER: _api_server,
        CONTROLLER_MANAGER: _controller_manager,
        SCHEDULER: _scheduler,
        KUBE_PROXY: _kube_proxy,
        KUBELET: _kubelet,
        NETWORK_POLICIES: _network_policies,
    }[name](paths, addresses)
    return [str(paths.binaries / name), *arguments]


def _etcd(paths: ClusterPaths, _: AddressPlan) -> list[str]:
    """Nothing has to survive the machine, so nothing waits for the disk."""
    clients, peers = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
    return [
        f"--name={paths.identity}",
        f"--data-dir={paths.etcd}",
        "--unsafe-no-fsync",
        "--log-level=warn",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster={paths.identity}={peers}",
    ]


def _containerd(paths: ClusterPaths, _: AddressPlan) -> list[str]:
    return ["--config", str(paths.configuration / "containerd.toml")]


def _api_server(paths: ClusterPaths, addresses: AddressPlan) -> list[str]:
    keys = paths.credentials
    return [
        "--etcd-servers=http://127.0.0.1:2379",
        "--secure-port=6443",
        f"--advertise-address={addresses.node}",
        f"--service-cluster-ip-range={addresses.services}",
        "--allow-privileged=true",
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--anonymous-auth=false",
        f"--authentication-config={paths.authentication}",
        f"--token-auth-file={keys}/tokens.csv",
        f"--client-ca-file={keys}/ca.crt",
        f"--tls-cert-file={keys}/apiserver.crt",
        f"--tls-private-key-file={keys}/apiserver.key",
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
        f"--service-account-key-file={keys}/service-account.pub",
        f"--service-account-signing-key-file={keys}/service-account.key",
        "--kubelet-preferred-address-types=InternalIP",
        f"--kubelet-certificate-authority={keys}/ca.crt",
        f"--kubelet-client-certificate={keys}/kubelet-client.crt",
        f"--kubelet-client-key={keys}/kubelet-client.key",
    ]


def _controller_manager(paths: ClusterPaths, _: AddressPlan) -> list[str]:
    return [
        f"--kubeconfig={paths.kubeconfig_of(CONTROLLER_MANAGER)}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
        "--use-service-account-credentials=true",
        f"--cluster-name={paths.identity}",
        f"--root-ca-file={paths.credentials}/ca.crt",
        f"--service-account-private-key-file={paths.credentials}/service-account.key",
    ]


def _scheduler(paths: ClusterPaths, _: AddressPlan) -> list[str]:
    return [
        f"--kubeconfig={paths.kubeconfig_of(SCHEDULER)}",
        "--bind-address=127.0.0.1",
        "--leader-elect=false",
    ]


def _kube_proxy(paths: ClusterPaths, _: AddressPlan) -> list[str]:
    return [f"--config={paths.configuration}/kube-proxy.json"]


def _kubelet(paths: ClusterPaths, addresses: AddressPlan) -> list[str]:
    return [
        f"--config={paths.configuration}/kubelet.json",
        f"--kubeconfig={paths.kubeconfig_of(KUBELET)}",
        f"--root-dir={paths.kubelet}",
        f"--cert-dir={paths.kubelet}/pki",
        f"--hostname-override={paths.identity}",
        f"--node-ip={addresses.node}",
    ]


def _network_policies(paths: ClusterPaths, addresses: AddressPlan) -> list[str]:
    return [
        f"--kubeconfig={paths.kubeconfig_of(NETWORK_POLICIES)}",
        f"--hostname-override={paths.identity}",
        f"--service-cluster-ip-range={addresses.services}",
    ]
