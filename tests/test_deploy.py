"""What is shipped to run it elsewhere, checked as far as that goes without a container engine."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from assistant.settings import Settings
from ingest.settings import FILE_VARIABLE, SECRETS_VARIABLE
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
FILES = sorted(p for p in DEPLOY.rglob("*") if p.is_file() and p.suffix != ".txt")
KNOWN = {f"ASSISTANT_{n.upper()}" for n in Settings.model_fields} | {
    FILE_VARIABLE,
    SECRETS_VARIABLE,
}


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_setting_that_is_named_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    named = {n.upper() for n in re.findall(r"assistant_[a-z_]+|ASSISTANT_[A-Z_]+", text)}
    assert named <= KNOWN


def test_compose_is_whole() -> None:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    for service in found["services"].values():
        assert set(service.get("secrets", ())) <= set(found["secrets"])
        for volume in service.get("volumes", ()):
            name = volume.partition(":")[0]
            assert name in found["volumes"] or (DEPLOY / name).exists()
        assert set(service.get("depends_on", ())) <= set(found["services"])
        assert service["image"]
    servers = re.findall(r"server (\w+):8000", (DEPLOY / "nginx.conf").read_text("utf-8"))
    assert set(servers) == {"one", "two"} <= set(found["services"])


def test_kubernetes_manifests_fit_together() -> None:
    if not shutil.which("kubectl"):
        text = (DEPLOY / "kubernetes/assistant.yaml").read_text("utf-8")
    else:
        built = ["kubectl", "kustomize", str(DEPLOY / "kubernetes")]
        text = subprocess.run(built, capture_output=True, text=True, check=True).stdout
    found = list(yaml.safe_load_all(text))
    claims = {f["metadata"]["name"] for f in found if f["kind"] == "PersistentVolumeClaim"}
    (deployment,) = (f for f in found if f["kind"] == "Deployment")
    (service,) = (f for f in found if f["kind"] == "Service")
    pod = deployment["spec"]["template"]
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    (container,) = pod["spec"]["containers"]
    mounted = {m["name"] for m in container["volumeMounts"]}
    assert mounted == {v["name"] for v in pod["spec"]["volumes"]}
    for volume in pod["spec"]["volumes"]:
        claim = volume.get("persistentVolumeClaim")
        assert claim is None or claim["claimName"] in claims
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert container[probe]["httpGet"]["path"] in ("/readyz", "/healthz")


def test_the_dockerfile_copies_what_exists() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (torch,) = (d for d in project["project"]["dependencies"] if d.startswith("torch"))
    assert f" {torch} " in text
    assert "USER assistant" in text


def test_the_unit_is_good(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("no systemd here")
    text = (DEPLOY / "assistant.service").read_text("utf-8")
    unit = tmp_path / "assistant.service"
    unit.write_text(text.replace("/opt/assistant/.venv/bin/assistant", "/bin/true"), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert [line for line in done.stderr.splitlines() if "assistant.service" in line] == []
