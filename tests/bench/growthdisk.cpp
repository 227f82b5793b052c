// SPDX-License-Identifier: MIT
#include "growth.h"

#include "core/random.h"
#include "filledstores.h"
#include "processortime.h"
#include "storefixture.h"

#include <QFile>
#include <QStorageInfo>

#include <chrono>

// Random reads of a store that becomes larger, beside the same rows in a plain table. Both files are in the kernel's
// page cache, as far as it holds them: they have just been written.

namespace InfraTest {

namespace {

using namespace Infra;
using namespace Infra::Detail;
using std::chrono::steady_clock;

constexpr std::chrono::seconds Patience{30};
constexpr int Reads = 20'000;
// What a row takes on disk in both databases together, their logs included, generously.
constexpr double BytesPerRow = 800;

// Calls of read(2) and its kin by this process so far.
double systemReads()
{
    QFile file(QStringLiteral("/proc/self/io"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    for (const QByteArray &line : file.readAll().split('\n')) {
        if (line.startsWith("syscr:"))
            return line.mid(6).trimmed().toDouble();
    }
    return 0;
}

struct Cost
{
    Samples time; // ns
    Samples systemReads; // A read.
};

// `read` returns the bytes of the value.
template<typename Read>
void measure(const std::vector<QByteArray> &keys, Cost &cost, Read read)
{
    const double before = systemReads();
    const double begun = processorNanoseconds();
    for (const QByteArray &key : keys) {
        if (read(key) != 100)
            qFatal("a read missed");
    }
    const double taken = processorNanoseconds() - begun;
    cost.time.values.push_back(taken / static_cast<double>(keys.size()));
    cost.systemReads.values.push_back((systemReads() - before) / static_cast<double>(keys.size()));
}

} // namespace

GrowthCurve measureDiskGrowth(const GrowthOptions &options, QString *broken)
{
    LineChart chart;
    chart.title = QStringLiteral("Disk hit by number of rows, one thread, every key as likely");
    chart.xLabel = QStringLiteral("rows");
    chart.yLabel = QStringLiteral("microseconds of processor time a read");
    GrowthCurve curve(chart, QStringLiteral("us"));
    StoreFixture fixture;
    fixture.changed.maximumBytes = std::uint64_t{64} << 30; // Nothing is culled.
    fixture.changed.housekeepingInterval = std::chrono::seconds(1);
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    RawDatabase raw(fixture.path() + QStringLiteral(".raw"), "NORMAL");
    FilledStores both{store, region, raw};
    const QByteArray prefix("user:profile:");
    int filled = 0;
    for (const int rows : options.sizes({10'000, 100'000, 1'000'000, 10'000'000}, 20'000)) {
        const auto free =
            static_cast<double>(QStorageInfo(fixture.path().section(QLatin1Char('/'), 0, -2)).bytesAvailable());
        if (BytesPerRow * (rows - filled) > 0.9 * free) {
            curve.figures().note(QStringLiteral("%1 rows left out: %2 GB of disk may be needed, and %3 GB are free")
                                     .arg(rows)
                                     .arg(BytesPerRow * rows / 1e9, 0, 'f', 1)
                                     .arg(free / 1e9, 0, 'f', 1));
            break;
        }
        const auto begun = steady_clock::now();
        if (!both.fill(prefix, filled, rows)) {
            *broken = QStringLiteral("the store refused rows on the way to %1").arg(rows);
            break;
        }
        curve.figures().note(QStringLiteral("%1 rows: filled in %2 s, %3 MB of files")
                                 .arg(rows)
                                 .arg(std::chrono::duration<double>(steady_clock::now() - begun).count(), 0, 'f', 1)
                                 .arg(static_cast<double>(QFile(fixture.path()).size()) / 1e6, 0, 'f', 0));
        filled = rows;
        Cost ours;
        Cost theirs;
        for (int round = 0; round < options.rounds(7); ++round) {
            Random random(static_cast<std::uint64_t>(round) + 1);
            std::vector<QByteArray> keys;
            for (int i = 0; i < Reads; ++i)
                keys.push_back(FilledStores::keyOf(prefix, static_cast<int>(random.below(static_cast<std::uint64_t>(rows)))));
            measure(keys, theirs, [&](const QByteArray &key) { return raw.get(key).size(); });
            measure(keys, ours, [&](const QByteArray &key) {
                const auto entry = store.read(region, key, keyHash(key), Patience);
                return entry && *entry ? (*entry)->value.size() : 0;
            });
        }
        for (Cost *cost : {&ours, &theirs}) {
            for (double &time : cost->time.values)
                time /= 1000;
        }
        curve.add(QStringLiteral("store, checksum verified"), rows, ours.time);
        curve.add(QStringLiteral("raw SELECT"), rows, theirs.time);
        curve.addCounter(QStringLiteral("pages read from the file for a hit, store"), rows, ours.systemReads,
                         QStringLiteral("calls"));
        curve.addCounter(QStringLiteral("pages read from the file, raw SELECT"), rows, theirs.systemReads,
                         QStringLiteral("calls"));
    }
    return curve;
}

} // namespace InfraTest
