// SPDX-License-Identifier: MIT
#include <infra/correlationcache.h>

#include <infra/typedcache.h>

#include <cmath>

namespace Infra {
namespace {

constexpr qsizetype LongestId = 256;
// Between the two ids of a key; no id contains it.
constexpr char Separator = '\x1f';

struct Pair
{
    QByteArray key;
    QByteArrayList tags;
};

Result<QByteArray> checkedId(QStringView id)
{
    const QByteArray bytes = id.toUtf8();
    if (bytes.isEmpty())
        return failure(Error::Kind::InvalidArgument, QStringLiteral("The entity id is empty"));
    if (bytes.size() > LongestId) {
        return failure(Error::Kind::LimitExceeded,
                       QStringLiteral("The entity id has %1 bytes, the limit is %2").arg(bytes.size()).arg(LongestId));
    }
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            return failure(Error::Kind::InvalidArgument, QStringLiteral("The entity id contains control characters"));
    }
    return bytes;
}

Result<Pair> checkedPair(QStringView first, QStringView second)
{
    Result<QByteArray> low = checkedId(first);
    if (!low)
        return failure(low.error());
    Result<QByteArray> high = checkedId(second);
    if (!high)
        return failure(high.error());
    if (*high < *low)
        std::swap(*low, *high);
    Pair pair{*low + Separator + *high, {*low}};
    if (*low != *high)
        pair.tags.append(*high);
    return pair;
}

Result<void> checkedValue(double value)
{
    if (std::isnan(value) || value < -1.0 || value > 1.0)
        return failure(Error::Kind::InvalidArgument, QStringLiteral("A correlation lies in [-1, 1], not %1").arg(value));
    return {};
}

// Stored bytes are not trusted to be in range.
struct CorrelationCodec
{
    static constexpr std::uint32_t Schema = 0x434f5231;
    [[nodiscard]] static Result<QByteArray> encode(double value) { return CacheCodec<double>::encode(value); }
    [[nodiscard]] static Result<double> decode(QByteArrayView bytes)
    {
        const Result<double> value = CacheCodec<double>::decode(bytes);
        if (value && !checkedValue(*value))
            return failure(Error::Kind::Corrupt, QStringLiteral("The stored correlation is out of range"));
        return value;
    }
};

} // namespace

class CorrelationCache::Private
{
public:
    explicit Private(std::unique_ptr<Cache> bytes) : cache(std::move(bytes)), values(*cache) {}

    [[nodiscard]] EntryOptions entryOptions(const Pair &pair) const
    {
        EntryOptions options = cache->options().entry;
        options.tags = pair.tags;
        return options;
    }

    const std::unique_ptr<Cache> cache;
    const TypedCache<double, CorrelationCodec> values;
};

Result<std::unique_ptr<CorrelationCache>> CorrelationCache::create(CacheStore &store,
                                                                   const CorrelationCacheOptions &options,
                                                                   const Clock &clock)
{
    CacheOptions cacheOptions;
    cacheOptions.memoryEntries = options.memoryEntries;
    cacheOptions.actor = options.actor;
    cacheOptions.entry.timeToLive = options.timeToLive;
    cacheOptions.entry.jitter = options.jitter;
    auto cache = Cache::create(store, QByteArray(Region), cacheOptions, clock);
    if (!cache)
        return failure(cache.error());
    return std::make_unique<CorrelationCache>(*std::move(cache));
}

CorrelationCache::CorrelationCache(std::unique_ptr<Cache> cache) : d(std::make_unique<Private>(std::move(cache))) {}

CorrelationCache::~CorrelationCache() = default;

Result<std::optional<double>> CorrelationCache::get(QStringView first, QStringView second)
{
    const Result<Pair> pair = checkedPair(first, second);
    if (!pair)
        return failure(pair.error());
    return d->values.get(pair->key);
}

Result<void> CorrelationCache::set(QStringView first, QStringView second, double value)
{
    return set(first, second, value, d->cache->options().entry.timeToLive);
}

Result<void> CorrelationCache::set(QStringView first, QStringView second, double value,
                                   std::chrono::milliseconds timeToLive)
{
    const Result<Pair> pair = checkedPair(first, second);
    if (!pair)
        return failure(pair.error());
    if (auto checked = checkedValue(value); !checked)
        return checked;
    EntryOptions options = d->entryOptions(*pair);
    if (timeToLive != options.timeToLive) {
        options.timeToLive = timeToLive;
        options.jitter = {}; // It was chosen for the other lifetime.
    }
    return d->values.set(pair->key, value, options);
}

Result<std::optional<double>>
CorrelationCache::getOrCompute(QStringView first, QStringView second,
                               const std::function<Result<std::optional<double>>()> &compute, Deadline deadline)
{
    const Result<Pair> pair = checkedPair(first, second);
    if (!pair)
        return failure(pair.error());
    const auto checkedCompute = [compute]() -> Result<std::optional<double>> {
        Result<std::optional<double>> value = compute();
        if (value && *value) {
            if (const auto checked = checkedValue(**value); !checked)
                return failure(checked.error());
        }
        return value;
    };
    return d->values.getOrCompute(pair->key, checkedCompute, d->entryOptions(*pair), deadline);
}

Result<InvalidationReport> CorrelationCache::invalidatePair(QStringView first, QStringView second)
{
    const Result<Pair> pair = checkedPair(first, second);
    if (!pair)
        return failure(pair.error());
    return d->cache->invalidate(Target::key(pair->key));
}

Result<InvalidationReport> CorrelationCache::invalidateEntity(QStringView entity)
{
    const Result<QByteArray> id = checkedId(entity);
    if (!id)
        return failure(id.error());
    return d->cache->invalidate(Target::tag(*id));
}

Result<InvalidationReport> CorrelationCache::clearExpired()
{
    return d->cache->invalidate(Target::expired());
}

CacheStatistics CorrelationCache::statistics() const
{
    return d->cache->statistics();
}

ComponentSnapshot CorrelationCache::snapshot() const
{
    return d->cache->snapshot();
}

Cache &CorrelationCache::cache() const noexcept
{
    return *d->cache;
}

} // namespace Infra
