// SPDX-License-Identifier: MIT
#include "growth.h"

#include "cache/memorytier.h"
#include "core/keyhash.h"
#include "core/random.h"
#include "machine.h"
#include "processortime.h"

#include <QHash>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>

// One thread looks up keys of which each is as likely as any other, so that nothing helps the processor's caches; the
// keys that are asked for lie one behind the other, so that the lookup alone is what misses.

namespace InfraTest {

namespace {

using namespace Infra;

constexpr std::size_t KeySize = 40;
constexpr qsizetype ValueSize = 100;
constexpr std::size_t PassLength = 1U << 19;
// What both tables together take for an entry, generously.
constexpr double BytesPerEntry = 700;

void writeKey(char *to, std::uint64_t number)
{
    std::memcpy(to, "tenant:0042:object:0000000000000000000000", KeySize);
    for (std::size_t i = KeySize; number > 0; number /= 10)
        to[--i] = static_cast<char>('0' + number % 10);
}

QByteArray keyOf(std::uint64_t number)
{
    QByteArray key(static_cast<qsizetype>(KeySize), Qt::Uninitialized);
    writeKey(key.data(), number);
    return key;
}

// Coherence words as a store has them: the check is part of a hit.
struct Words
{
    std::array<std::atomic<std::uint64_t>, 4096> stripes{};
    std::atomic<std::uint64_t> region{2};
    Detail::CoherenceView view{stripes.data(), stripes.size() - 1, &region};
    std::atomic<const Detail::CoherenceView *> cell{&view};
};

class Tables
{
public:
    explicit Tables(int entries) : m_now(Clock::system().systemNow())
    {
        Detail::MemoryTier::Options options;
        options.maximumEntries = entries;
        options.coherence = &m_words->cell;
        m_tier = std::make_unique<Detail::MemoryTier>(options);
        m_hash.reserve(entries);
        for (int i = 0; i < entries; ++i) {
            const QByteArray key = keyOf(static_cast<std::uint64_t>(i));
            Detail::MemoryEntry entry;
            entry.value = QByteArray(ValueSize, 'v');
            entry.times.expiresAt = m_now + std::chrono::hours(10);
            entry.stamp = m_words->view.capture(Detail::keyHash(key));
            m_tier->insert(key, Detail::keyHash(key), entry);
            m_hash.insert(key, QByteArray(ValueSize, 'v'));
        }
    }

    [[nodiscard]] qsizetype readTier(QByteArrayView key) const
    {
        return m_tier->lookup(key, Detail::keyHash(key), m_now).value.size();
    }
    [[nodiscard]] qsizetype readHash(QByteArrayView key) const
    {
        return m_hash.value(QByteArray::fromRawData(key.data(), key.size())).size();
    }

private:
    const SystemTime m_now;
    const std::unique_ptr<Words> m_words = std::make_unique<Words>();
    std::unique_ptr<Detail::MemoryTier> m_tier;
    QHash<QByteArray, QByteArray> m_hash;
};

// Nanoseconds of one lookup; negative when one did not find its value.
template<typename Read>
double pass(const std::vector<char> &keys, Read read)
{
    qsizetype bytes = 0;
    const double begun = processorNanoseconds();
    for (std::size_t at = 0; at < keys.size(); at += KeySize)
        bytes += read(QByteArrayView(keys.data() + at, static_cast<qsizetype>(KeySize)));
    const double taken = processorNanoseconds() - begun;
    const std::size_t lookups = keys.size() / KeySize;
    return bytes == static_cast<qsizetype>(lookups) * ValueSize ? taken / static_cast<double>(lookups) : -1;
}

} // namespace

GrowthCurve measureMemoryGrowth(const GrowthOptions &options, QString *broken)
{
    LineChart chart;
    chart.title = QStringLiteral("Memory hit by number of entries, one thread, every key as likely");
    chart.xLabel = QStringLiteral("entries");
    chart.yLabel = QStringLiteral("nanoseconds of processor time a lookup");
    GrowthCurve curve(chart, QStringLiteral("ns"));
    std::vector<char> keys(PassLength * KeySize);
    for (const int entries : options.sizes({1'000, 10'000, 100'000, 1'000'000, 10'000'000}, 100'000)) {
        const double needed = BytesPerEntry * entries;
        if (needed > 0.8 * availableMemory()) {
            curve.figures().note(QStringLiteral("%1 entries left out: %2 GB may be needed, and %3 GB are free")
                                     .arg(entries)
                                     .arg(needed / 1e9, 0, 'f', 1)
                                     .arg(availableMemory() / 1e9, 0, 'f', 1));
            continue;
        }
        const Tables tables(entries);
        Samples tier;
        Samples hash;
        for (int round = -1; round < options.rounds(7); ++round) {
            Detail::Random random(static_cast<std::uint64_t>(round) + 2);
            for (std::size_t at = 0; at < keys.size(); at += KeySize)
                writeKey(keys.data() + at, random.below(static_cast<std::uint64_t>(entries)));
            const double tierTime = pass(keys, [&](QByteArrayView key) { return tables.readTier(key); });
            const double hashTime = pass(keys, [&](QByteArrayView key) { return tables.readHash(key); });
            if (tierTime < 0 || hashTime < 0)
                *broken = QStringLiteral("a lookup among %1 entries did not find its value").arg(entries);
            if (round < 0)
                continue; // Warms both up.
            tier.values.push_back(tierTime);
            hash.values.push_back(hashTime);
        }
        curve.add(QStringLiteral("memory tier"), entries, tier);
        curve.add(QStringLiteral("QHash without a lock"), entries, hash);
    }
    return curve;
}

} // namespace InfraTest
