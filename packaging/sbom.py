# SPDX-License-Identifier: GPL-2.0-or-later
"""The SBOM of a source archive, as SPDX 2.3 in JSON: what it is, and which libraries it is built with.

    python3 packaging/sbom.py VERSION ARCHIVE SECONDS

The libraries are those that gpuclaim.spec names; SECONDS, since 1970, are the commit's, so that the
same commit gives the same bytes.
"""

import hashlib
import json
import re
import sys
import time
import uuid
from pathlib import Path

SPEC = Path(__file__).parent / "gpuclaim.spec"


def package(name, **more):
    return {"SPDXID": f"SPDXRef-{re.sub('[^A-Za-z0-9.]', '-', name)}", "name": name,
            "downloadLocation": "NOASSERTION", "filesAnalyzed": False,
            "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION", **more}


def document(version, archive, seconds):
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    spec = SPEC.read_text()
    ours = package("gpuclaim", versionInfo=version, packageFileName=archive.name,
                   licenseDeclared=re.search(r"(?m)^License: *(.*)$", spec)[1],
                   checksums=[{"algorithm": "SHA256", "checksumValue": digest}])
    libraries = [package(name, licenseDeclared="NOASSERTION")
                 for name in sorted(set(re.findall(r"pkgconfig\((.*?)\)", spec)))]
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"gpuclaim-{version}",
        "documentNamespace": uuid.UUID(digest[:32]).urn,
        "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds)),
                         "creators": ["Organization: gpuclaim maintainers"]},
        "packages": [ours, *libraries],
        "relationships": [
            {"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
             "relatedSpdxElement": ours["SPDXID"]},
            *({"spdxElementId": library["SPDXID"], "relationshipType": "BUILD_DEPENDENCY_OF",
               "relatedSpdxElement": ours["SPDXID"]} for library in libraries)]}


def main():
    version, archive, seconds = sys.argv[1:]
    print(json.dumps(document(version, Path(archive), int(seconds)), indent=1, sort_keys=True))


if __name__ == "__main__":
    main()
