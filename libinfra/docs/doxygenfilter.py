#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns the headers' plain comments into Doxygen's: doxygenfilter.py FILE prints the result.

A comment on lines of its own belongs to the declarations below it, up to the next empty line or comment; a comment
behind a declaration belongs to that one. Members of a plain struct need no comment when the struct has one.
"""
import re
import sys

OWN = re.compile(r"^(\s*)// ?(.*)$")
BEHIND = re.compile(r"^(.*[;,{}>)\w].*?)\s+// (.+)$")
ESCAPED = re.compile(r"([\\@<>#$%&])")


def text_of(comment):
    return ESCAPED.sub(r"\\\1", comment)


def converted(lines):
    group = False
    previous_own = False
    depth_at_start = 0
    depth = 0
    for line in lines:
        own = OWN.match(line)
        is_comment = own and not own.group(2).startswith("SPDX")
        if group and depth <= depth_at_start and (not line.strip() or (is_comment and not previous_own)
                                                  or re.match(r"^\s*(};?|public:|private:|protected:)", line)):
            yield "///@}"
            group = False
        if is_comment:
            if not group and not previous_own:
                group = True
                depth_at_start = depth
                yield "///@{"
            yield f"{own.group(1)}/// {text_of(own.group(2))}"
        else:
            behind = BEHIND.match(line)
            code = line
            if behind and '"' not in behind.group(2):
                code = behind.group(1)
                yield f"{code} ///< {text_of(behind.group(2))}"
            else:
                yield line
            code = re.sub(r'"(\\.|[^"\\])*"', '""', code)
            depth += code.count("{") + code.count("(") - code.count("}") - code.count(")")
        previous_own = bool(is_comment)
    if group:
        yield "///@}"


for line in converted(open(sys.argv[1], encoding="utf-8").read().splitlines()):
    print(line)
