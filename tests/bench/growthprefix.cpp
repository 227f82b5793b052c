// SPDX-License-Identifier: MIT
#include "growth.h"

#include "filledstores.h"
#include "storefixture.h"

#include <chrono>

// A prefix that means so many of a region's entries, which hold a hundred thousand others; beside it one DELETE of the
// same rows from a plain table.

namespace InfraTest {

namespace {

using namespace Infra;
using namespace Infra::Detail;
using std::chrono::steady_clock;

constexpr std::chrono::seconds Patience{60};
constexpr int Others = 100'000;

double milliseconds(steady_clock::time_point begun)
{
    return std::chrono::duration<double, std::milli>(steady_clock::now() - begun).count();
}

} // namespace

GrowthCurve measurePrefixGrowth(const GrowthOptions &options, QString *broken)
{
    LineChart chart;
    chart.title = QStringLiteral("Invalidation by prefix, by number of entries it removes");
    chart.xLabel = QStringLiteral("entries");
    chart.yLabel = QStringLiteral("milliseconds");
    chart.yScale = LineChart::Scale::Logarithmic;
    GrowthCurve curve(chart, QStringLiteral("ms"));
    StoreFixture fixture;
    fixture.changed.maximumBytes = std::uint64_t{16} << 30;
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    RawDatabase raw(fixture.path() + QStringLiteral(".raw"), "NORMAL");
    FilledStores both{store, region, raw};
    if (!both.fill("other:", 0, Others))
        *broken = QStringLiteral("the store cannot be filled");
    for (const int entries : options.sizes({1, 10, 100, 1'000, 10'000, 100'000, 1'000'000}, 10'000)) {
        Samples ours;
        Samples theirs;
        for (int round = 0; round < options.rounds(entries > 100'000 ? 3 : 7) && broken->isEmpty(); ++round) {
            if (!both.fill("prefix:", 0, entries)) {
                *broken = QStringLiteral("the store refused some of %1 entries").arg(entries);
                break;
            }
            // The first write of a log that was emptied pays for its header, whatever it writes.
            if (const QByteArray other("other:first"); !store.write({setOperation(region, other, other)}, Patience))
                *broken = QStringLiteral("the store refused an entry");
            raw.put("other:first", QByteArray::number(entries + round));
            auto begun = steady_clock::now();
            // From "prefix:" to "prefix;".
            raw.execute("DELETE FROM entries WHERE key >= x'7072656669783A' AND key < x'7072656669783B'");
            theirs.values.push_back(milliseconds(begun));
            begun = steady_clock::now();
            const auto report = store.invalidate(region, Target::prefix("prefix:"), "bench", Patience);
            ours.values.push_back(milliseconds(begun));
            if (!report || report->entries != static_cast<std::uint64_t>(entries))
                *broken = QStringLiteral("an invalidation did not remove its %1 entries").arg(entries);
        }
        curve.add(QStringLiteral("invalidate(prefix)"), entries, ours);
        curve.add(QStringLiteral("raw DELETE"), entries, theirs);
    }
    return curve;
}

} // namespace InfraTest
