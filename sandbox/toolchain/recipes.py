"""What is built from Go modules, each pinned by a go.mod and go.sum in `toolchain/<name>/`."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parent

PULUMI_VERSION = "3.259.0"
KUBERNETES_PROVIDER_VERSION = "4.26.0"
COMMAND_PROVIDER_VERSION = "1.2.1"
KUBERNETES_VERSION = "1.34.4"

_SDK = "github.com/pulumi/pulumi/sdk/v3"
_LANGUAGE_HOST = "github.com/pulumi/pulumi/sdk/python/cmd/pulumi-language-python/v3"
_KUBERNETES_PROVIDER = "github.com/pulumi/pulumi-kubernetes/provider/v4"
_STRIP = "-s -w"


@dataclass(frozen=True)
class ModuleFile:
    """A file that is copied out of a Go module: `path` inside `module`, made executable or not."""

    module: str
    path: str


@dataclass(frozen=True)
class GoRecipe:
    """One `go build`: the folder `toolchain/<name>/` with its go.mod, and what comes out of it."""

    name: str
    title: str
    packages: tuple[str, ...]
    binaries: tuple[str, ...]
    ldflags: str = _STRIP
    embedded: tuple[ModuleFile, ...] = ()
    """Copied beside main.go before the build, for a `go:embed`."""
    scripts: tuple[ModuleFile, ...] = ()
    """Copied beside the binaries."""

    @property
    def source(self) -> Path:
        """The folder of its go.mod, in this repository."""
        return SOURCES / self.name


PULUMI = GoRecipe(
    name="pulumi",
    title=f"pulumi {PULUMI_VERSION}",
    packages=("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",),
    binaries=("pulumi",),
    ldflags=f"{_STRIP} -X {_SDK}/go/common/version.Version=v{PULUMI_VERSION}",
)
LANGUAGE_HOST = GoRecipe(
    name="pulumi-language-python",
    title="Pulumi's Python language host",
    packages=(_LANGUAGE_HOST,),
    binaries=("pulumi-language-python",),
    scripts=(
        ModuleFile(_SDK, "python/cmd/pulumi-language-python-exec"),
        ModuleFile(_SDK, "python/dist/pulumi-resource-pulumi-python"),
        ModuleFile(_SDK, "python/dist/pulumi-analyzer-policy-python"),
    ),
)
KUBERNETES_PROVIDER = GoRecipe(
    name="pulumi-resource-kubernetes",
    title=f"Pulumi's Kubernetes provider {KUBERNETES_PROVIDER_VERSION}",
    packages=(".",),
    binaries=("pulumi-resource-kubernetes",),
    ldflags=f"{_STRIP} -X {_KUBERNETES_PROVIDER}/pkg/version.Version={KUBERNETES_PROVIDER_VERSION}",
    embedded=(ModuleFile(_KUBERNETES_PROVIDER, "cmd/pulumi-resource-kubernetes/schema.json"),),
)
COMMAND_PROVIDER = GoRecipe(
    name="pulumi-resource-command",
    title="stand-in for Pulumi's command provider",
    packages=(".",),
    binaries=("pulumi-resource-command",),
)
_KUBERNETES_PROGRAMS = (
    *("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"),
    *("kubelet", "kubectl"),
)
KUBERNETES = GoRecipe(
    name="kubernetes",
    title=f"Kubernetes {KUBERNETES_VERSION}",
    packages=tuple(f"k8s.io/kubernetes/cmd/{program}" for program in _KUBERNETES_PROGRAMS),
    binaries=_KUBERNETES_PROGRAMS,
    ldflags=" ".join(
        [
            _STRIP,
            f"-X k8s.io/component-base/version.gitVersion=v{KUBERNETES_VERSION}",
            "-X k8s.io/component-base/version.gitMajor=1",
            "-X k8s.io/component-base/version.gitMinor=34",
            "-X k8s.io/component-base/version.gitTreeState=archive",
        ]
    ),
)
COREDNS = GoRecipe(
    name="coredns",
    title="CoreDNS 1.12.4",
    packages=("github.com/coredns/coredns",),
    binaries=("coredns",),
)
NETWORK_POLICIES = GoRecipe(
    name="network-policies",
    title="network policy controller of k3s (kube-router 2.6.3)",
    packages=(".",),
    binaries=("network-policies",),
)

_ARGO_ROLLOUTS = "github.com/argoproj/argo-rollouts"
ARGO_ROLLOUTS = GoRecipe(
    name="argo-rollouts",
    title="Argo Rollouts 1.8.3",
    packages=(f"{_ARGO_ROLLOUTS}/cmd/rollouts-controller",),
    binaries=("rollouts-controller",),
    scripts=tuple(
        ModuleFile(_ARGO_ROLLOUTS, f"manifests/crds/{kind}-crd.yaml")
        for kind in ("rollout", "experiment", "analysis-run", "analysis-template", "cluster-analysis-template")
    ),
)
"""A peer that `make bench-switch` measures against; neither a cluster nor a test needs it."""


ACT = GoRecipe(
    name="act",
    title="act 0.2.89",
    packages=("github.com/nektos/act",),
    binaries=("act",),
    ldflags=f"{_STRIP} -X main.version=0.2.89",
)
"""Runs the workflow files without GitHub; the tests of the workflows alone build it."""
ACTIONLINT = GoRecipe(
    name="actionlint",
    title="actionlint 1.7.12",
    packages=("github.com/rhysd/actionlint/cmd/actionlint",),
    binaries=("actionlint",),
)
"""For `make lint`."""
KUBE_SCORE = GoRecipe(
    name="kube-score",
    title="kube-score 1.20.0",
    packages=("github.com/zegl/kube-score/cmd/kube-score",),
    binaries=("kube-score",),
)
"""For `make lint` too."""
VERSITYGW = GoRecipe(
    name="versitygw",
    title="versitygw 1.8.0",
    packages=("github.com/versity/versitygw/cmd/versitygw",),
    binaries=("versitygw",),
)
"""An S3 server on a folder, for the test with Pulumi's state in a bucket."""


def cache_key(recipe: GoRecipe) -> str:
    """Changes when the recipe or any file of its source folder changes, and with nothing else."""
    digest = hashlib.sha256(json.dumps(asdict(recipe), sort_keys=True).encode())
    for path in sorted(recipe.source.iterdir()):
        digest.update(f"\0{path.name}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
