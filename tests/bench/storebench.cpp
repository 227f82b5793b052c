// SPDX-License-Identifier: MIT
// infra-bench store: the disk tier beside raw sqlite3, Redis, memcached and python3-diskcache.
#include "command.h"
#include "commandoptions.h"
#include "core/random.h"
#include "figures.h"
#include "keyvalueserver.h"
#include "peerprocess.h"
#include "processortime.h"
#include "rawdatabase.h"
#include "storefixture.h"

#include <infra/cache.h>

#include <QCommandLineParser>
#include <QTemporaryDir>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <span>
#include <thread>

namespace {

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;
using std::chrono::steady_clock;

constexpr qsizetype ValueSize = 100;
constexpr std::chrono::seconds Patience{30};

QByteArray keyOf(std::uint64_t number)
{
    return "user:profile:" + QByteArray::number(static_cast<qulonglong>(number)).rightJustified(12, '0');
}

double nanoseconds(steady_clock::duration duration)
{
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
}

// No two alike in the whole run: SQLite does not write a row again that is what it was, and a write that writes
// nothing is no peer.
class Values
{
public:
    [[nodiscard]] const QByteArray &next()
    {
        static std::atomic<std::uint64_t> last{0};
        const std::uint64_t number = ++last;
        std::memcpy(m_value.data(), &number, sizeof(number));
        return m_value;
    }

private:
    QByteArray m_value = QByteArray(ValueSize, 'v');
};

struct Writers
{
    double perSecond = 0;
    double p99 = 0;   // µs
    double batch = 0; // Writes in a transaction.
};

struct Extent
{
    int rounds = 0;
    int rows = 0;

    [[nodiscard]] QByteArray anyKey(Random &random) const { return keyOf(random.below(static_cast<std::uint64_t>(rows))); }
};

// What is measured: a cache as a service has it, on a store of its own; for reads without its memory tier.
struct Subject
{
    StoreFixture fixture;
    std::shared_ptr<SqliteStore> store;
    std::unique_ptr<Cache> cache;

    Subject(const StoreOptions &options, std::int64_t memoryEntries)
    {
        fixture.changed = options;
        store = fixture.openAnother();
        CacheOptions cacheOptions;
        cacheOptions.memoryEntries = memoryEntries;
        cacheOptions.operationTimeout = Patience;
        auto created = Cache::create(store, QByteArrayLiteral("users"), cacheOptions);
        if (!created)
            qFatal("%s", qPrintable(toString(created.error())));
        cache = *std::move(created);
    }
    [[nodiscard]] QString rawPath() const { return fixture.path() + QStringLiteral(".raw"); }
};

// What the store is measured beside; a server that is not installed is null.
struct Peers
{
    QTemporaryDir directory;
    std::unique_ptr<KeyValueServer> redis;
    std::unique_ptr<KeyValueServer> memcached;
    std::unique_ptr<PeerProcess> diskcache;
};

std::unique_ptr<PeerProcess> startDiskcache(const QString &folder, const Extent &extent, Figures &figures)
{
    // The distribution's interpreter: its packages belong to it.
    QString missing;
    auto peer = PeerProcess::start(QStringLiteral("/usr/bin/python3"),
                                   {QStringLiteral(INFRA_BENCH_PEERS "/diskcache_store.py"), folder, QString::number(extent.rows)},
                                   QStringLiteral("get 100"), &missing);
    if (!peer)
        figures.addMissing(QStringLiteral("diskcache"), missing);
    return peer;
}

void startPeers(Peers &peers, const Extent &extent, Figures &figures)
{
    QString missing;
    peers.redis = KeyValueServer::start(KeyValueServer::Kind::Redis, &missing);
    if (!peers.redis)
        figures.addMissing(QStringLiteral("Redis"), missing);
    peers.memcached = KeyValueServer::start(KeyValueServer::Kind::Memcached, &missing);
    if (!peers.memcached)
        figures.addMissing(QStringLiteral("memcached"), missing);
    peers.diskcache = startDiskcache(peers.directory.path(), extent, figures);
}

// The same rows everywhere, in key order, all in the database and none in a log.
void fill(SqliteStore &store, RawDatabase &raw, const Peers &peers, const Extent &extent)
{
    const std::uint32_t region = regionOf(store);
    Values values;
    raw.execute("BEGIN");
    for (int i = 0; i < extent.rows; i += 500) {
        std::vector<WriteOperation> operations;
        for (int j = i; j < std::min(i + 500, extent.rows); ++j) {
            const QByteArray key = keyOf(static_cast<std::uint64_t>(j));
            const QByteArray value = values.next();
            operations.push_back(setOperation(region, key, value));
            raw.put(key, value);
            for (KeyValueServer *server : {peers.redis.get(), peers.memcached.get()}) {
                if (server && !server->set(key, value))
                    qFatal("a server did not take a value");
            }
        }
        if (!store.write(std::move(operations), Patience))
            qFatal("filling the store failed");
    }
    raw.execute("COMMIT");
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    store.keepHouse();
    store.keepHouse();
}

Writers runWriters(const Subject &subject, const Extent &extent, int threads, std::chrono::milliseconds time,
                   const EntryOptions &options = EntryOptions())
{
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> total{0};
    std::vector<std::vector<double>> latencies(static_cast<std::size_t>(threads));
    std::vector<std::thread> running;
    const StoreStatistics before = subject.store->statistics();
    const auto start = steady_clock::now();
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([&, i] {
            Random random(static_cast<std::uint64_t>(i) + 7);
            Values values;
            auto &mine = latencies[static_cast<std::size_t>(i)];
            while (!stop.load(std::memory_order_relaxed)) {
                const QByteArray key = extent.anyKey(random);
                const QByteArray &value = values.next();
                const auto begin = steady_clock::now();
                if (!subject.cache->set(key, value, options))
                    qFatal("a write failed");
                mine.push_back(nanoseconds(steady_clock::now() - begin) / 1000);
            }
            total += mine.size();
        });
    }
    std::this_thread::sleep_for(time);
    stop = true;
    for (std::thread &thread : running)
        thread.join();
    const double seconds = nanoseconds(steady_clock::now() - start) * 1e-9;
    std::vector<double> all;
    for (auto &list : latencies)
        all.insert(all.end(), list.begin(), list.end());
    std::nth_element(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(all.size() * 99 / 100), all.end());
    const StoreStatistics after = subject.store->statistics();
    return {static_cast<double>(total.load()) / seconds, all[all.size() * 99 / 100],
            static_cast<double>(after.writes - before.writes) / static_cast<double>(after.transactions - before.transactions)};
}

