"""The configuration files of the daemons, as text made from a cluster's paths and addresses."""

import json
from dataclasses import dataclass
from pathlib import Path

from sandbox.cluster.slots import AddressPlan
from sandbox.paths import ClusterPaths

PAUSE_IMAGE = "cadrart.local/sandbox/pause:1"
COREDNS_IMAGE = "cadrart.local/sandbox/coredns:1.12.4"


@dataclass(frozen=True)
class Host:
    """What the daemons need to know of the machine."""

    cni_folder: Path
    snapshotter: str
    """`overlayfs`, or `native` where an overlay cannot be stacked on the machine's own root."""
    restrict_oom_score: bool
    """Whether the machine's root may not lower an out-of-memory score (it lacks CAP_SYS_RESOURCE)."""


def containerd(paths: ClusterPaths, host: Host) -> str:
    """Everything of it lies in the cluster's own folders; what the machine cannot do is left out."""
    home = paths.containerd
    return f"""version = 2
root = "{home}/root"
state = "{home}/state"
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
]

[grpc]
address = "{paths.containerd_socket}"

[plugins."io.containerd.internal.v1.opt"]
path = "{home}/opt"

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{PAUSE_IMAGE}"
restrict_oom_score_adj = {json.dumps(host.restrict_oom_score)}
netns_mounts_under_state_dir = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{host.cni_folder}"
conf_dir = "{paths.configuration}/cni"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "{host.snapshotter}"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
Root = "{home}/runc"
SystemdCgroup = false
"""


def container_network(paths: ClusterPaths, addresses: AddressPlan) -> str:
    """Every pod gets a link of its own to the node, so that all traffic between pods is routed and seen by iptables.

    On a bridge, answers between two pods would pass it by where the kernel has no br_netfilter.
    """
    address_management = {
        "type": "host-local",
        "dataDir": str(paths.home / "pod-addresses"),
        "ranges": [[{"subnet": addresses.pods}]],
        "routes": [{"dst": "0.0.0.0/0"}],
    }
    plugins = [
        {"type": "ptp", "ipam": address_management},
        {"type": "portmap", "capabilities": {"portMappings": True}, "snat": True},
    ]
    return json.dumps({"cniVersion": "0.4.0", "name": paths.identity, "plugins": plugins}, indent=2)


def kubelet(paths: ClusterPaths, addresses: AddressPlan) -> str:
    """Limits of disk and swap are lifted: the machine is a developer's, and the cluster is small."""
    document = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": addresses.node,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(paths.credentials / "ca.crt")},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(paths.credentials / "kubelet.crt"),
        "tlsPrivateKeyFile": str(paths.credentials / "kubelet.key"),
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{paths.identity}",
        "clusterDNS": [addresses.dns_service],
        "clusterDomain": "cluster.local",
        "containerRuntimeEndpoint": f"unix://{paths.containerd_socket}",
        "evictionHard": {"memory.available": "50Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
        "failCgroupV1": False,
        "failSwapOn": False,
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "podLogsDir": str(paths.home / "pod-logs"),
        "resolvConf": str(paths.configuration / "resolv.conf"),
        "volumePluginDir": str(paths.kubelet / "volume-plugins"),
    }
    return json.dumps(document, indent=2)


def authentication() -> str:
    """Which tokens of others the API server takes: none; it reads the file again when a test has changed it."""
    document = {"apiVersion": "apiserver.config.k8s.io/v1beta1", "kind": "AuthenticationConfiguration", "jwt": []}
    return json.dumps(document, indent=2)


def kube_proxy(paths: ClusterPaths, addresses: AddressPlan) -> str:
    """The limits of the connection table stay the machine's: they are not a namespace's to change."""
    document = {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(paths.kubeconfig_of("kube-proxy"))},
        "clusterCIDR": addresses.pods,
        "conntrack": {
            "maxPerCore": 0,
            "tcpEstablishedTimeout": "0s",
            "tcpCloseWaitTimeout": "0s",
        },
        "hostnameOverride": paths.identity,
        "mode": "iptables",
    }
    return json.dumps(document, indent=2)


def corefile() -> str:
    """Names of the cluster are answered, every other name is said not to exist: there is no network outside."""
    return """cluster.local in-addr.arpa ip6.arpa {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        pods insecure
    }
    cache 30
    loadbalance
}
. {
    errors
    template ANY ANY {
        rcode NXDOMAIN
    }
}
"""


def write(paths: ClusterPaths, addresses: AddressPlan, host: Host) -> None:
    """Write every file below `configuration/`."""
    folder = paths.configuration
    (folder / "cni").mkdir(parents=True)
    (folder / "containerd.toml").write_text(containerd(paths, host))
    (folder / "cni/10-sandbox.conflist").write_text(container_network(paths, addresses))
    paths.authentication.write_text(authentication())
    (folder / "kubelet.json").write_text(kubelet(paths, addresses))
    (folder / "kube-proxy.json").write_text(kube_proxy(paths, addresses))
    (folder / "resolv.conf").write_text("")
