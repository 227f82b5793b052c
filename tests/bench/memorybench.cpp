// SPDX-License-Identifier: MIT
#include "cache/memorytier.h"
#include "command.h"
#include "commandoptions.h"
#include "core/asymmetricfence.h"
#include "core/keyhash.h"
#include "figures.h"
#include "mutexlru.h"
#include "peerprocess.h"
#include "zipf.h"

#include <infra/cache.h>
#include <infra/cachestore.h>

#include <QCache>
#include <QCommandLineParser>
#include <QFile>
#include <QHash>
#include <QTemporaryDir>
#include <QTemporaryFile>

#include <malloc.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <cstdio>
#include <thread>

// infra-bench memory: Cache::get() on a hit in memory beside QHash<QByteArray, QByteArray>::value over the same keys,
// QCache, an LRU behind a mutex, and Caffeine; the same of the memory tier alone; what the coherence check costs; what
// an entry costs in memory.
//
// The cache is one over an SQLite store: its words are in the file that processes share. 100,000 keys of 40 bytes,
// values of 100 bytes, Zipf 0.99, everything fits. Coherence and statistics are on. Keys are looked up with arrays of
// their own, never with the ones that were put. One pass of each peer after the other, so that a busy machine is busy
// for all.

namespace {

using namespace Infra;
using InfraTest::Figures;
using InfraTest::Samples;

constexpr int DefaultKeys = 100'000;
constexpr std::uint32_t FewKeys = 500; // Two tiers of them fit into a second-level cache.
constexpr qsizetype ValueSize = 100;
constexpr std::size_t DefaultLookups = 1U << 20;
std::size_t s_lookups = DefaultLookups; // Of a pass; set before anything is measured.

QByteArray keyNumber(std::uint32_t number)
{
    return "tenant:0042:object:" + QByteArray::number(number).rightJustified(21, '0');
}

// Coherence words as a store with a few thousand stripes has them.
struct Words
{
    std::array<std::atomic<std::uint64_t>, 4096> stripes{};
    std::atomic<std::uint64_t> region{2};
    Detail::CoherenceView view{stripes.data(), stripes.size() - 1, &region};
    std::atomic<const Detail::CoherenceView *> cell{&view};
};

struct Fixture
{
    explicit Fixture(std::uint32_t count)
        : sequence(InfraTest::zipfSequence(count, 0.99, s_lookups, 1)), qcache(count), lru(count)
    {
        Detail::MemoryTier::Options options;
        options.maximumEntries = count;
        options.coherence = &words.cell;
        tier = std::make_unique<Detail::MemoryTier>(options);
        options.coherence = nullptr;
        unchecked = std::make_unique<Detail::MemoryTier>(options);
        for (std::uint32_t i = 0; i < count; ++i)
            keys.push_back(keyNumber(i));
        for (std::uint32_t i = 0; i < count; ++i)
            putIntoPeers(i);
        for (Detail::MemoryTier *to : {tier.get(), unchecked.get()}) {
            for (const QByteArray &key : keys) {
                Detail::MemoryEntry entry;
                entry.value = QByteArray(ValueSize, 'v');
                entry.times.expiresAt = now + std::chrono::hours(1);
                entry.stamp = words.view.capture(Detail::keyHash(key));
                to->insert(key, Detail::keyHash(key), entry);
            }
        }
        openCache(count);
    }

    void putIntoPeers(std::uint32_t number)
    {
        hash.insert(keyNumber(number), QByteArray(ValueSize, 'v'));
        qcache.insert(keyNumber(number), new QByteArray(ValueSize, 'v'));
        lru.put(keyNumber(number), QByteArray(ValueSize, 'v'));
    }

    void openCache(std::int64_t capacity)
    {
        StoreOptions storeOptions;
        storeOptions.url = QStringLiteral("sqlite://") + directory.filePath(QStringLiteral("cache.db"));
        auto opened = CacheStore::open(storeOptions);
        if (!opened)
            qFatal("the store does not open: %s", qPrintable(toString(opened.error())));
        store = *std::move(opened);
        CacheOptions cacheOptions;
        cacheOptions.memoryEntries = capacity;
        cacheOptions.operationTimeout = std::chrono::seconds(30);
        cacheOptions.entry.timeToLive = std::chrono::hours(1);
        auto created = Cache::create(*store, QByteArrayLiteral("memory"), cacheOptions);
        if (!created)
            qFatal("the cache does not open: %s", qPrintable(toString(created.error())));
        cache = *std::move(created);
        std::vector<std::pair<QByteArray, QByteArray>> entries;
        for (const QByteArray &key : keys) {
            entries.emplace_back(key, QByteArray(ValueSize, 'v'));
            if (entries.size() < 500 && entries.back().first != keys.back())
                continue;
            if (!cache->setMany(entries))
                qFatal("the cache does not fill");
            entries.clear();
        }
        // Stripes are shared: what was set early is outdated by what was set late, and is fetched again.
        for (const QByteArray &key : keys) {
            if (!cache->get(key))
                qFatal("the cache does not answer");
        }
    }