double rawRate(RawDatabase &raw, const Extent &extent, std::chrono::milliseconds time)
{
    Random random(3);
    Values values;
    const auto start = steady_clock::now();
    std::uint64_t count = 0;
    while (steady_clock::now() - start < time) {
        raw.commitPut(extent.anyKey(random), values.next());
        ++count;
    }
    return static_cast<double>(count) / (nanoseconds(steady_clock::now() - start) * 1e-9);
}

// Nanoseconds of one GET.
double serverReads(KeyValueServer &server, std::span<const QByteArray> keys)
{
    const auto start = steady_clock::now();
    for (const QByteArray &key : keys) {
        if (!server.get(key, ValueSize))
            qFatal("a server did not answer with the value");
    }
    return nanoseconds(steady_clock::now() - start) / static_cast<double>(keys.size());
}

void askInto(Samples &samples, PeerProcess *peer, const QString &line)
{
    if (!peer)
        return;
    if (const std::vector<double> answer = peer->ask(line); answer.size() == 1)
        samples.values.push_back(answer.front());
}

void measureReads(Figures &figures, const Subject &subject, RawDatabase &raw, const Peers &peers, const Extent &extent)
{
    const std::uint32_t region = regionOf(*subject.store);
    Samples ours;
    Samples store;
    Samples theirs;
    Samples ourProcessor;
    Samples theirProcessor;
    Samples redis;
    Samples memcached;
    Samples diskcache;
    constexpr int Reads = 20'000;
    for (int round = 0; round < extent.rounds; ++round) {
        Random random(static_cast<std::uint64_t>(round) + 1);
        std::vector<QByteArray> keys;
        for (int i = 0; i < Reads; ++i)
            keys.push_back(extent.anyKey(random));
        std::size_t bytes = 0;
        auto start = steady_clock::now();
        double processor = processorNanoseconds();
        for (const QByteArray &key : keys)
            bytes += static_cast<std::size_t>(raw.get(key).size());
        theirs.values.push_back(nanoseconds(steady_clock::now() - start) / Reads);
        theirProcessor.values.push_back((processorNanoseconds() - processor) / Reads);
        start = steady_clock::now();
        processor = processorNanoseconds();
        for (const QByteArray &key : keys) {
            const auto value = subject.cache->get(key);
            if (!value || !*value)
                qFatal("a read missed");
            bytes += static_cast<std::size_t>((*value)->size());
        }
        ours.values.push_back(nanoseconds(steady_clock::now() - start) / Reads);
        ourProcessor.values.push_back((processorNanoseconds() - processor) / Reads);
        start = steady_clock::now();
        for (const QByteArray &key : keys) {
            const auto entry = subject.store->read(region, key, keyHash(key), Patience);
            if (!entry || !*entry)
                qFatal("a read missed");
            bytes += static_cast<std::size_t>((*entry)->value.size());
        }
        store.values.push_back(nanoseconds(steady_clock::now() - start) / Reads);
        const std::span<const QByteArray> some(keys.data(), Reads / 10);
        if (peers.redis)
            redis.values.push_back(serverReads(*peers.redis, some));
        if (peers.memcached)
            memcached.values.push_back(serverReads(*peers.memcached, some));
        askInto(diskcache, peers.diskcache.get(), QStringLiteral("get %1").arg(Reads / 10));
        if (bytes == 0)
            qFatal("nothing was read");
    }
    figures.add(QStringLiteral("disk hit, checksum verified"), ours, QStringLiteral("ns"), theirs, QStringLiteral("raw SELECT"), 1.25,
                Figures::Bound::AtMost);
    figures.add(QStringLiteral("disk hit, the store alone"), store, QStringLiteral("ns"), theirs, QStringLiteral("raw SELECT"));
    figures.add(QStringLiteral("disk hit, processor time"), ourProcessor, QStringLiteral("ns"), theirProcessor, QStringLiteral("raw SELECT"), 1.25,
                Figures::Bound::AtMost);
    const auto against = [&](const Samples &peer, const QString &name, double bar, Figures::Bound bound) {
        if (!peer.values.empty())
            figures.add(QStringLiteral("disk hit, checksum verified"), ours, QStringLiteral("ns"), peer, name, bar, bound);
    };
    against(redis, QStringLiteral("Redis GET"), 0.1, Figures::Bound::AtMost);
    against(memcached, QStringLiteral("memcached get"), 0, Figures::Bound::None);
    against(diskcache, QStringLiteral("diskcache get"), 0, Figures::Bound::None);
}

