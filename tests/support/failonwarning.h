// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>
#include <QString>
#include <QStringList>

namespace InfraTest {

// Base class of every test object: a qWarning() or qCritical() that a test did not announce with
// QTest::ignoreMessage() fails that test. Subclasses that have an init() or cleanup() of their own call
// the base's first.
class FailOnWarning : public QObject
{
    Q_OBJECT

public:
    FailOnWarning();
    ~FailOnWarning() override;

public Q_SLOTS:
    void init();
};

} // namespace InfraTest
