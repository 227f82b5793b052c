#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that every public symbol of the library is documented: runs Doxygen as the reference is made, and reads it.

Doxygen's own warnings miss enumerators, concepts and all that stands in an undocumented namespace, so its XML is read
too: every public or protected symbol must have a description there. An enumerator needs none of its own when that of
its enumeration names it.

usage: apidocumentation.py SOURCE_DIR; prints each warning and each undocumented symbol and exits 1 when there is one.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

NOT_SYMBOLS = {"file", "dir", "page"}


def is_described(element):
    return any("".join(part.itertext()).strip() for name in ("briefdescription", "detaileddescription")
               for part in element.findall(name))


def place(element):
    location = element.find("location")
    return f"{location.get('file')}:{location.get('line')}" if location is not None else "?"


def symbols(compound):
    """What the description must be found of: where it stands, its name, its element."""
    name = compound.findtext("compoundname")
    yield place(compound), f"{compound.get('kind')} {name}", compound
    for member in compound.iter("memberdef"):
        # A friend class is another class; an override has the words of what it overrides.
        is_other = member.get("kind") == "friend" and re.match(r"(class|struct)\b", member.findtext("type") or "")
        if member.get("prot") == "private" or is_other or member.find("reimplements") is not None:
            continue
        full = f"{name}::{member.findtext('name')}"
        yield place(member), f"{member.get('kind')} {full}{member.findtext('argsstring') or ''}", member
        descriptions = [part for part in member if part.tag.endswith("description")]
        words = set(re.findall(r"\w+", " ".join(text for part in descriptions for text in part.itertext())))
        for value in member.findall("enumvalue"):
            if value.findtext("name") in words:
                continue
            yield place(member), f"enumerator {full}::{value.findtext('name')}", value


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as output:
        # The last word on an option counts.
        configuration = (root / "libinfra/docs/Doxyfile").read_text(encoding="utf-8") + (
            f"\nOUTPUT_DIRECTORY = {output}\nGENERATE_HTML = NO\nGENERATE_XML = YES\nXML_PROGRAMLISTING = NO\n")
        try:
            run = subprocess.run(["doxygen", "-"], input=configuration, cwd=root, capture_output=True, text=True,
                                 check=False)
        except FileNotFoundError:
            print("doxygen is not installed: packaging/setup.sh test")
            return 1
        problems = [line.replace(f"{root.resolve()}/", "") for line in run.stderr.splitlines() if line.strip()]
        if run.returncode:
            problems.append(f"doxygen ended with {run.returncode}")
        count = 0
        read = set()
        for path in sorted(pathlib.Path(output).glob("xml/*.xml")):
            for compound in xml.etree.ElementTree.parse(path).getroot().findall("compounddef"):
                if compound.get("kind") == "file":
                    read.add(compound.findtext("compoundname"))
                if compound.get("kind") in NOT_SYMBOLS or compound.get("prot") == "private":
                    continue
                for where, name, element in symbols(compound):
                    count += 1
                    if not is_described(element):
                        problems.append(f"{where}: {name} is not documented")
        problems += [f"libinfra/include/infra/{header.name}: Doxygen did not read it"
                     for header in sorted((root / "libinfra/include/infra").glob("*.h")) if header.name not in read]
    for problem in dict.fromkeys(problems):
        print(problem)
    print(f"reference: {count} public symbols, {len(set(problems))} problems")
    return 1 if problems or not count else 0


if __name__ == "__main__":
    sys.exit(main())