void measureProcessor(Cache &cache, RawDatabase &raw, const Extent &extent, int writes, Samples &ours, Samples &theirs)
{
    Random random(5);
    Values values;
    double before = processorNanoseconds();
    for (int i = 0; i < writes; ++i)
        raw.commitPut(extent.anyKey(random), values.next());
    theirs.values.push_back((processorNanoseconds() - before) / writes / 1000);
    before = processorNanoseconds();
    for (int i = 0; i < writes; ++i) {
        if (!cache.set(extent.anyKey(random), values.next()))
            qFatal("a write failed");
    }
    ours.values.push_back((processorNanoseconds() - before) / writes / 1000);
}

void measureWrites(Figures &figures, StoreOptions::Synchronous synchronous, const Extent &extent)
{
    const bool full = synchronous == StoreOptions::Synchronous::Full;
    const QString mode = full ? QStringLiteral("FULL") : QStringLiteral("NORMAL");
    StoreOptions options;
    options.synchronous = synchronous;
    options.housekeepingInterval = std::chrono::seconds(1);
    const Subject subject(options, CacheOptions().memoryEntries);
    RawDatabase raw(subject.rawPath(), full ? "FULL" : "NORMAL");
    // diskcache writes with synchronous=NORMAL.
    Peers peers;
    if (!full)
        peers.diskcache = startDiskcache(peers.directory.path(), extent, figures);
    fill(*subject.store, raw, peers, extent);
    EntryOptions mortal;
    mortal.timeToLive = std::chrono::hours(1);
    Samples mortalTime;
    Samples diskcache;
    Samples ourProcessor;
    Samples rawProcessor;
    Samples rawTime;
    Samples oneTime;
    Samples rawRates;
    Samples eightRates;
    Samples p99;
    Samples batches;
    for (int round = 0; round < extent.rounds; ++round) {
        const std::chrono::milliseconds time(full ? 400 : 300);
        measureProcessor(*subject.cache, raw, extent, full ? 40 : 1000, ourProcessor, rawProcessor);
        const double rate = rawRate(raw, extent, time);
        rawTime.values.push_back(1e6 / rate);
        rawRates.values.push_back(rate);
        oneTime.values.push_back(1e6 / runWriters(subject, extent, 1, time).perSecond);
        askInto(diskcache, peers.diskcache.get(), QStringLiteral("set 1000"));
        const Writers eight = runWriters(subject, extent, 8, time);
        eightRates.values.push_back(eight.perSecond);
        p99.values.push_back(eight.p99 / 1000);
        batches.values.push_back(eight.batch);
        // Behind everything else: rows with a TTL stay in the index of TTLs until they are set again.
        if (round + 1 == extent.rounds)
            mortalTime.values.push_back(1e6 / runWriters(subject, extent, 1, time, mortal).perSecond);
    }
    figures.add(QStringLiteral("set, 1 thread, ") + mode, oneTime, QStringLiteral("us"), rawTime, QStringLiteral("raw transaction"),
                1.5, Figures::Bound::AtMost);
    figures.add(QStringLiteral("set, 1 thread, processor time, ") + mode, ourProcessor, QStringLiteral("us"), rawProcessor, QStringLiteral("raw transaction"),
                1.5, Figures::Bound::AtMost);
    if (!diskcache.values.empty())
        figures.add(QStringLiteral("set, 1 thread, ") + mode, oneTime, QStringLiteral("us"), diskcache, QStringLiteral("diskcache set"));
    figures.addAbsolute(QStringLiteral("set with a TTL, 1 thread, ") + mode, mortalTime, QStringLiteral("us"));
    figures.add(QStringLiteral("sets a second, 8 threads, ") + mode, eightRates, QStringLiteral("1/s"), rawRates, QStringLiteral("raw, 1 thread"),
                full ? 4.0 : 1.3, Figures::Bound::AtLeast);
    figures.addAbsolute(QStringLiteral("writes in a transaction, 8 threads, ") + mode, batches, QString());
    if (full)
        figures.addAbsolute(QStringLiteral("set p99, 8 threads, ") + mode, p99, QStringLiteral("ms"));
    else
        figures.addAbsolute(QStringLiteral("set p99, 8 threads, ") + mode, p99, QStringLiteral("ms"), 1.0, Figures::Bound::AtMost);
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("part"), QStringLiteral("Only reads, normal or full."), QStringLiteral("PART")},
                       {QStringLiteral("rounds"), QStringLiteral("How often everything is measured."), QStringLiteral("N"), QStringLiteral("7")},
                       {QStringLiteral("rows"), QStringLiteral("Rows of each database."), QStringLiteral("N"), QStringLiteral("100000")},
                       {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (const auto status = parseOptions(parser, QStringLiteral("store"), arguments))
        return *status;
    const Extent extent{parser.value(QStringLiteral("rounds")).toInt(), parser.value(QStringLiteral("rows")).toInt()};
    if (extent.rounds < 1 || extent.rows < 1)
        return refuseOptions(parser);
    const QString part = parser.value(QStringLiteral("part"));
    const auto wanted = [&part](QLatin1String name) { return part.isEmpty() || part == name; };
    Figures figures(QStringLiteral("store"));
    if (wanted(QLatin1String("reads"))) {
        StoreOptions options;
        options.housekeepingInterval = std::chrono::minutes(1);
        const Subject subject(options, 0);
        RawDatabase raw(subject.rawPath(), "NORMAL");
        Peers peers;
        startPeers(peers, extent, figures);
        fill(*subject.store, raw, peers, extent);
        measureReads(figures, subject, raw, peers, extent);
    }
    if (wanted(QLatin1String("normal")))
        measureWrites(figures, StoreOptions::Synchronous::Normal, extent);
    if (wanted(QLatin1String("full")))
        measureWrites(figures, StoreOptions::Synchronous::Full, extent);
    figures.note(QStringLiteral("every write, ours and the peer's, changes its row: SQLite skips one that does not"));
    figures.note(QStringLiteral("values of 100 bytes, %1 keys; raw: sqlite3's C API, prepared, WAL, the same synchronous").arg(extent.rows));
    figures.print();
    return figures.writeJson(parser.value(QStringLiteral("json"))) ? 0 : 2;
}

const Command storeCommand("store", "the disk tier beside raw sqlite3, Redis, memcached and diskcache", &run);

} // namespace
