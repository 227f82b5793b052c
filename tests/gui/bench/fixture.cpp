// SPDX-License-Identifier: MIT
#include "fixture.h"

#include <infra/cache.h>
#include <infra/cachestore.h>

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include <unistd.h>

namespace InfraBench {

using namespace std::chrono_literals;

void die(const QString &message)
{
    std::fprintf(stderr, "infra-consolebench: %s\n", qPrintable(message));
    std::exit(2);
}

InfraTest::Figures &figures()
{
    static InfraTest::Figures all(QStringLiteral("console"));
    return all;
}

void add(const QString &what, double value, const char *unit, double bar)
{
    figures().addAbsolute(what, {{value}}, QLatin1String(unit), bar, InfraTest::Figures::Bound::AtMost);
}

void add(const QString &what, double value, const char *unit)
{
    figures().addAbsolute(what, {{value}}, QLatin1String(unit));
}

double timed(const std::function<void()> &work)
{
    QElapsedTimer timer;
    timer.start();
    work();
    return static_cast<double>(timer.nsecsElapsed()) / 1e9;
}

bool spinUntil(std::chrono::milliseconds limit, const std::function<bool()> &ready)
{
    QElapsedTimer timer;
    timer.start();
    while (!ready()) {
        if (timer.elapsed() > limit.count())
            return false;
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents | QEventLoop::AllEvents);
    }
    return true;
}

void spin(std::chrono::milliseconds duration)
{
    static_cast<void>(spinUntil(duration, [] { return false; }));
}

FilledStore::FilledStore(int rows)
{
    Infra::StoreOptions options;
    options.url = url();
    auto store = Infra::CacheStore::open(options);
    if (!store)
        die(store.error().message);
    Infra::CacheOptions cacheOptions;
    cacheOptions.memoryEntries = 0;
    cacheOptions.memoryBytes = 0;
    auto cache = Infra::Cache::create(**store, "orders", cacheOptions);
    if (!cache)
        die(cache.error().message);
    Infra::EntryOptions plain;
    plain.tags = {"order"};
    Infra::EntryOptions vip;
    vip.tags = {"order", "vip"};
    Infra::EntryOptions shortLived = plain;
    shortLived.timeToLive = 1ms;
    constexpr int Batch = 2000;
    std::vector<std::pair<QByteArray, QByteArray>> batches[3];
    const auto flush = [&](int kind, const Infra::EntryOptions &entry) {
        if (batches[kind].empty())
            return;
        if (auto done = (*cache)->setMany(batches[kind], entry); !done)
            die(done.error().message);
        batches[kind].clear();
    };
    const QByteArray value(100, 'v');
    for (int row = 0; row < rows; ++row) {
        const int kind = row % 1000 == 7 ? 2 : row % 10 == 0 ? 1 : 0;
        // In key order: a store that is filled at random places takes minutes.
        batches[kind].emplace_back("order:" + QByteArray::number(static_cast<qint64>(row) * 1000 / rows).rightJustified(4, '0') + ':'
                                       + QByteArray::number(row).rightJustified(8, '0'),
                                   value);
        if (batches[kind].size() == Batch)
            flush(kind, kind == 2 ? shortLived : kind == 1 ? vip : plain);
    }
    flush(0, plain);
    flush(1, vip);
    flush(2, shortLived);
}

QString FilledStore::copy(const QString &name) const
{
    for (const char *suffix : {"", "-wal", ".coherence", ".loads", ".telemetry", ".telemetry-wal"}) {
        const QString from = path() + QLatin1String(suffix);
        const QString to = m_directory.filePath(name) + QLatin1String(suffix);
        QFile::remove(to);
        if (QFile::exists(from) && !QFile::copy(from, to))
            die(QStringLiteral("cannot copy %1").arg(from));
    }
    return QStringLiteral("sqlite://") + m_directory.filePath(name);
}

double processorSeconds()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

double processorSeconds(const QByteArray &thread)
{
    double ticks = 0;
    const QDir tasks(QStringLiteral("/proc/self/task"));
    for (const QString &task : tasks.entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QFile file(tasks.filePath(task) + QStringLiteral("/stat"));
        if (!file.open(QIODevice::ReadOnly))
            continue;
        const QByteArray text = file.readAll();
        const qsizetype end = text.lastIndexOf(')');
        if (text.mid(text.indexOf('(') + 1, end - text.indexOf('(') - 1) != thread)
            continue;
        const QByteArrayList fields = text.mid(end + 2).split(' ');
        ticks += fields.value(11).toDouble() + fields.value(12).toDouble();
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double residentMebibytes()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().split(' ').value(1).toDouble() * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

} // namespace InfraBench
