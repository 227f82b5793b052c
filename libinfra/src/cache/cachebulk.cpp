// SPDX-License-Identifier: MIT
#include "cacheprivate.h"

#include "cachelimits.h"

namespace Infra {

using namespace Detail;

Result<std::vector<Cache::Value>> Cache::Private::getMany(const QByteArrayList &keys)
{
    for (const QByteArray &key : keys) {
        if (const auto checked = checkKey(key, options); !checked)
            return failure(checked.error());
    }
    const SteadyTime limit = tiers->operationDeadline();
    CacheCounters &counters = tiers->counters();
    std::vector<Value> values(static_cast<std::size_t>(keys.size()));
    std::vector<QByteArray> missing;
    std::vector<std::uint64_t> hashes;
    std::vector<std::size_t> places;
    for (qsizetype i = 0; i < keys.size(); ++i) {
        const std::uint64_t hash = keyHash(keys[i]);
        MemoryLookup found = tiers->lookupMemory(keys[i], hash);
        if (found.outcome == MemoryLookup::Outcome::Hit) {
            if (!(found.flags & NegativeEntry))
                values[static_cast<std::size_t>(i)] = std::move(found.value);
            continue;
        }
        if (writeBehind) {
            auto waiting = writeBehind->find(keys[i], limit);
            if (!waiting) {
                // This one, those before that nobody has been asked for yet, and those behind.
                CacheCounters::add(counters.failures, missing.size() + static_cast<std::uint64_t>(keys.size() - i));
                return failure(std::move(waiting.error()));
            }
            if (*waiting) {
                CacheCounters::add(counters.hitsBelowMemory);
                values[static_cast<std::size_t>(i)] = (*waiting)->toValue();
                continue;
            }
        }
        missing.push_back(keys[i]);
        hashes.push_back(hash);
        places.push_back(static_cast<std::size_t>(i));
    }
    if (missing.empty())
        return values;
    const auto found = tiers->readStore(missing, hashes, limit);
    if (!found) {
        for (std::size_t i = 0; i < missing.size(); ++i) {
            const auto unproven = options.degradedReads == CacheOptions::DegradedReads::ServeMemory
                ? tiers->peekMemory(missing[i], hashes[i])
                : std::nullopt;
            if (!unproven) {
                CacheCounters::add(counters.failures, missing.size());
                return failure(found.error());
            }
            values[places[i]] = unproven->toValue();
        }
        CacheCounters::add(counters.hitsBelowMemory, missing.size());
        CacheCounters::add(counters.degradedHits, missing.size());
        return values;
    }
    for (std::size_t i = 0; i < missing.size() && i < found->size(); ++i) {
        const FoundEntry &entry = (*found)[i];
        if (entry.state != FoundEntry::State::Fresh) {
            CacheCounters::add(counters.misses);
            continue;
        }
        CacheCounters::add(counters.hitsBelowMemory);
        if (entry.isNegative())
            CacheCounters::add(counters.negativeHitsBelowMemory);
        tiers->insertMemory(missing[i], hashes[i], entry);
        values[places[i]] = entry.toValue();
    }
    return values;
}

Result<InvalidationReport> Cache::Private::invalidate(const Target &target, Deadline deadline)
{
    if (const auto checked = checkTarget(target, options); !checked)
        return failure(checked.error());
    const Deadline absolute = Deadline::at(deadline.resolve(tiers->clock().clock()));
    if (const auto flushed = flush(absolute); !flushed)
        return failure(flushed.error());
    return tiers->invalidate(target, actor, absolute);
}

Result<InvalidationPreview> Cache::Private::preview(const Target &target, Deadline deadline, const std::atomic<bool> *cancelled)
{
    if (const auto checked = checkTarget(target, options); !checked)
        return failure(checked.error());
    const Deadline absolute = Deadline::at(deadline.resolve(tiers->clock().clock()));
    if (const auto flushed = flush(absolute); !flushed)
        return failure(flushed.error());
    const std::uint32_t scope = target.kind() == Target::Kind::Everything ? 0 : tiers->regionId();
    return tiers->backend().preview(scope, target, cancelled, absolute);
}

Result<std::vector<EntryInfo>> Cache::Private::entries(const QByteArray &prefix, const QByteArray &after, int limit,
                                              Deadline deadline)
{
    constexpr int LargestPage = 10'000;
    if (limit < 1 || limit > LargestPage) {
        return failure(Error::Kind::InvalidArgument,
                       QStringLiteral("limit is %1, allowed is 1 to %2").arg(limit).arg(LargestPage));
    }
    const Deadline absolute = Deadline::at(deadline.resolve(tiers->clock().clock()));
    if (const auto flushed = flush(absolute); !flushed)
        return failure(flushed.error());
    return tiers->backend().entries(tiers->regionId(), prefix, after, limit, absolute);
}

} // namespace Infra
