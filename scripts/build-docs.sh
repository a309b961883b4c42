#!/bin/sh
# Makes the documentation a site that can be searched, in build/docs. Needs Debian's mkdocs.
# Anything that mkdocs would warn of, a lost link among it, is an error.
set -eu
cd "$(dirname "$0")/.."

command -v mkdocs >/dev/null || {
    echo "mkdocs is missing: scripts/install-deps.sh installs it" >&2
    exit 1
}
rm -rf build/docs build/docs-pages
/usr/bin/python3 scripts/gather-docs.py build/docs-pages
mkdocs build --strict
echo "build/docs/index.html"
