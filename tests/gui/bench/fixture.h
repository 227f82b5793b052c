// SPDX-License-Identifier: MIT
#pragma once

#include "figures.h"

#include <QByteArray>
#include <QProcess>
#include <QString>
#include <QTemporaryDir>

#include <chrono>
#include <functional>
#include <memory>

namespace InfraBench {

// Says why and ends the program with status 2.
[[noreturn]] void die(const QString &message);

// What is measured comes here; main() prints and writes it.
[[nodiscard]] InfraTest::Figures &figures();
// Adds one value with the most that it may be.
void add(const QString &what, double value, const char *unit, double bar);
// And one that nothing is demanded of.
void add(const QString &what, double value, const char *unit);

// Seconds that `work` takes.
[[nodiscard]] double timed(const std::function<void()> &work);

// Runs the event loop until `ready` holds; false after `limit`.
bool spinUntil(std::chrono::milliseconds limit, const std::function<bool()> &ready);
void spin(std::chrono::milliseconds duration);

// A store in a temporary directory whose region "orders" holds `rows` entries "order:<tenant>:<number>", a thousandth
// of them expired, tenth tagged "vip" and all tagged "order".
class FilledStore
{
public:
    explicit FilledStore(int rows);

    [[nodiscard]] QString url() const { return QStringLiteral("sqlite://") + path(); }
    [[nodiscard]] QString path() const { return m_directory.filePath(QStringLiteral("cache.db")); }
    // Restores what the constructor filled in, under another name.
    [[nodiscard]] QString copy(const QString &name) const;

private:
    QTemporaryDir m_directory;
};

// A process of this program that publishes for `instances` services of `regions` regions each, every second.
// `history` is published before, as if the services had run for so long.
class Publishers
{
public:
    Publishers(const QString &url, int instances, int regions, std::chrono::seconds history = {});
    ~Publishers();

private:
    QProcess m_process;
};
// What that process runs.
int publish(const QString &url, int instances, int regions, std::chrono::seconds history);

// Of this process, in seconds.
[[nodiscard]] double processorSeconds();
// Of the thread with that name in this process.
[[nodiscard]] double processorSeconds(const QByteArray &thread);
// Memory of this process, in MiB.
[[nodiscard]] double residentMebibytes();

} // namespace InfraBench
