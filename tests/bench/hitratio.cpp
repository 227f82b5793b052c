// SPDX-License-Identifier: MIT
#include "cache/memorytier.h"
#include "command.h"
#include "core/keyhash.h"
#include "trace.h"

#include <QString>
#include <QStringList>

#include <cstdio>
#include <list>
#include <queue>
#include <unordered_map>
#include <vector>

// infra-bench hit-ratio: what share of a trace's requests the memory tier answers, beside an exact LRU and
// Belady's optimum. The tier is the production class with default options; a request is a lookup, and an
// insert when that missed.

namespace {

using namespace Infra;

double tierHits(const std::vector<std::uint64_t> &requests, std::int64_t capacity)
{
    Detail::MemoryTier::Options options;
    options.maximumEntries = capacity;
    Detail::MemoryTier tier(options);
    std::uint64_t hits = 0;
    for (std::uint64_t request : requests) {
        const QByteArrayView key(reinterpret_cast<const char *>(&request), sizeof request);
        const std::uint64_t hash = Detail::keyHash(key);
        if (tier.lookup(key, hash, SystemTime{}).outcome == Detail::MemoryLookup::Outcome::Hit)
            ++hits;
        else
            tier.insert(key, hash, {});
    }
    return static_cast<double>(hits);
}

double lruHits(const std::vector<std::uint64_t> &requests, std::size_t capacity)
{
    std::list<std::uint64_t> order;
    std::unordered_map<std::uint64_t, std::list<std::uint64_t>::iterator> places;
    std::uint64_t hits = 0;
    for (std::uint64_t request : requests) {
        const auto found = places.find(request);
        if (found != places.end()) {
            order.splice(order.begin(), order, found->second);
            ++hits;
            continue;
        }
        order.push_front(request);
        places[request] = order.begin();
        if (order.size() > capacity) {
            places.erase(order.back());
            order.pop_back();
        }
    }
    return static_cast<double>(hits);
}

// Evicts what is asked for furthest in the future. Admission is not optional, as in Belady's MIN.
double optimumHits(const std::vector<std::uint64_t> &requests, std::size_t capacity)
{
    constexpr std::size_t Never = static_cast<std::size_t>(-1);
    std::vector<std::size_t> next(requests.size(), Never);
    std::unordered_map<std::uint64_t, std::size_t> seen;
    for (std::size_t i = requests.size(); i-- > 0;) {
        const auto [place, isNew] = seen.try_emplace(requests[i], i);
        if (!isNew) {
            next[i] = place->second;
            place->second = i;
        }
    }
    std::unordered_map<std::uint64_t, std::size_t> held; // Key to its next request.
    std::priority_queue<std::pair<std::size_t, std::uint64_t>> furthest; // May name outdated requests.
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < requests.size(); ++i) {
        const bool isHit = held.contains(requests[i]);
        hits += isHit;
        if (!isHit && held.size() == capacity) {
            for (;;) {
                const auto [when, key] = furthest.top();
                furthest.pop();
                const auto entry = held.find(key);
                if (entry != held.end() && entry->second == when) {
                    held.erase(entry);
                    break;
                }
            }
        }
        held[requests[i]] = next[i];
        furthest.emplace(next[i], requests[i]);
    }
    return static_cast<double>(hits);
}

int run(const QStringList &arguments)
{
    QString path;
    std::int64_t capacity = 0;
    InfraTest::TraceFormat format = InfraTest::TraceFormat::Keys;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == QLatin1String("--trace"))
            path = arguments.value(++i);
        else if (arguments[i] == QLatin1String("--capacity"))
            capacity = arguments.value(++i).toLongLong();
        else if (arguments[i] == QLatin1String("--ranges"))
            format = InfraTest::TraceFormat::Ranges;
        else
            capacity = -1;
    }
    if (path.isEmpty() || capacity < 1) {
        std::fprintf(stderr, "usage: infra-bench hit-ratio --trace FILE --capacity ENTRIES [--ranges]\n");
        return 2;
    }
    const std::optional<std::vector<std::uint64_t>> requests = InfraTest::readTrace(path, format);
    if (!requests || requests->empty()) {
        std::fprintf(stderr, "%s: cannot be read, or holds no request\n", qPrintable(path));
        return 2;
    }
    const double percent = 100.0 / static_cast<double>(requests->size());
    std::printf("infra %.2f lru %.2f optimum %.2f\n", tierHits(*requests, capacity) * percent,
                lruHits(*requests, static_cast<std::size_t>(capacity)) * percent,
                optimumHits(*requests, static_cast<std::size_t>(capacity)) * percent);
    return 0;
}

const InfraTest::Command hitRatioCommand("hit-ratio", "hit ratio of a trace: our policy, LRU, Belady's optimum", &run);

} // namespace
