// SPDX-License-Identifier: MIT
// infra-bench store: the disk tier beside raw sqlite3 and Redis.
#include "command.h"
#include "core/random.h"
#include "figures.h"
#include "redisfixture.h"
#include "storefixture.h"

#include <QCommandLineParser>

#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <ctime>
#include <thread>

namespace {

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;
using std::chrono::steady_clock;

constexpr int Rows = 100'000;
constexpr int Rounds = 7;
constexpr std::chrono::seconds Patience{30};

QByteArray keyOf(std::uint64_t number)
{
    return "user:profile:" + QByteArray::number(static_cast<qulonglong>(number)).rightJustified(12, '0');
}

double nanoseconds(steady_clock::duration duration)
{
    return static_cast<double>(std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count());
}

// The peer: the C API, prepared statements, a table of key and value, autocommit reads, WAL.
class RawDatabase
{
public:
    RawDatabase(const QString &path, const char *synchronous)
    {
        sqlite3_open(qPrintable(path), &m_database);
        execute("PRAGMA journal_mode=WAL");
        execute(QByteArray("PRAGMA synchronous=") + synchronous);
        execute("CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB) WITHOUT ROWID");
        prepare("SELECT value FROM entries WHERE key = ?", &m_select);
        prepare("INSERT INTO entries VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", &m_upsert);
        prepare("BEGIN IMMEDIATE", &m_begin);
        prepare("COMMIT", &m_commit);
    }
    ~RawDatabase()
    {
        for (sqlite3_stmt *statement : {m_select, m_upsert, m_begin, m_commit})
            sqlite3_finalize(statement);
        sqlite3_close(m_database);
    }
    void execute(const QByteArray &sql) { sqlite3_exec(m_database, sql.constData(), nullptr, nullptr, nullptr); }
    void put(const QByteArray &key, const QByteArray &value)
    {
        sqlite3_bind_blob(m_upsert, 1, key.constData(), static_cast<int>(key.size()), SQLITE_STATIC);
        sqlite3_bind_blob(m_upsert, 2, value.constData(), static_cast<int>(value.size()), SQLITE_STATIC);
        step(m_upsert);
    }
    void commitPut(const QByteArray &key, const QByteArray &value)
    {
        step(m_begin);
        put(key, value);
        step(m_commit);
    }
    [[nodiscard]] QByteArray get(const QByteArray &key)
    {
        sqlite3_bind_blob(m_select, 1, key.constData(), static_cast<int>(key.size()), SQLITE_STATIC);
        QByteArray value;
        if (sqlite3_step(m_select) == SQLITE_ROW)
            value = QByteArray(static_cast<const char *>(sqlite3_column_blob(m_select, 0)), sqlite3_column_bytes(m_select, 0));
        sqlite3_reset(m_select);
        return value;
    }

private:
    void prepare(const char *sql, sqlite3_stmt **statement) { sqlite3_prepare_v2(m_database, sql, -1, statement, nullptr); }
    static void step(sqlite3_stmt *statement)
    {
        if (sqlite3_step(statement) != SQLITE_DONE)
            qFatal("the raw database refused a statement");
        sqlite3_reset(statement);
    }
    sqlite3 *m_database = nullptr;
    sqlite3_stmt *m_select = nullptr;
    sqlite3_stmt *m_upsert = nullptr;
    sqlite3_stmt *m_begin = nullptr;
    sqlite3_stmt *m_commit = nullptr;
};

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
    QByteArray m_value = QByteArray(100, 'v');
};

