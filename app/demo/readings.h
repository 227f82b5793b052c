// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <infra/connectionpool.h>

#include <QString>

#include <cstdint>
#include <optional>
#include <vector>

namespace InfraDemo {

// Pearson's correlation coefficient; none when a series is constant, too short, or the lengths differ.
[[nodiscard]] std::optional<double> pearson(const std::vector<double> &first, const std::vector<double> &second);

// Thread safety: every member may be called from any thread at once.
//
// The demo's database: a day of readings in steps of five minutes from some sensors, generated from a seed. Sensors
// follow a few common rhythms, so that some correlate and others do not.
class Readings
{
public:
    static constexpr int SensorCount = 40;
    static constexpr int SampleCount = 288;

    // `pool` must outlive it.
    Readings(Infra::ConnectionPool &pool, std::uint64_t seed);

    // Fills the database unless it is filled. Blocks.
    [[nodiscard]] Infra::Result<void> prepare();
    // Blocks for at most the deadline.
    [[nodiscard]] Infra::Result<std::vector<double>> series(int sensor, Infra::Deadline deadline) const;
    // Reads both series and computes. No value: not correlated at all.
    [[nodiscard]] Infra::Result<std::optional<double>> correlation(int first, int second, Infra::Deadline deadline) const;

    [[nodiscard]] static QString sensorName(int sensor);

private:
    [[nodiscard]] std::vector<double> generate(int sensor) const;

    Infra::ConnectionPool &m_pool;
    std::uint64_t m_seed;
};

} // namespace InfraDemo
