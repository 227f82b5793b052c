// SPDX-License-Identifier: MIT
#include "scratchtable.h"

#include <cache/entrycompression.h>
#include <core/keyhash.h>
#include <store/rowcodec.h>

#include <infra/cache.h>
#include <infra/correlationcache.h>
#include <infra/manualclock.h>
#include <infra/typedcache.h>

#include <QJsonDocument>
#include <QSqlQuery>
#include <QVariant>
#include <QtEndian>

#include <cmath>
#include <thread>

using namespace Infra;
using namespace Infra::Detail;
using InfraFuzz::require;

namespace {

constexpr qsizetype MaximumValue = 48 * 1024; // More than one block of a compressed value.

// What a cache sees of a store that holds one row under every key, and is told of a change before each read, so that
// nothing comes out of memory.
class OneRowBackend final : public StoreBackend
{
public:
    void show(StoredEntry entry)
    {
        m_entry = std::move(entry);
        m_region.fetch_add(2);
    }

    Result<std::uint32_t> openRegion(const QByteArray &, Deadline) override { return 1U; }
    Result<std::vector<RegionInfo>> regions(Deadline) override { return std::vector<RegionInfo>(); }
    const std::atomic<const CoherenceView *> &coherence(std::uint32_t) override { return m_published; }
    LoadToken captureToken(std::uint32_t, std::uint64_t keyHash) override { return {m_view.capture(keyHash), 0}; }
    Result<std::optional<StoredEntry>> read(std::uint32_t, const QByteArray &, std::uint64_t keyHash, Deadline) override
    {
        StoredEntry entry = m_entry;
        entry.stamp = m_view.capture(keyHash);
        return std::optional(entry);
    }
    Result<std::vector<std::optional<StoredEntry>>> readMany(std::uint32_t region, std::span<const QByteArray> keys,
                                                             std::span<const std::uint64_t> hashes, Deadline deadline) override
    {
        std::vector<std::optional<StoredEntry>> entries;
        for (std::size_t i = 0; i < keys.size(); ++i)
            entries.push_back(*read(region, keys[i], hashes[i], deadline));
        return entries;
    }
    Result<std::vector<WriteOutcome>> write(std::vector<WriteOperation> operations, Deadline) override
    {
        for (const WriteOperation &operation : operations)
            require(operation.times.staleUntil >= operation.times.expiresAt && operation.times.expiresAt >= operation.times.storedAt);
        return std::vector<WriteOutcome>(operations.size(), WriteOutcome{true, m_view.capture(0)});
    }
    Result<InvalidationReport> invalidate(std::uint32_t, const Target &, const QByteArray &, Deadline) override { return InvalidationReport(); }
    Result<InvalidationPreview> preview(std::uint32_t, const Target &, const std::atomic<bool> *, Deadline) override { return InvalidationPreview(); }
    Result<std::vector<EntryInfo>> entries(std::uint32_t, const QByteArray &, const QByteArray &, int, Deadline) override
    {
        return std::vector<EntryInfo>();
    }
    Result<std::unique_ptr<LoadLock>> lockLoad(std::uint32_t, std::uint64_t, Deadline) override { return std::make_unique<LoadLock>(); }

private:
    StoredEntry m_entry;
    std::atomic<std::uint64_t> m_stripe{2};
    std::atomic<std::uint64_t> m_region{2};
    const CoherenceView m_view{&m_stripe, 0, &m_region};
    const std::atomic<const CoherenceView *> m_published{&m_view};
};

struct Caches
{
    std::shared_ptr<OneRowBackend> backend = std::make_shared<OneRowBackend>();
    ManualClock clock;
    std::unique_ptr<Cache> cache = create("bytes");
    CorrelationCache correlations{create(QByteArray(CorrelationCache::Region))};

