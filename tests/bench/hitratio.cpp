// SPDX-License-Identifier: MIT
#include "cache/memorytier.h"
#include "command.h"
#include "commandoptions.h"
#include "core/keyhash.h"
#include "figures.h"
#include "trace.h"
#include "zipf.h"

#include <QCommandLineParser>
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

// What is measured without a trace: nine of ten requests ask for one of 100,000 keys, Zipf 0.9; each tenth for a key
// that never comes again, as a scan does.
std::vector<std::uint64_t> zipfWithScan(std::size_t length)
{
    constexpr std::uint32_t Keys = 100'000;
    std::vector<std::uint64_t> requests;
    for (const std::uint32_t key : InfraTest::zipfSequence(Keys, 0.9, length, 1)) {
        requests.push_back(key);
        if (requests.size() % 10 == 9)
            requests.push_back(Keys + requests.size());
    }
    return requests;
}

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("trace"), QStringLiteral("A trace, gzip or plain; without: Zipf 0.9 with a scan."), QStringLiteral("FILE")},
                       {QStringLiteral("capacity"), QStringLiteral("What the caches hold."), QStringLiteral("ENTRIES"), QStringLiteral("1000")},
                       {QStringLiteral("requests"), QStringLiteral("Without a trace: so many."), QStringLiteral("N"), QStringLiteral("1000000")},
                       {QStringLiteral("ranges"), QStringLiteral("Lines of the trace are \"start count\".")},
                       {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (const auto status = InfraTest::parseOptions(parser, QStringLiteral("hit-ratio"), arguments))
        return *status;
    const std::int64_t capacity = parser.value(QStringLiteral("capacity")).toLongLong();
    const qlonglong length = parser.value(QStringLiteral("requests")).toLongLong();
    if (capacity < 1 || length < 1)
        return InfraTest::refuseOptions(parser);
    const QString path = parser.value(QStringLiteral("trace"));
    const auto format = parser.isSet(QStringLiteral("ranges")) ? InfraTest::TraceFormat::Ranges : InfraTest::TraceFormat::Keys;
    const std::optional<std::vector<std::uint64_t>> requests = path.isEmpty() ? zipfWithScan(static_cast<std::size_t>(length)) : InfraTest::readTrace(path, format);
    if (!requests || requests->empty()) {
        std::fprintf(stderr, "%s: cannot be read, or holds no request\n", qPrintable(path));
        return 2;
    }
    const double percent = 100.0 / static_cast<double>(requests->size());
    const InfraTest::Samples ours{{tierHits(*requests, capacity) * percent}};
    const InfraTest::Samples lru{{lruHits(*requests, static_cast<std::size_t>(capacity)) * percent}};
    const InfraTest::Samples optimum{{optimumHits(*requests, static_cast<std::size_t>(capacity)) * percent}};
    InfraTest::Figures figures(QStringLiteral("hit ratio of %1 requests, %2 entries held").arg(requests->size()).arg(capacity));
    figures.add(QStringLiteral("hits"), ours, QStringLiteral("%"), lru, QStringLiteral("LRU"));
    figures.add(QStringLiteral("hits"), ours, QStringLiteral("%"), optimum, QStringLiteral("Belady's optimum"));
    figures.note(path.isEmpty() ? QStringLiteral("made up: Zipf 0.9 over 100,000 keys, a tenth of the requests a scan; --trace for a real one")
                                : QStringLiteral("trace %1").arg(path));
    if (path.isEmpty())
        figures.print();
    else
        std::printf("ours %.2f %%, LRU %.2f %%, optimum %.2f %%\n", ours.median(), lru.median(), optimum.median());
    return figures.writeJson(parser.value(QStringLiteral("json"))) ? 0 : 2;
}

const InfraTest::Command hitRatioCommand("hit-ratio", "hit ratio of a trace: our policy, LRU, Belady's optimum", &run);

} // namespace
