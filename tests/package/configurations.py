#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Configures the tree with parts of it switched off, each by itself, and checks what would be packaged then.

usage: configurations.py SOURCE_DIR
"""
import pathlib
import re
import subprocess
import sys
import tempfile

CASES = [
    # The options, and the components that there are packages of.
    ([], {"runtime", "development", "endpoint", "console"}),
    (["-DINFRA_BUILD_ENDPOINT=OFF", "-DCMAKE_DISABLE_FIND_PACKAGE_Qt6HttpServer=ON"],
     {"runtime", "development", "console"}),
    (["-DINFRA_BUILD_APP=OFF"], {"runtime", "development", "endpoint"}),
]


def setting(configuration, name):
    found = re.search(rf'^set\({name} "(.*)"\)$', configuration, re.M)
    return found[1] if found else ""


def problems(source, build, options, components):
    result = subprocess.run(["cmake", "-G", "Ninja", "-S", source, "-B", build, *options], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
    if result.returncode:
        yield f"it cannot be configured:\n{result.stdout[-3000:]}"
        return
    configuration = (build / "CPackConfig.cmake").read_text()
    packaged = set(setting(configuration, "CPACK_COMPONENTS_ALL").split(";"))
    if packaged != components:
        yield f"there are packages of {sorted(packaged)}, not of {sorted(components)}"
    # A component with a rule and without a package would be installed by `cmake --install` alone.
    ruled = set(re.findall(r'CMAKE_INSTALL_COMPONENT STREQUAL "(\w+)"',
                           "".join(path.read_text() for path in build.rglob("cmake_install.cmake"))))
    if ruled != components:
        yield f"there are install rules of {sorted(ruled)}, not of {sorted(components)}"
    # All others link the library, or lead to it; nothing finds that out for a library that is not installed.
    library = setting(configuration, "CPACK_DEBIAN_RUNTIME_PACKAGE_NAME")
    for component in sorted(components - {"runtime"}):
        needed = setting(configuration, f"CPACK_DEBIAN_{component.upper()}_PACKAGE_DEPENDS")
        if not needed.startswith(f"{library} ("):
            yield f"the package of {component} depends on {needed or 'nothing'}, not on {library}"
        # The demo services link the endpoint.
        if component != "endpoint" and ("libinfra-endpoint" in needed) != ("endpoint" in components):
            yield f"the package of {component} depends on {needed}, with packages of {sorted(components)}"
    # Its CMake package needs both, and the first does not depend on the second.
    suggested = setting(configuration, "CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SUGGESTS").split(", ")
    if "endpoint" in components and set(suggested) != {"qt6-httpserver-dev", "qt6-websockets-dev"}:
        yield f"the package for development suggests {suggested}"


def main():
    count = 0
    with tempfile.TemporaryDirectory(prefix="infra-configurations-") as directory:
        for number, (options, components) in enumerate(CASES):
            for problem in problems(sys.argv[1], pathlib.Path(directory) / str(number), options, components):
                count += 1
                print(f"{' '.join(options) or 'as it is'}: {problem}")
    print(f"configurations: {len(CASES)}, {count} problems")
    return 1 if count else 0


sys.exit(main())
