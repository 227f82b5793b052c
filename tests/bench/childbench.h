// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonObject>
#include <QString>
#include <QStringList>

#include <chrono>

namespace InfraTest {

// What a benchmark that ran as a process of its own came to.
struct ChildOutcome
{
    QString problem; // Empty when it ended as it should.
    QJsonObject document; // Of its Figures; empty when it wrote none.
    double seconds = 0;
};

// Runs `program` with `arguments` and --json, without a display, and ends it with all that it started when the deadline
// has passed or this process is interrupted. What it printed is shown when there is a problem.
[[nodiscard]] ChildOutcome runChildBench(const QString &program, const QStringList &arguments,
                                         std::chrono::seconds deadline);

// infra-consolebench of the same build, or beside this program; empty when it is not there.
[[nodiscard]] QString consoleBench();

} // namespace InfraTest
