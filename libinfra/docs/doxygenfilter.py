#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Turns the headers' plain comments into Doxygen's: doxygenfilter.py FILE prints the result, line for line.

A comment on lines of its own belongs to the declaration below it and to the overloads of the same name that follow
without an empty line or another comment; one that an empty line follows belongs to none. A comment behind a declaration
belongs to that one. Comments inside a function's body are left alone. What the language defines needs no words: a
destructor, and what is `= default` or `= delete`.
"""
import re
import sys

OWN = re.compile(r"^(\s*)// ?(.*)$")
ESCAPED = re.compile(r"([\\@<>#$%&])")
LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|(?<!\w)\'(?:\\.|[^\'\\])*\'')
NAME = re.compile(r"(\w+|operator\W+)\(")
ACCESS = re.compile(r"^((public|private|protected|Q_SIGNALS|signals)(\s+(Q_SLOTS|slots))?\s*:|Q_[A-Z_]+)$")
TYPE = re.compile(r"^(template\s*<.*>\s*)?(class|struct|union)\b")
GENERATED = (
    (re.compile(r"=\s*delete\s*;\s*$"), "Deleted."),
    (re.compile(r"=\s*default\s*;\s*$"), "Written by the compiler, member by member."),
    (re.compile(r"^\s*(\[\[nodiscard\]\]\s*)?(virtual\s+)?~\w+\(\)"), "Destructor."),
)


class Scope:
    """What lies between two braces: its kind, the statement it interrupts, and the comment in force."""

    def __init__(self, kind, statement=""):
        self.kind = kind
        self.statement = statement
        self.comment = None  # Of the declaration below it, and of its overloads.
        self.name = None     # Of that declaration, once it was met.


def text_of(comment):
    # Four spaces and more are an example: Doxygen shows it as it is.
    return comment if comment.startswith("    ") else ESCAPED.sub(r"\\\1", comment)


def split(line):
    """The code of a line, and the comment behind it or None."""
    blanked = LITERAL.sub(lambda match: '"' + "_" * (len(match.group()) - 2) + '"', line)
    at = blanked.find("//")
    return (line, None) if at < 0 else (line[:at].rstrip(), line[at + 2:].strip())


class Statements:
    """Follows braces and semicolons, so that it is known where a declaration begins."""

    def __init__(self):
        self.scopes = [Scope("namespace")]
        self.pending = ""
        self.parentheses = 0

    @property
    def scope(self):
        return self.scopes[-1]

    def at_declaration(self):
        return not self.pending.strip() and self.parentheses == 0 and self.scope.kind != "body"

    def opened(self):
        statement = self.pending.strip()
        statement = re.sub(r"^(\[\[\w+\]\]\s*)+", "", statement)
        if re.match(r"(inline\s+)?namespace\b", statement):
            return "namespace"
        if re.match(r"enum\b", statement):
            return "enum"
        return "type" if TYPE.match(statement) and "=" not in statement.split(">")[-1] else "body"

    def feed(self, code):
        for at, character in enumerate(code):
            if character in "()":
                self.parentheses += 1 if character == "(" else -1
            elif self.parentheses == 0:
                if character == "{":
                    self.scopes.append(Scope(self.opened(), self.pending))
                    self.pending = ""
                    continue
                if character == "}" and len(self.scopes) > 1:
                    closed = self.scopes.pop()
                    goes_on = closed.kind != "namespace" and (closed.kind != "body" or code[at + 1:].strip())
                    self.pending = closed.statement + "{}" if goes_on else ""
                    continue
                if character == ";" or (character == "," and self.scope.kind == "enum"):
                    self.pending = ""
                    continue
            self.pending += character
        if ACCESS.match(self.pending.strip()):
            self.pending = ""
            self.scope.comment = None
        elif self.pending:
            self.pending += " "


def generated(code):
    return next((text for pattern, text in GENERATED if pattern.search(code)), None)


def function_name(code):
    match = NAME.search(re.sub(r"\[\[.*?\]\]", "", code))
    return match.group(1) if match else None


def declaration(code, behind, scope):
    """One line that begins a declaration, with what documents it and is not above it already."""
    name = function_name(code)
    above = scope.comment is not None and scope.name is None
    shared = scope.comment is not None and name and name == scope.name
    words = generated(code)
    if above:
        scope.name = name or ""
    elif not shared or words or behind is not None:
        scope.comment = None
    if behind is not None:
        return f"{code} ///< {text_of(behind)}"
    if above:
        return code
    if words:
        return f"/** {words} */ {code}"
    return f"/** {scope.comment} */ {code}" if shared else code


def converted(lines):
    state = Statements()
    for number, line in enumerate(lines):
        own = OWN.match(line)
        if own and not state.at_declaration():
            yield line
        elif own:
            end = next((at for at in range(number, len(lines)) if not OWN.match(lines[at])), len(lines))
            belongs = end < len(lines) and re.match(r"\s*[^\s}#]", lines[end])
            if not belongs or own.group(2).startswith("SPDX"):
                state.scope.comment = None
                yield line
                continue
            if number == 0 or not OWN.match(lines[number - 1]):
                text = [OWN.match(each).group(2) for each in lines[number:end]]
                state.scope.comment = " ".join(text_of(each) for each in text if not each.startswith("    "))
                state.scope.name = None
            yield f"{own.group(1)}/// {text_of(own.group(2))}"
        elif not line.strip():
            if state.at_declaration():
                state.scope.comment = None
            yield line
        elif line.lstrip().startswith("#"):
            yield line
        else:
            code, behind = split(line)
            if state.at_declaration() and not code.lstrip().startswith("}") and not ACCESS.match(code.strip()):
                yield declaration(code, behind, state.scope)
            elif behind is not None and state.scope.kind != "body":
                yield f"{code} ///< {text_of(behind)}"
            else:
                yield line
            state.feed(LITERAL.sub('""', code))


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        for result in converted(file.read().splitlines()):
            print(result)
