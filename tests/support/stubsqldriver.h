// SPDX-License-Identifier: MIT
#pragma once

#include <QSqlDriver>
#include <QSqlResult>

namespace InfraTest {

// An SQL driver without a database: every statement succeeds and has no rows. For measuring and testing what
// lies above a driver.
class StubSqlDriver final : public QSqlDriver
{
public:
    using QSqlDriver::QSqlDriver;

    bool hasFeature(DriverFeature feature) const override;
    bool open(const QString &, const QString &, const QString &, const QString &, int, const QString &) override;
    void close() override;
    QSqlResult *createResult() const override;
    bool beginTransaction() override { return true; }
    bool commitTransaction() override { return true; }
    bool rollbackTransaction() override { return true; }
};

} // namespace InfraTest