    std::uint64_t readCache(std::size_t begin) const
    {
        return read(begin, [this](const QByteArray &key) {
            const Result<Cache::Value> value = cache->get(key);
            return value && *value ? (*value)->size() : 0;
        });
    }

    std::uint64_t readTier(Detail::MemoryTier *from, std::size_t begin) const
    {
        return read(begin, [this, from](const QByteArray &key) {
            return from->lookup(key, Detail::keyHash(key), now).value.size();
        });
    }
    std::uint64_t readHash(std::size_t begin) const
    {
        return read(begin, [this](const QByteArray &key) { return hash.value(key).size(); });
    }

    // QCache moves what was found to the front of its list, so it is not for two threads.
    std::uint64_t readQCache(std::size_t begin) const
    {
        return read(begin, [this](const QByteArray &key) {
            const QByteArray *const value = qcache.object(key);
            return value ? value->size() : 0;
        });
    }
    std::uint64_t readLru(std::size_t begin) const
    {
        return read(begin, [this](const QByteArray &key) { return lru.get(key).size(); });
    }

    template <typename Get>
    std::uint64_t read(std::size_t begin, Get get) const
    {
        const std::size_t lookups = s_lookups;
        std::uint64_t bytes = 0;
        std::size_t at = begin;
        for (std::size_t i = 0; i < lookups; ++i) {
            bytes += static_cast<std::uint64_t>(get(keys[sequence[at]]));
            if (++at == lookups)
                at = 0;
        }
        return bytes;
    }