// Processor time of this thread: what other programs do at the same time does not enter.
double processorNanoseconds()
{
    struct timespec time;
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

struct Writers
{
    double perSecond = 0;
    double p99 = 0;   // µs
    double batch = 0; // Writes in a transaction.
};

// The same rows everywhere, in key order, all in the database and none in a log.
void fill(SqliteStore &store, std::uint32_t region, RawDatabase &raw, RedisFixture *redis)
{
    Values values;
    raw.execute("BEGIN");
    for (int i = 0; i < Rows; i += 500) {
        std::vector<WriteOperation> operations;
        for (int j = i; j < i + 500; ++j) {
            const QByteArray key = keyOf(static_cast<std::uint64_t>(j));
            const QByteArray value = values.next();
            operations.push_back(setOperation(region, key, value));
            raw.put(key, value);
            QByteArray answer;
            if (redis && !redis->exchange(RedisFixture::encode({"SET", key, value}), &answer))
                qFatal("redis does not answer");
        }
        if (!store.write(std::move(operations), Patience))
            qFatal("filling the store failed");
    }
    raw.execute("COMMIT");
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    store.keepHouse();
    store.keepHouse();
}

Writers runWriters(SqliteStore &store, std::uint32_t region, int threads, std::chrono::milliseconds time)
{
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> total{0};
    std::vector<std::vector<double>> latencies(static_cast<std::size_t>(threads));
    std::vector<std::thread> running;
    const StoreStatistics before = store.statistics();
    const auto start = steady_clock::now();
    for (int i = 0; i < threads; ++i) {
        running.emplace_back([&, i] {
            Random random(static_cast<std::uint64_t>(i) + 7);
            Values values;
            auto &mine = latencies[static_cast<std::size_t>(i)];
            while (!stop.load(std::memory_order_relaxed)) {
                std::vector<WriteOperation> operations{setOperation(region, keyOf(random.below(Rows)), values.next())};
                const auto begin = steady_clock::now();
                if (!store.write(std::move(operations), Patience))
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
    const StoreStatistics after = store.statistics();
    return {static_cast<double>(total.load()) / seconds, all[all.size() * 99 / 100],
            static_cast<double>(after.writes - before.writes) / static_cast<double>(after.transactions - before.transactions)};
}

double rawRate(RawDatabase &raw, std::chrono::milliseconds time)
{
    Random random(3);
    Values values;
    const auto start = steady_clock::now();
    std::uint64_t count = 0;
    while (steady_clock::now() - start < time) {
        raw.commitPut(keyOf(random.below(Rows)), values.next());
        ++count;
    }
    return static_cast<double>(count) / (nanoseconds(steady_clock::now() - start) * 1e-9);
}

void measureReads(Figures &figures, SqliteStore &store, std::uint32_t region, RawDatabase &raw, RedisFixture *redis)
{
    Samples ours;
    Samples theirs;
    Samples ourProcessor;
    Samples theirProcessor;
    Samples redisSamples;
    constexpr int Reads = 20'000;
    for (int round = 0; round < Rounds; ++round) {
        Random random(static_cast<std::uint64_t>(round) + 1);
        std::vector<QByteArray> keys;
        for (int i = 0; i < Reads; ++i)
            keys.push_back(keyOf(random.below(Rows)));
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
            const auto entry = store.read(region, key, keyHash(key), Patience);
            if (!entry || !*entry)
                qFatal("a read missed");
            bytes += static_cast<std::size_t>((*entry)->value.size());
        }
        ours.values.push_back(nanoseconds(steady_clock::now() - start) / Reads);
        ourProcessor.values.push_back((processorNanoseconds() - processor) / Reads);
        if (redis) {
            start = steady_clock::now();
            for (int i = 0; i < Reads / 10; ++i) {
                QByteArray answer;
                if (!redis->exchange(RedisFixture::encode({"GET", keys[static_cast<std::size_t>(i)]}), &answer))
                    qFatal("redis does not answer");
                bytes += static_cast<std::size_t>(answer.size());
            }
            redisSamples.values.push_back(nanoseconds(steady_clock::now() - start) / (Reads / 10));
        }
        if (bytes == 0)
            qFatal("nothing was read");
    }
    figures.add(QStringLiteral("disk hit, checksum verified"), ours, QStringLiteral("ns"), theirs, QStringLiteral("raw SELECT"), 1.25,
                Figures::Bound::AtMost);
    figures.add(QStringLiteral("the same, processor time"), ourProcessor, QStringLiteral("ns"), theirProcessor, QStringLiteral("raw SELECT"), 1.25,
                Figures::Bound::AtMost);
    if (redis)
        figures.add(QStringLiteral("disk hit against Redis"), ours, QStringLiteral("ns"), redisSamples, QStringLiteral("Redis GET"), 0.1,
                    Figures::Bound::AtMost);
}

void measureProcessor(SqliteStore &store, std::uint32_t region, RawDatabase &raw, int writes, Samples &ours, Samples &theirs)
{
    Random random(5);
    Values values;
    double before = processorNanoseconds();
    for (int i = 0; i < writes; ++i)
        raw.commitPut(keyOf(random.below(Rows)), values.next());
    theirs.values.push_back((processorNanoseconds() - before) / writes / 1000);
    before = processorNanoseconds();
    for (int i = 0; i < writes; ++i) {
        if (!store.write({setOperation(region, keyOf(random.below(Rows)), values.next())}, Patience))
            qFatal("a write failed");
    }
    ours.values.push_back((processorNanoseconds() - before) / writes / 1000);
}

void measureWrites(Figures &figures, StoreOptions::Synchronous synchronous)
{
    const bool full = synchronous == StoreOptions::Synchronous::Full;
    const QString mode = full ? QStringLiteral("FULL") : QStringLiteral("NORMAL");
    StoreFixture fixture;
    fixture.changed.synchronous = synchronous;
    fixture.changed.housekeepingInterval = std::chrono::seconds(1);
    SqliteStore &store = fixture.store();
    const std::uint32_t region = regionOf(store);
    RawDatabase raw(fixture.path() + QStringLiteral(".raw"), full ? "FULL" : "NORMAL");
    fill(store, region, raw, nullptr);
    Samples ourProcessor;
    Samples rawProcessor;
    Samples rawTime;
    Samples oneTime;
    Samples rawRates;
    Samples eightRates;
    Samples p99;
    Samples batches;
    for (int round = 0; round < Rounds; ++round) {
        const std::chrono::milliseconds time(full ? 400 : 300);
        measureProcessor(store, region, raw, full ? 40 : 1000, ourProcessor, rawProcessor);
        const double rate = rawRate(raw, time);
        rawTime.values.push_back(1e6 / rate);
        rawRates.values.push_back(rate);
        oneTime.values.push_back(1e6 / runWriters(store, region, 1, time).perSecond);
        const Writers eight = runWriters(store, region, 8, time);
        eightRates.values.push_back(eight.perSecond);
        p99.values.push_back(eight.p99 / 1000);
        batches.values.push_back(eight.batch);
    }
    figures.add(QStringLiteral("set, 1 thread, ") + mode, oneTime, QStringLiteral("us"), rawTime, QStringLiteral("raw transaction"),
                1.5, Figures::Bound::AtMost);
    figures.add(QStringLiteral("the same, processor time"), ourProcessor, QStringLiteral("us"), rawProcessor, QStringLiteral("raw transaction"),
                1.5, Figures::Bound::AtMost);
    figures.add(QStringLiteral("set, 8 threads, ") + mode, eightRates, QStringLiteral("1/s"), rawRates, QStringLiteral("raw, 1 thread"),
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
                       {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (!parser.parse(QStringList{QStringLiteral("store")} + arguments) || !parser.positionalArguments().isEmpty()) {
        std::fprintf(stderr, "%s\n%s", qPrintable(parser.errorText()), qPrintable(parser.helpText()));
        return 2;
    }
    const QString part = parser.value(QStringLiteral("part"));
    const auto wanted = [&part](QLatin1String name) { return part.isEmpty() || part == name; };
    Figures figures(QStringLiteral("store"));
    if (wanted(QLatin1String("reads"))) {
        StoreFixture fixture;
        SqliteStore &store = fixture.store();
        const std::uint32_t region = regionOf(store);
        RawDatabase raw(fixture.path() + QStringLiteral(".raw"), "NORMAL");
        QString missing;
        const auto redis = RedisFixture::create(&missing);
        if (!redis)
            figures.note(missing);
        fill(store, region, raw, redis.get());
        measureReads(figures, store, region, raw, redis.get());
    }
    if (wanted(QLatin1String("normal")))
        measureWrites(figures, StoreOptions::Synchronous::Normal);
    if (wanted(QLatin1String("full")))
        measureWrites(figures, StoreOptions::Synchronous::Full);
    figures.note(QStringLiteral("every write, ours and the peer's, changes its row: SQLite skips one that does not"));
    figures.note(QStringLiteral("values of 100 bytes, %1 keys; raw: sqlite3's C API, prepared, WAL, the same synchronous").arg(Rows));
    figures.print();
    return figures.writeJson(parser.value(QStringLiteral("json"))) ? 0 : 2;
}

const Command storeCommand("store", "the disk tier beside raw sqlite3 and Redis", &run);

} // namespace