    std::unique_ptr<Cache> create(const QByteArray &region)
    {
        CacheOptions options;
        options.memoryEntries = 16;
        options.maximumValueBytes = MaximumValue;
        options.entry.eagerRefresh = 0.5;
        options.entry.timeToLive = std::chrono::hours(1);
        options.entry.failSafe = std::chrono::hours(1);
        options.seed = 1;
        auto created = Cache::create(backend, region, options, clock);
        require(created.has_value());
        return std::move(*created);
    }
};

SystemTime timeFrom(InfraFuzz::Input &input, std::uint8_t choice, SystemTime now)
{
    switch (choice & 3) {
    case 0: return SystemTime::max();
    case 1: return now + std::chrono::milliseconds(input.number<std::int32_t>());
    default: return SystemTime(std::chrono::milliseconds(input.number<std::int64_t>()));
    }
}

// Pieces of `plain` as a compressed value has them, with a length or two that may be lies: what is behind them is sound,
// or deflate's own checksum would shield everything.
QByteArray framed(InfraFuzz::Input &input, const QByteArray &plain, bool &isHonest)
{
    QByteArray bytes;
    const auto append = [&bytes](quint32 number) {
        const quint32 little = qToLittleEndian(number);
        bytes.append(reinterpret_cast<const char *>(&little), sizeof(little));
    };
    const auto lie = [&](quint32 truth) {
        const std::uint8_t choice = input.byte();
        if (choice < 240)
            return truth;
        isHonest = false;
        return choice < 248 ? truth + input.byte() + 1 : input.number<quint32>();
    };
    append(lie(static_cast<quint32>(plain.size())));
    for (qsizetype at = 0; at < plain.size(); at += CompressionBlockBytes) {
        QByteArray block = qCompress(plain.mid(at, CompressionBlockBytes));
        const auto announced = qFromBigEndian<quint32>(block.constData());
        qToBigEndian(lie(announced), block.data());
        append(lie(static_cast<quint32>(block.size())));
        bytes += block;
    }
    return bytes;
}

// The value as decoders get it: behind the number of the type that it claims to be.
QByteArray typed(std::uint8_t choice, const QByteArray &value)
{
    constexpr std::uint32_t schemas[] = {CacheCodec<QString>::Schema, CacheCodec<double>::Schema, CacheCodec<std::int64_t>::Schema,
                                         CacheCodec<QJsonDocument>::Schema, 0x434f5231}; // The last one: CorrelationCache's.
    const quint32 schema = qToLittleEndian<quint32>(schemas[choice % 5]);
    return QByteArray(reinterpret_cast<const char *>(&schema), sizeof(schema)) + value;
}

template<class T>
void checkTyped(Cache &cache, const QByteArray &key)
{
    const TypedCache<T> values(cache);
    const auto value = values.get(key);
    if (!value) {
        require(value.error().kind == Error::Kind::Corrupt);
        return;
    }
    if (!*value)
        return;
    const auto bytes = CacheCodec<T>::encode(**value);
    const auto again = bytes.and_then([](const QByteArray &encoded) { return CacheCodec<T>::decode(encoded); });
    require(again && CacheCodec<T>::encode(*again) == bytes);
}

// Through the caches, which have no other reason to distrust a row than what is in it.
void checkCaches(Caches &caches, const StoredEntry &entry, const QByteArray &expected, bool isReadable)
{
    const QByteArray key("key");
    const SystemTime now = caches.clock.systemNow();
    caches.backend->show(entry);
    const auto value = caches.cache->get(key);
    require(value.has_value());
    if (*value) {
        require(isReadable && (entry.flags & NegativeEntry) == 0 && **value == expected);
        require(entry.times.expiresAt > now);
    }
    // As a writer makes them: such a row is served.
    const bool isUsual = entry.times.storedAt >= SystemTime() && entry.times.storedAt <= now && entry.times.expiresAt > now
        && entry.times.staleUntil >= entry.times.expiresAt;
    require(!isUsual || !isReadable || (entry.flags & NegativeEntry) != 0 || value->has_value());
    checkTyped<QString>(*caches.cache, key);
    checkTyped<double>(*caches.cache, key);
    checkTyped<std::int64_t>(*caches.cache, key);
    checkTyped<QJsonDocument>(*caches.cache, key);
    caches.backend->show(entry);
    require(caches.cache->getOrCompute(key, [] { return Cache::Value("computed"); }).has_value());
    // An early load may be under way, which reads the row.
    while (caches.cache->statistics().loadsInFlight > 0)
        std::this_thread::yield();
    caches.backend->show(entry);
    require(caches.cache->touch(key, std::chrono::minutes(1)).has_value());
    caches.backend->show(entry);
    const auto many = caches.cache->getMany({key, "other"});
    require(many && many->size() == 2 && many->front() == *value);
    caches.backend->show(entry);
    const auto correlation = caches.correlations.get(u"a", u"b");
    if (correlation && *correlation)
        require(std::abs(**correlation) <= 1.0);
    else
        require(correlation || correlation.error().kind == Error::Kind::Corrupt);
}

} // namespace