    SystemTime now = Clock::system().systemNow();
    Words words;
    std::vector<std::uint32_t> sequence;
    std::vector<QByteArray> keys;
    QHash<QByteArray, QByteArray> hash;
    QCache<QByteArray, QByteArray> qcache;
    mutable InfraTest::MutexLru lru;
    std::unique_ptr<Detail::MemoryTier> tier;
    std::unique_ptr<Detail::MemoryTier> unchecked;
    QTemporaryDir directory;
    std::shared_ptr<CacheStore> store;
    std::unique_ptr<Cache> cache;
};

bool s_foundEverything = true;

// Nanoseconds until all threads have made one pass.
template <typename Pass>
double passTime(int threads, Pass pass)
{
    std::barrier gate(threads + 1);
    std::vector<std::thread> workers;
    std::atomic<std::uint64_t> bytes{0};
    for (int t = 0; t < threads; ++t) {
        workers.emplace_back([&, t] {
            gate.arrive_and_wait();
            bytes += pass(s_lookups * static_cast<std::size_t>(t) / static_cast<std::size_t>(threads));
            gate.arrive_and_wait();
        });
    }
    gate.arrive_and_wait();
    const SteadyTime begun = Clock::system().steadyNow();
    gate.arrive_and_wait();
    const SteadyTime ended = Clock::system().steadyNow();
    for (std::thread &worker : workers)
        worker.join();
    if (bytes != s_lookups * static_cast<std::uint64_t>(threads) * static_cast<std::uint64_t>(ValueSize))
        s_foundEverything = false;
    return static_cast<double>((ended - begun).count());
}

double perLookup(double passNanoseconds)
{
    return passNanoseconds / static_cast<double>(s_lookups);
}

double millionsPerSecond(double passNanoseconds, int threads)
{
    return static_cast<double>(s_lookups) * threads * 1e3 / passNanoseconds;
}

// What hits with the check take longer than hits without. On entries that stay in the processor's caches: on others it is
// lost in what fetching them takes, now more and now less.
double checkOnHits(const Fixture &few)
{
    const auto pass = [&few](const std::unique_ptr<Detail::MemoryTier> &tier) {
        return passTime(1, [&](std::size_t begin) { return few.readTier(tier.get(), begin); });
    };
    const double before = pass(few.tier);
    const double without = pass(few.unchecked) + pass(few.unchecked);
    return perLookup((before + pass(few.tier) - without) / 2);
}

// The check by itself: the hashes of the sequence against their stamps.
double checkTime(const Fixture &fixture)
{
    std::vector<std::uint64_t> hashes;
    for (std::uint32_t number : fixture.sequence)
        hashes.push_back(Detail::keyHash(fixture.keys[number]));
    const Detail::CoherenceStamp stamp = fixture.words.view.capture(0);
    std::uint64_t current = 0;
    const SteadyTime begun = Clock::system().steadyNow();
    for (std::uint64_t hash : hashes)
        current += fixture.words.cell.load(std::memory_order_acquire)->isCurrent(hash, stamp);
    const SteadyTime ended = Clock::system().steadyNow();
    if (current != hashes.size())
        s_foundEverything = false;
    return perLookup(static_cast<double>((ended - begun).count()));
}

// Bytes that the allocator gave out for each of so many entries, less its key and value.
double overheadPerEntry(std::uint32_t entries)
{
    const auto inUse = [] {
        const struct mallinfo2 info = mallinfo2();
        return static_cast<double>(info.uordblks + info.hblkhd);
    };
    const double before = inUse();
    Detail::MemoryTier::Options options;
    options.maximumEntries = entries;
    Detail::MemoryTier tier(options);
    double payload = 0;
    for (std::uint32_t i = 0; i < entries; ++i) {
        const QByteArray key = keyNumber(i);
        Detail::MemoryEntry entry;
        entry.value = QByteArray(ValueSize, 'v');
        tier.insert(key, Detail::keyHash(key), entry);
        payload += static_cast<double>(key.size() + entry.value.size());
    }
    tier.collect();
    return (inUse() - before - payload) / entries;
}

std::unique_ptr<InfraTest::PeerProcess> startCaffeine(const Fixture &fixture, QTemporaryFile *sequence, Figures *figures)
{
    if (!sequence->open()
        || sequence->write(reinterpret_cast<const char *>(fixture.sequence.data()),
                           static_cast<qint64>(s_lookups * sizeof(std::uint32_t)))
            < 0
        || !sequence->flush()) {
        figures->addMissing(QStringLiteral("Caffeine"), sequence->errorString());
        return nullptr;
    }
    const QString jar = QStringLiteral("/usr/share/java/caffeine.jar");
    QString missing = QStringLiteral("libcaffeine-java is not installed");
    std::unique_ptr<InfraTest::PeerProcess> peer;
    if (QFile::exists(jar)) {
        peer = InfraTest::PeerProcess::start(QStringLiteral("java"),
                                             {QStringLiteral("-cp"), jar,
                                              QStringLiteral(INFRA_BENCH_PEERS "/CaffeinePeer.java"),
                                              sequence->fileName(), QString::number(fixture.keys.size()), QString::number(ValueSize)},
                                             QStringLiteral("pass 1"), &missing);
    }
    if (!peer)
        figures->addMissing(QStringLiteral("Caffeine"), missing);
    return peer;
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("rounds"), QStringLiteral("How often everything is measured."), QStringLiteral("N"), QStringLiteral("15")},
                       {QStringLiteral("keys"), QStringLiteral("Keys that are looked up."), QStringLiteral("N"), QString::number(DefaultKeys)},
                       {QStringLiteral("lookups"), QStringLiteral("Lookups that are timed together."), QStringLiteral("N"), QString::number(DefaultLookups)},
                       {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (const auto status = InfraTest::parseOptions(parser, QStringLiteral("memory"), arguments))
        return *status;
    const int rounds = parser.value(QStringLiteral("rounds")).toInt();
    const auto keys = static_cast<std::uint32_t>(std::max(0, parser.value(QStringLiteral("keys")).toInt()));
    s_lookups = static_cast<std::size_t>(std::max(0LL, parser.value(QStringLiteral("lookups")).toLongLong()));
    if (rounds < 1 || keys < 1 || s_lookups < 1)
        return InfraTest::refuseOptions(parser);
    Figures figures(QStringLiteral("memory hit: %1 keys of 40 bytes, values of 100 bytes, Zipf 0.99").arg(keys));
    Samples overhead;
    overhead.values.push_back(overheadPerEntry(10 * keys));
    const Fixture fixture(keys);
    const Fixture few(std::min(keys, FewKeys));
    QTemporaryFile sequence;
    const auto caffeine = startCaffeine(fixture, &sequence, &figures);

    const auto cachePass = [&fixture](std::size_t begin) { return fixture.readCache(begin); };
    const auto tierPass = [&fixture](std::size_t begin) { return fixture.readTier(fixture.tier.get(), begin); };
    const auto hashPass = [&fixture](std::size_t begin) { return fixture.readHash(begin); };
    const auto qcachePass = [&fixture](std::size_t begin) { return fixture.readQCache(begin); };
    const auto lruPass = [&fixture](std::size_t begin) { return fixture.readLru(begin); };
    Samples check;
    Samples checkAlone;
    Samples ours[2];
    Samples tier[2];
    Samples hash[2];
    Samples java[2];
    Samples qcache;
    Samples lruRate[2];
    Samples ourRate[2];
    Samples hashRate[2];
    for (int repetition = -1; repetition < rounds; ++repetition) {
        for (int threads = 1; threads <= 2; ++threads) {
            const double cacheTime = passTime(threads, cachePass);
            const double tierTime = passTime(threads, tierPass);
            const double hashTime = passTime(threads, hashPass);
            const double lruTime = passTime(threads, lruPass);
            const std::vector<double> javaTime =
                caffeine ? caffeine->ask(QStringLiteral("pass %1").arg(threads)) : std::vector<double>{};
            if (repetition < 0)
                continue; // Warms everybody up.
            const auto at = static_cast<std::size_t>(threads - 1);
            ours[at].values.push_back(perLookup(cacheTime));
            tier[at].values.push_back(perLookup(tierTime));
            hash[at].values.push_back(perLookup(hashTime));
            ourRate[at].values.push_back(millionsPerSecond(cacheTime, threads));
            lruRate[at].values.push_back(millionsPerSecond(lruTime, threads));
            hashRate[at].values.push_back(millionsPerSecond(hashTime, threads));
            if (!javaTime.empty())
                java[at].values.push_back(millionsPerSecond(javaTime.front(), threads));
        }
        const double qcacheTime = passTime(1, qcachePass);
        if (repetition < 0)
            continue;
        qcache.values.push_back(perLookup(qcacheTime));
        check.values.push_back(checkOnHits(few));
        checkAlone.values.push_back(checkTime(fixture));
    }

    const QString qhash = QStringLiteral("QHash::value");
    const QString peer = QStringLiteral("Caffeine");
    figures.add(QStringLiteral("Cache::get, 1 thread"), ours[0], QStringLiteral("ns"), hash[0], qhash, 1.25,
                Figures::Bound::AtMost);
    figures.add(QStringLiteral("the memory tier alone, 1 thread"), tier[0], QStringLiteral("ns"), hash[0], qhash);
    figures.add(QStringLiteral("Cache::get throughput, 2 threads"), ourRate[1], QStringLiteral("M/s"), hashRate[1],
                qhash + QStringLiteral(" no lock"), 0.75, Figures::Bound::AtLeast);
    figures.add(QStringLiteral("Cache::get, 1 thread"), ours[0], QStringLiteral("ns"), qcache, QStringLiteral("QCache no lock"));
    const QString names[] = {QStringLiteral("Cache::get throughput, 1 thread"), QStringLiteral("Cache::get throughput, 2 threads")};
    for (std::size_t at = 0; at < 2; ++at) {
        figures.add(names[at], ourRate[at], QStringLiteral("M/s"), lruRate[at],
                    QStringLiteral("LRU with a mutex"));
    }
    for (std::size_t at = 0; at < 2 && caffeine; ++at) {
        figures.add(names[at], ourRate[at], QStringLiteral("M/s"), java[at], peer,
                    1.0, Figures::Bound::AtLeast);
    }
    figures.addAbsolute(QStringLiteral("coherence check on a memory hit"), check, QStringLiteral("ns"), 5,
                        Figures::Bound::AtMost);
    figures.addAbsolute(QStringLiteral("coherence check by itself"), checkAlone, QStringLiteral("ns"));
    figures.addAbsolute(QStringLiteral("memory of an entry beyond key and value"), overhead, QStringLiteral("B"), 160,
                        Figures::Bound::AtMost);
    figures.note(Detail::AsymmetricFence::isLight() ? QStringLiteral("readers pin with plain stores (membarrier)")
                                                    : QStringLiteral("no membarrier: readers pin with a full fence"));
    figures.note(QStringLiteral("memory is what malloc gave out for %1 entries, its own headers included").arg(10 * keys));
    const CacheStatistics statistics = fixture.cache->statistics();
    figures.note(QStringLiteral("Cache::get: %1 % of %2 lookups were hits in memory")
                     .arg(100.0 * static_cast<double>(statistics.memory.hits) / static_cast<double>(statistics.hits + statistics.misses), 0, 'f', 3)
                     .arg(statistics.hits + statistics.misses));
    figures.print();
    if (!s_foundEverything)
        std::fprintf(stderr, "infra-bench memory: a lookup did not find its value\n");
    if (!figures.writeJson(parser.value(QStringLiteral("json"))))
        return 2;
    return s_foundEverything ? 0 : 1;
}

const InfraTest::Command memoryCommand("memory", "memory tier against QHash, QCache, an LRU with a mutex and Caffeine; bytes of an entry", &run);

} // namespace
