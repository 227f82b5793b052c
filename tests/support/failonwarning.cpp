// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <QRegularExpression>
#include <QtTest>

namespace InfraTest {

FailOnWarning::FailOnWarning() = default;
FailOnWarning::~FailOnWarning() = default;

void FailOnWarning::init()
{
    QTest::failOnWarning(QRegularExpression(QStringLiteral(".*")));
}

} // namespace InfraTest