// A row of a store's database: its blob of tags, its times and flags, and its value as a cache decodes it. The checksum is
// right, or nothing behind it would be reached, or else must be noticed.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    static auto *const table = new InfraFuzz::ScratchTable;
    static auto *const caches = new Caches;
    static const RegionSlot region{1, "region", keyHash("region"), nullptr};
    InfraFuzz::Input input(data, size);
    const std::uint8_t choice = input.byte();
    const std::uint8_t times = input.byte();
    const SystemTime now = caches->clock.systemNow();
    StoredEntry entry;
    entry.times.storedAt = (times & 3) == 0 ? now : timeFrom(input, times, now);
    entry.times.expiresAt = timeFrom(input, times >> 2, now);
    entry.times.staleUntil = timeFrom(input, times >> 4, now);
    entry.flags = (choice & 1) != 0 ? input.number<std::uint32_t>() : choice >> 6 & CompressedEntry;
    const QByteArray tags = input.shortBytes();
    const QByteArray key = input.shortBytes();
    const std::uint64_t damage = (choice & 2) != 0 ? input.number<std::uint64_t>() : 0;
    const std::uint8_t schema = input.byte();

    if (const auto list = decodeTags(tags))
        require(encodeTags(*list) == tags && list->size() <= tags.size() / 2);
    if (const QByteArray end = prefixEnd(tags); !end.isNull())
        require(end > tags && !end.startsWith(tags));

    bool isReadable = true;
    QByteArray plain;
    if ((entry.flags & CompressedEntry) == 0) {
        plain = input.rest();
        if ((choice & 4) != 0)
            plain = typed(schema, plain);
        entry.value = plain;
    } else if ((choice & 8) != 0) {
        entry.value = input.rest();
        const auto inflated = decompressed(entry.value, MaximumValue);
        isReadable = inflated.has_value();
        plain = inflated.value_or(QByteArray());
    } else {
        QByteArray repeated = input.shortBytes();
        repeated = repeated.repeated(1 + input.byte());
        plain = (choice & 4) != 0 ? typed(schema, repeated) : repeated;
        bool isHonest = true;
        entry.value = framed(input, plain, isHonest);
        const auto inflated = decompressed(entry.value, MaximumValue);
        isReadable = inflated.has_value();
        require(isHonest ? isReadable == (plain.size() <= MaximumValue) && (!isReadable || *inflated == plain)
                         : !isReadable || inflated->size() <= MaximumValue);
        plain = inflated.value_or(QByteArray());
    }
    if (const QByteArray compressed = compressedOrNull(plain); !compressed.isNull()) {
        const auto inflated = decompressed(compressed, plain.size());
        require(inflated && *inflated == plain);
    }

    const std::uint64_t checksum = rowChecksum({region.nameHash ^ table->rowSalt(), key, entry.value, tags, entry.times, entry.flags}, keyHash(key));
    SqliteStatement &put = table->connection().keptStatement(QLatin1String(
        "REPLACE INTO entries (region, key, stored, expires, stale, flags, checksum, accessed, tags, value) VALUES (1, ?, ?, ?, ?, ?, ?, 0, ?, ?)"));
    put.bind(0, notNull(key));
    put.bind(1, static_cast<std::int64_t>(entry.times.storedAt.time_since_epoch().count()));
    put.bind(2, entry.times.expiresAt);
    put.bind(3, entry.times.staleUntil);
    put.bind(4, std::int64_t{entry.flags});
    put.bind(5, static_cast<std::int64_t>(checksum ^ damage));
    put.bind(6, notNull(tags));
    put.bind(7, notNull(entry.value));
    require(put.execute("putting a row").has_value());
    const auto read = table->reader().read(region, notNull(key), keyHash(key));
    require(table->connection().execute(QStringLiteral("DELETE FROM entries")).has_value());
    require(read.has_value() == (damage == 0));
    if (!read)
        return 0;
    require(read->has_value() && (*read)->value == entry.value && (*read)->flags == entry.flags
            && (*read)->times.storedAt == entry.times.storedAt && (*read)->times.expiresAt == entry.times.expiresAt
            && (*read)->times.staleUntil == entry.times.staleUntil);
    checkCaches(*caches, **read, plain, isReadable);
    return 0;
}
