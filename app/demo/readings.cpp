// SPDX-License-Identifier: GPL-3.0-or-later
#include "readings.h"

#include <infra/sqlerror.h>

#include <QSqlQuery>
#include <QVariant>

#include <cmath>
#include <numbers>
#include <random>

namespace InfraDemo {

using Infra::failure;
using Infra::PooledConnection;
using Infra::Result;

namespace {

// Runs a prepared query with its values bound.
Result<QSqlQuery *> execute(PooledConnection &connection, const QString &sql, const QVariantList &values)
{
    auto query = connection.prepared(sql);
    if (!query)
        return query;
    for (qsizetype index = 0; index < values.size(); ++index)
        (*query)->bindValue(static_cast<int>(index), values[index]);
    if (!(*query)->exec())
        return failure(Infra::errorFromSql((*query)->lastError(), QStringLiteral("demo readings")));
    return query;
}

} // namespace

std::optional<double> pearson(const std::vector<double> &first, const std::vector<double> &second)
{
    if (first.size() != second.size() || first.size() < 2)
        return std::nullopt;
    const auto count = static_cast<double>(first.size());
    double meanFirst = 0;
    double meanSecond = 0;
    for (std::size_t index = 0; index < first.size(); ++index) {
        meanFirst += first[index] / count;
        meanSecond += second[index] / count;
    }
    double products = 0;
    double squaresFirst = 0;
    double squaresSecond = 0;
    for (std::size_t index = 0; index < first.size(); ++index) {
        const double a = first[index] - meanFirst;
        const double b = second[index] - meanSecond;
        products += a * b;
        squaresFirst += a * a;
        squaresSecond += b * b;
    }
    const double norm = std::sqrt(squaresFirst * squaresSecond);
    if (!(norm > 0))
        return std::nullopt;
    return std::clamp(products / norm, -1.0, 1.0);
}

Readings::Readings(Infra::ConnectionPool &pool, std::uint64_t seed) : m_pool(pool), m_seed(seed) {}

QString Readings::sensorName(int sensor)
{
    return QStringLiteral("sensor.%1").arg(sensor, 2, 10, QLatin1Char('0'));
}

std::vector<double> Readings::generate(int sensor) const
{
    constexpr int Rhythms = 5;
    std::mt19937_64 random(m_seed * 1000 + static_cast<std::uint64_t>(sensor));
    std::normal_distribution<double> noise(0, 0.4);
    const int rhythm = sensor % Rhythms;
    const double sign = (sensor / Rhythms) % 2 == 0 ? 1 : -1;
    std::vector<double> series(SampleCount);
    for (int sample = 0; sample < SampleCount; ++sample) {
        const double turn = 2 * std::numbers::pi * sample / SampleCount;
        series[static_cast<std::size_t>(sample)] = 20 + sign * std::sin(turn * (rhythm + 1)) + noise(random);
    }
    return series;
}

Result<void> Readings::prepare()
{
    return m_pool.inTransaction(
        [this](PooledConnection &connection) -> Result<void> {
            if (auto created = connection.execute(QStringLiteral(
                    "CREATE TABLE IF NOT EXISTS reading (sensor INTEGER, sample INTEGER, value REAL, "
                    "PRIMARY KEY (sensor, sample)) WITHOUT ROWID"));
                !created)
                return created;
            auto count = execute(connection, QStringLiteral("SELECT count(*) FROM reading"), {});
            if (!count)
                return failure(count.error());
            if ((*count)->next() && (*count)->value(0).toInt() == SensorCount * SampleCount)
                return {};
            for (int sensor = 0; sensor < SensorCount; ++sensor) {
                const std::vector<double> series = generate(sensor);
                for (int sample = 0; sample < SampleCount; ++sample) {
                    auto inserted = execute(connection, QStringLiteral("INSERT OR REPLACE INTO reading VALUES (?, ?, ?)"),
                                            {sensor, sample, series[static_cast<std::size_t>(sample)]});
                    if (!inserted)
                        return failure(inserted.error());
                }
            }
            return {};
        },
        std::chrono::seconds(10));
}

Result<std::vector<double>> Readings::series(int sensor, Infra::Deadline deadline) const
{
    auto lease = m_pool.acquire(deadline, Infra::ConnectionAccess::ReadOnly);
    if (!lease)
        return failure(lease.error());
    auto query = execute(*lease, QStringLiteral("SELECT value FROM reading WHERE sensor = ? ORDER BY sample"), {sensor});
    if (!query)
        return failure(query.error());
    std::vector<double> values;
    values.reserve(SampleCount);
    while ((*query)->next())
        values.push_back((*query)->value(0).toDouble());
    return values;
}

Result<std::optional<double>> Readings::correlation(int first, int second, Infra::Deadline deadline) const
{
    const auto a = series(first, deadline);
    if (!a)
        return failure(a.error());
    const auto b = series(second, deadline);
    if (!b)
        return failure(b.error());
    return pearson(*a, *b);
}

} // namespace InfraDemo
