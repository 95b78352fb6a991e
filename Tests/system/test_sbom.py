"""What the package says it holds."""

import subprocess

from serve import ROOT, binary
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document


def test_the_list_of_what_is_inside_is_sound_and_whole(tmp_path):
    file = tmp_path / "atelier.spdx.json"
    depends = "libcurl4 (>= 7.63.0), no-such-package, nginx (>= 1.22)"
    file.write_bytes(subprocess.check_output(["systemd/debian/sbom", binary(), depends], cwd=ROOT))
    document = parse_file(str(file))
    assert validate_full_spdx_document(document) == []
    versions = {package.name: package.version for package in document.packages}
    linked = {line.split('"')[3] for line in (ROOT / "Package.resolved").read_text().splitlines() if '"identity"' in line}
    assert linked >= {"swift-crypto", "swift-log", "swift-argument-parser", "swift-http-types"}
    assert set(versions) == linked | {"atelier", "swift", "node-markdown-it", "libcurl4", "no-such-package", "nginx"}
    assert [name for name, version in versions.items() if not version] == ["no-such-package"]
