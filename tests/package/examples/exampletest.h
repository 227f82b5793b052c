// SPDX-License-Identifier: MIT
#pragma once

#include "failonwarning.h"

#include <QDir>
#include <QTemporaryDir>

namespace InfraTest {

// A test of documented examples: they stand in it line by line (examples.py compares), and each test function runs
// in an empty working directory of its own, because examples name files by relative paths.
class ExampleTest : public FailOnWarning
{
    Q_OBJECT

public Q_SLOTS:
    void init()
    {
        FailOnWarning::init();
        m_directory = std::make_unique<QTemporaryDir>();
        QDir::setCurrent(m_directory->path());
    }
    void cleanup()
    {
        QDir::setCurrent(QDir::rootPath());
        m_directory.reset();
    }

private:
    std::unique_ptr<QTemporaryDir> m_directory;
};

} // namespace InfraTest
