// SPDX-License-Identifier: MIT
#include "stubsqldriver.h"

#include <QVariant>

namespace InfraTest {

namespace {

class StubSqlResult final : public QSqlResult
{
public:
    explicit StubSqlResult(const QSqlDriver *driver) : QSqlResult(driver) {}

protected:
    QVariant data(int) override { return {}; }
    bool isNull(int) override { return true; }
    bool reset(const QString &) override { return succeed(); }
    bool prepare(const QString &) override { return true; }
    bool exec() override { return succeed(); }
    bool fetch(int) override { return false; }
    bool fetchFirst() override { return false; }
    bool fetchLast() override { return false; }
    int size() override { return 0; }
    int numRowsAffected() override { return 0; }

private:
    bool succeed()
    {
        setActive(true);
        setSelect(false);
        return true;
    }
};

} // namespace

bool StubSqlDriver::hasFeature(DriverFeature feature) const
{
    return feature == PreparedQueries || feature == PositionalPlaceholders || feature == Transactions;
}

bool StubSqlDriver::open(const QString &, const QString &, const QString &, const QString &, int, const QString &)
{
    setOpen(true);
    setOpenError(false);
    return true;
}

void StubSqlDriver::close()
{
    setOpen(false);
}

QSqlResult *StubSqlDriver::createResult() const
{
    return new StubSqlResult(this);
}

} // namespace InfraTest
