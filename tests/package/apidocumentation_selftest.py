#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the check of the reference on small headers that leave one symbol without words; each must be reported.

usage: apidocumentation_selftest.py CHECK SOURCE_DIR; SOURCE_DIR gives the Doxyfile and the filter.
"""
import pathlib
import shutil
import subprocess
import sys
import tempfile

# All that needs no comment of its own is in here.
INNOCENT = """// SPDX-License-Identifier: MIT
#pragma once

// About the namespace.
namespace Infra {

namespace Detail {
int unseen(int value);
}

// One value names both: Up and Down.
enum class State { Up, Down };

// A concept.
template<class T>
concept Sized = requires(const T &value) {
    { value.size() };
};

// A class.
class Base
{
public:
    Base() = default;
    virtual ~Base();
    Base(const Base &) = delete;
    Base &operator=(const Base &) = delete;

    // Shared by the overloads.
    void set(int value);
    void set(int value, int other);
    // A body with braces and a comment.
    virtual int get() const
    {
        // Not documentation.
        if (m_value) { return 1; }
        return 0;
    }
    // {MARK}

    friend bool operator==(const Base &, const Base &) = default;

private:
    struct Hidden
    {
        int value;
    };
    int m_value = 0;
    void hide();
};

// An override has the words of what it overrides.
class Derived : public Base
{
public:
    int get() const override;
};

// A plain struct.
struct Options
{
    int first = 1; // The first, "quoted" even.
    // The second.
    int second{2};
};

} // namespace Infra
"""
BROKEN = {
    "function": ("class Derived : public Base\n{\npublic:\n",
                 "class Derived : public Base\n{\npublic:\n    void loose();\n", "loose()"),
    "function behind a documented one": ("    // {MARK}\n", "    void loose();\n", "loose()"),
    "overload behind an empty line": ("    // {MARK}\n", "\n    void get(int value);\n", "get(int value)"),
    "comment that an empty line follows": ("    // {MARK}\n",
                                           "    // About nothing.\n\n    void loose();\n", "loose()"),
    "member": ("    int second{2};\n", "    int second{2};\n    int third = 3;\n", "third"),
    "member above a documented one": ("    // The second.\n", "    int zeroth = 0;\n    // The second.\n", "zeroth"),
    "enumerator": ("{ Up, Down }", "{ Up, Down, Lost }", "State::Lost"),
    "enumeration": ("// One value names both: Up and Down.\n", "", "enum Infra::State"),
    "struct": ("// A plain struct.\n", "", "struct Infra::Options"),
    "concept": ("// A concept.\n", "", "Infra::Sized"),
    "namespace": ("} // namespace Infra\n",
                  "namespace Names {\n// A name.\ninline constexpr int One = 1;\n}\n}\n", "Infra::Names"),
    "constant": ("} // namespace Infra\n",
                 "// Names.\nnamespace Names {\ninline constexpr int One = 1;\n}\n}\n", "Names::One"),
    "alias": ("} // namespace Infra\n", "using Alias = Options;\n}\n", "Infra::Alias"),
    "free function": ("} // namespace Infra\n", "int loose();\n}\n", "loose()"),
    "operator": ("    // {MARK}\n",
                 "    friend bool operator<(const Base &, const Base &);\n", "operator<(const Base &, const Base &)"),
    "nested struct": ("    // {MARK}\n",
                      "    struct Loose\n    {\n        int value; // Documented.\n    };\n", "Base::Loose"),
    "protected function": ("private:\n    struct Hidden",
                           "protected:\n    void loose();\n\nprivate:\n    struct Hidden", "loose()"),
}


def run(header):
    check, source = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "libinfra/docs").mkdir(parents=True)
        (root / "libinfra/include/infra").mkdir(parents=True)
        for name in ("Doxyfile", "doxygenfilter.py"):
            shutil.copy(source / "libinfra/docs" / name, root / "libinfra/docs")
        (root / "libinfra/include/infra/sample.h").write_text(header, encoding="utf-8")
        return subprocess.run([sys.executable, check, folder], capture_output=True, text=True, check=False)


failed = []
for name, (old, new, symbol) in BROKEN.items():
    assert INNOCENT.count(old) == 1, name
    seen = run(INNOCENT.replace(old, new).replace("    // {MARK}\n", ""))
    if seen.returncode != 1 or f"{symbol} is not documented" not in seen.stdout:
        failed.append(name)
innocent = run(INNOCENT.replace("    // {MARK}\n", ""))
if innocent.returncode != 0:
    failed.append("an innocent header is reported:\n" + innocent.stdout)
if run("#pragma once\n").returncode != 1:
    failed.append("a header without symbols")
print("not seen: " + ", ".join(failed) if failed else "reference: every symbol without words is seen")
sys.exit(1 if failed else 0)
