#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the manual page and the shell completion of infra-console have every option of the command line, and no
other, and that the page does not show as optional what another option needs.

usage: consoleoptions.py SOURCE_DIR
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1])
parser = (root / "app/commandline.cpp").read_text()
# A name of one letter is another of the same option.
options = {name for names in re.findall(r"QCommandLineOption \w+\{(\{.*?\}|QStringLiteral\(\".*?\"\))", parser)
           for name in re.findall(r'"([a-z]{2,})"', names)}
page = (root / "packaging/man/infra-console.1").read_text().replace("\\-", "-")
completion = (root / "packaging/completion/infra-console").read_text()
synopsis = page[page.index(".SH SYNOPSIS"):page.index(".SH DESCRIPTION")]
described = page[page.index(".SH OPTIONS"):page.index(".SH EXIT STATUS")]
headings = "\n".join(re.findall(r"^\.TP\n(.*)$", described, re.M))

problems = []
for place, listed in (("the manual page describes", set(re.findall(r"--([a-z]+)", headings))),
                      ("the completion offers", set(re.findall(r"--([a-z]+)", completion.splitlines()[-3])))):
    problems += [f"{place} no --{name}" for name in sorted(options - listed)]
    problems += [f"{place} --{name}, which there is not" for name in sorted(listed - options)]
# Without either it ends with 2.
if not re.search(r"^\.B infra-console --stats\n\.RB \{ --store$", synopsis, re.M):
    problems.append("the manual page's synopsis does not say that --stats needs --store or --profile")
print("\n".join([*problems, f"options: {len(options)}"]))
sys.exit(1 if problems or not options else 0)
