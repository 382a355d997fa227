#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Writes what Debian packages this system is made of as a CycloneDX 1.5 bill of
# materials in JSON on standard output.
set -eu
# Of a purl: a plus and a colon have a meaning of their own.
packages=$(dpkg-query -W -f '${Package}\t${Version}\t${Architecture}\t${db:Status-Status}\n' |
  LC_ALL=C sort | awk -F '\t' '
  $4 == "installed" {
    name = $1; version = $2
    gsub(/\+/, "%2B", name); gsub(/\+/, "%2B", version); gsub(/:/, "%3A", version)
    kind = $1 ~ /^trimtab/ ? "application" : "library"
    printf "%s    {\"type\": \"%s\", \"bom-ref\": \"%s@%s\", \"name\": \"%s\", \"version\": \"%s\", \"purl\": \"pkg:deb/debian/%s@%s?arch=%s\"}",
      separator, kind, $1, $2, $1, $2, name, version, $3
    separator = ",\n"
  }')
version=$(dpkg-query -W -f '${Version}' trimtab)
cat <<JSON
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "version": 1,
  "metadata": {
    "component": {"type": "container", "bom-ref": "image", "name": "trimtab", "version": "$version"}
  },
  "components": [
$packages
  ]
}
JSON
