// SPDX-License-Identifier: MIT
#include "fakesession.h"

#include <QDateTime>
#include <QPromise>
#include <QRegularExpression>

#include <cmath>

namespace InfraTest {

using namespace InfraConsole;
using namespace std::chrono_literals;

namespace {

const QList<QByteArray> Regions{"orders", "customers", "prices", "correlations", "sessions", "weather", "permissions", "reports"};
const QStringList Services{QStringLiteral("data-api"), QStringLiteral("ai-query-service"), QStringLiteral("ai-automation-service"),
                           QStringLiteral("ai-training-service"), QStringLiteral("ai-pattern-service")};
constexpr auto Start = SystemTime(1'790'000'000'000ms);

// The same number for the same name and second, so that overlapping series agree.
double noise(std::size_t seed, std::int64_t step)
{
    // The finaliser of SplitMix64 (Steele, Lea, Flood 2014): any input is a usable seed.
    std::uint64_t mixed = seed * 0x9e3779b97f4a7c15ULL + static_cast<std::uint64_t>(step) * 0xd1342543de82ef95ULL;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<double>((mixed ^ (mixed >> 31)) >> 11) * 0x1p-53;
}

double base(Measure measure, std::size_t seed)
{
    const double spread = 0.3 + noise(seed, 7);
    switch (measure) {
    case Measure::HitRatio:
        return 0.97 - 0.12 * noise(seed, 3);
    case Measure::CacheRequestRate:
        return 4200 * spread;
    case Measure::CacheEntries:
        return 84'000 * spread;
    case Measure::CacheBytes:
        return 90e6 * spread;
    case Measure::EvictionRate:
        return 18 * spread;
    case Measure::LookupP50:
        return 0.9e-6 * spread;
    case Measure::LookupP95:
        return 36e-6 * spread;
    case Measure::LoadP95:
        return 48e-3 * spread;
    case Measure::PoolUsed:
        return 7;
    case Measure::PoolIdle:
        return 3;
    case Measure::PoolOverflow:
        return 1;
    case Measure::PoolPending:
        return 2 * spread;
    case Measure::PoolWaitP95:
        return 2.4e-3 * spread;
    case Measure::PoolCreateP95:
        return 6e-3 * spread;
    case Measure::PoolTimeoutRate:
        return 0.1 * spread;
    case Measure::PoolPressure:
        return 0.55;
    case Measure::ServiceLatency:
        return 4e-3 * spread;
    case Measure::ClientRequestRate:
        return 160 * spread;
    case Measure::ClientFailureRate:
        return 1.2 * spread;
    case Measure::HealthyShare:
        return 0.8;
    }
    return 1;
}

bool isCount(Measure measure)
{
    return measure == Measure::PoolUsed || measure == Measure::PoolIdle || measure == Measure::PoolOverflow
           || measure == Measure::PoolPending || measure == Measure::CacheEntries;
}

} // namespace

FakeSession::FakeSession(QObject *parent) : Session(parent)
{
    m_draft.at = Start;
    m_storedRegions = Regions;
    for (int i = 0; i < 6420; ++i) {
        Infra::EntryInfo entry;
        const int tenant = i % 40;
        entry.key = "order:" + QByteArray::number(tenant) + ':' + QByteArray::number(100'000 + i);
        entry.bytes = static_cast<std::uint64_t>(180 + 4096 * noise(static_cast<std::size_t>(i), 1));
        entry.storedAt = Start - std::chrono::seconds(i % 900);
        if (i % 7 != 0)
            entry.expiresAt = Start + std::chrono::seconds(1800 - (i % 2400));
        entry.tags = {"tenant-" + QByteArray::number(tenant)};
        if (i % 3 == 0)
            entry.tags << "invoice";
        entry.negative = i % 211 == 0;
        m_keys.push_back(entry);
    }
    std::sort(m_keys.begin(), m_keys.end(), [](const auto &a, const auto &b) { return a.key < b.key; });
    buildRows();
    publish();
}

FakeSession::~FakeSession() = default;

QString FakeSession::sourceName() const
{
    return QStringLiteral("cache.db");
}

QString FakeSession::readOnlyReason() const
{
    return m_readOnly ? QStringLiteral("This account may not change the store: permission denied") : QString();
}

void FakeSession::refuseChanges()
{
    m_readOnly = true;
    Q_EMIT accessChanged();
}

void FakeSession::advance(int seconds)
{
    m_draft.at += std::chrono::seconds(seconds);
    buildRows();
    publish();
}

void FakeSession::forgetTelemetry()
{
    m_draft.caches.clear();
    publish();
}

void FakeSession::publish()
{
    // Of a source that is lost the data is what it was.
    if (!m_draft.isLost())
        m_draft.lastDataAt = m_draft.at;
    ++m_draft.generation;
    buildSeries();
    m_snapshot = std::make_shared<const Snapshot>(m_draft);
    Q_EMIT snapshotChanged();
}

void FakeSession::setWatchedSeries(std::vector<SeriesId> series)
{
    m_watched = std::move(series);
    publish();
}

void FakeSession::buildRows()
{
    Snapshot &s = m_draft;
    s.source = SourceState::Live;
    s.instances.clear();
    s.caches.clear();
    s.pools.clear();
    s.services.clear();
    const std::int64_t step = (s.at - Start).count() / 1000;
    for (int i = 0; i < Services.size(); ++i) {
        InstanceRow instance;
        instance.id = "instance-" + QByteArray::number(i);
        instance.service = Services.at(i);
        instance.host = QStringLiteral("edge-1");
        instance.processId = 4100 + i;
        instance.version = QStringLiteral("0.1.0");
        instance.startedAt = Start - 2h;
        instance.lastSeenAt = s.at;
        instance.stale = i == 4;
        s.instances.push_back(instance);
    }
    for (int pass = 0; pass < 2; ++pass) {
        for (int region = 0; region < Regions.size(); ++region) {
            for (int i = 0; i < (pass == 0 ? 1 : 5); ++i) {
                const auto seed = static_cast<std::size_t>(region * 31 + (pass == 0 ? 0 : i + 1));
                CacheRow row;
                row.region = Regions.at(region);
                if (pass == 1) {
                    row.instanceId = "instance-" + QByteArray::number(i);
                    row.service = Services.at(i);
                    row.stale = i == 4;
                }
                const double wave = 0.9 + 0.2 * noise(seed, step);
                if (region != 7) {
                    row.hitRatio = std::min(0.9996, base(Measure::HitRatio, seed) * (0.99 + 0.02 * noise(seed, step)));
                    row.memoryHitRatio = *row.hitRatio * 0.8;
                    row.requestsPerSecond = base(Measure::CacheRequestRate, seed) * wave;
                    row.lookupP50 = Duration(static_cast<std::int64_t>(base(Measure::LookupP50, seed) * 1e9 * wave));
                    row.lookupP95 = Duration(static_cast<std::int64_t>(base(Measure::LookupP95, seed) * 1e9 * wave));
                    row.loadMean = Duration(static_cast<std::int64_t>(base(Measure::LoadP95, seed) * 0.6e9));
                    row.loadP95 = Duration(static_cast<std::int64_t>(base(Measure::LoadP95, seed) * 1e9));
                    row.loadsPerSecond = *row.requestsPerSecond * (1 - *row.hitRatio);
                }
                row.evictionsPerSecond = region % 3 == 0 ? base(Measure::EvictionRate, seed) * wave : 0.0;
                row.storeErrorsPerSecond = 0;
                row.entries = static_cast<std::uint64_t>(base(Measure::CacheEntries, seed));
                row.entryLimit = 120'000;
                row.bytes = static_cast<std::uint64_t>(base(Measure::CacheBytes, seed));
                row.byteLimit = 128ULL << 20;
                row.requestsTotal = static_cast<std::uint64_t>(1e6 + 4000 * static_cast<double>(step));
                s.caches.push_back(row);
            }
        }
    }
    const QList<QByteArray> urls{"postgresql://db-1/orders", "sqlite:///cache.db"};
    for (int pass = 0; pass < 2; ++pass) {
        for (int pool = 0; pool < urls.size(); ++pool) {
            for (int i = 0; i < (pass == 0 ? 1 : 3); ++i) {
                const auto seed = static_cast<std::size_t>(500 + pool * 17 + i);
                PoolRow row;
                row.pool = urls.at(pool);
                if (pass == 1) {
                    row.instanceId = "instance-" + QByteArray::number(i);
                    row.service = Services.at(i);
                }
                const int scale = pass == 0 ? 3 : 1;
                row.size = 10 * scale;
                row.limit = 15 * scale;
                row.used = pool == 0 ? static_cast<int>(7 * scale + 5 * noise(seed, step)) : 2 * scale;
                row.idle = std::max(0, *row.size - *row.used);
                row.overflow = std::max(0, *row.used - *row.size);
                row.pending = pool == 0 ? static_cast<int>(4 * noise(seed, step)) : 0;
                row.zombies = 0;
                row.waitP50 = 40us;
                row.waitP95 = Duration(static_cast<std::int64_t>(2.4e6 * (0.5 + noise(seed, step))));
                row.useP95 = 18ms;
                row.createP95 = 5800us;
                row.timeoutsPerSecond = pool == 0 ? 0.2 * noise(seed, step) : 0.0;
                row.timeoutsTotal = pool == 0 ? 41 : 0;
                row.acquiresPerSecond = 420 * (0.8 + 0.4 * noise(seed, step));
                if (pool == 0)
                    row.longestBorrows = {{QStringLiteral("orders.cpp:84 loadOrders"), 4210ms},
                                          {QStringLiteral("reports.cpp:31 monthlyReport"), 1800ms},
                                          {QStringLiteral("orders.cpp:131 saveOrder"), 96ms}};
                s.pools.push_back(row);
            }
        }
    }
    const QList<Verdict> verdicts{Verdict::Up, Verdict::Up, Verdict::Degraded, Verdict::Unreachable, Verdict::Paused};
    for (int i = 0; i < Services.size(); ++i) {
        ServiceRow row;
        row.name = Services.at(i);
        row.url = QStringLiteral("http://") + row.name + QStringLiteral(":8006");
        row.verdict = verdicts.at(i);
        row.latency = Duration(4'200'000 + i * 310'000);
        row.lastCheckedAt = s.at - 3s;
        for (int beat = 0; beat < 40; ++beat)
            row.heartbeats.push_back({s.at - std::chrono::seconds(5 * (40 - beat)), beat % 9 == 4 ? row.verdict : Verdict::Up, 4ms, {}});
        s.services.push_back(row);
    }
    s.marks = {{Start - 700s, EventKind::InstanceStarted, QStringLiteral("ai-query-service started")},
               {Start - 210s, EventKind::HealthChanged, QStringLiteral("ai-training-service: up to unreachable")},
               {Start - 96s, EventKind::Invalidation, QStringLiteral("Region prices invalidated, 12,400 entries")}};
}

void FakeSession::buildSeries()
{
    m_draft.seriesById.clear();
    for (const SeriesId &id : m_watched) {
        auto series = std::make_shared<Series>();
        const std::size_t seed = qHash(id.component) + qHash(id.instanceId) * 3 + static_cast<std::size_t>(id.measure) * 131;
        const double level = base(id.measure, seed);
        for (int back = 900; back >= 0; --back) {
            const SystemTime at = m_draft.dataAt() - std::chrono::seconds(back);
            const std::int64_t step = (at - Start).count() / 1000;
            const double wave = 1 + 0.12 * std::sin(static_cast<double>(step + static_cast<std::int64_t>(seed % 97)) / 34.0);
            double value = level * wave * (0.94 + 0.12 * noise(seed, step));
            if (id.measure == Measure::HitRatio) {
                const bool dip = step > -96 && step < -40;
                value = std::min(0.999, level * (0.985 + 0.02 * noise(seed, step)) - (dip ? 0.22 * std::exp(-(step + 96) / 18.0) : 0));
            }
            if (isCount(id.measure))
                value = std::round(value);
            if (step > -420 && step < -405)
                value = std::numeric_limits<double>::quiet_NaN();
            series->push_back({at, value});
        }
        m_draft.seriesById[id] = series;
    }
}

template<class T>
QFuture<T> FakeSession::answer(T value)
{
    auto promise = std::make_shared<QPromise<T>>();
    promise->start();
    QFuture<T> future = promise->future();
    const auto finish = [promise, value = std::move(value)] {
        promise->addResult(value);
        promise->finish();
    };
    if (m_holding)
        m_held.push_back(finish);
    else
        finish();
    return future;
}

void FakeSession::release()
{
    m_holding = false;
    const auto held = std::exchange(m_held, {});
    for (const auto &finish : held)
        finish();
}

std::vector<Infra::EntryInfo> FakeSession::matching(const Infra::Target &target) const
{
    std::vector<Infra::EntryInfo> found;
    const QRegularExpression glob(QRegularExpression::wildcardToRegularExpression(QString::fromUtf8(target.text())));
    for (const Infra::EntryInfo &entry : m_keys) {
        bool hit = false;
        switch (target.kind()) {
        case Infra::Target::Kind::Key:
        case Infra::Target::Kind::Keys:
            hit = target.keyList().contains(entry.key);
            break;
        case Infra::Target::Kind::Prefix:
            hit = entry.key.startsWith(target.text());
            break;
        case Infra::Target::Kind::Glob:
            hit = glob.match(QString::fromUtf8(entry.key)).hasMatch();
            break;
        case Infra::Target::Kind::Tag:
            hit = entry.tags.contains(target.text());
            break;
        case Infra::Target::Kind::Expired:
            hit = entry.expiresAt <= m_draft.at;
            break;
        case Infra::Target::Kind::Region:
        case Infra::Target::Kind::Everything:
            hit = true;
            break;
        }
        if (hit)
            found.push_back(entry);
    }
    return found;
}

QFuture<Infra::Result<Infra::InvalidationPreview>> FakeSession::preview(const QByteArray &, const Infra::Target &target, CancelFlag cancelled)
{
    m_cancel = std::move(cancelled);
    using Answer = Infra::Result<Infra::InvalidationPreview>;
    if (m_failure)
        return answer<Answer>(tl::unexpected(*std::exchange(m_failure, std::nullopt)));
    Infra::InvalidationPreview preview;
    for (const Infra::EntryInfo &entry : matching(target)) {
        ++preview.entries;
        preview.bytes += entry.bytes + static_cast<std::uint64_t>(entry.key.size());
        if (preview.examples.size() < 5)
            preview.examples << entry.key;
    }
    return answer<Answer>(preview);
}

QFuture<Infra::Result<InvalidationResult>> FakeSession::invalidate(const QByteArray &, const Infra::Target &target, InvalidationWatch watch)
{
    m_watch = std::move(watch);
    using Answer = Infra::Result<InvalidationResult>;
    if (m_failure)
        return answer<Answer>(tl::unexpected(*std::exchange(m_failure, std::nullopt)));
    m_invalidated << target;
    InvalidationResult result;
    for (const Infra::EntryInfo &entry : matching(target)) {
        ++result.report.entries;
        result.report.bytes += entry.bytes;
        m_keys.erase(std::find_if(m_keys.begin(), m_keys.end(), [&](const auto &e) { return e.key == entry.key; }));
    }
    result.report.at = m_draft.at;
    result.coherentInstances = m_coherentInstances;
    return answer<Answer>(result);
}

QFuture<Infra::Result<QByteArrayList>> FakeSession::regions()
{
    using Answer = Infra::Result<QByteArrayList>;
    if (m_failure)
        return answer<Answer>(tl::unexpected(*std::exchange(m_failure, std::nullopt)));
    return answer<Answer>(m_storedRegions);
}

QFuture<Infra::Result<EntryPage>> FakeSession::entries(const QByteArray &, const QByteArray &prefix, const QByteArray &after, int limit)
{
    ++m_pagesRead;
    using Answer = Infra::Result<EntryPage>;
    if (m_pageFailure)
        return answer<Answer>(tl::unexpected(*std::exchange(m_pageFailure, std::nullopt)));
    if (m_failure)
        return answer<Answer>(tl::unexpected(*std::exchange(m_failure, std::nullopt)));
    EntryPage page;
    for (const Infra::EntryInfo &entry : m_keys) {
        if (!entry.key.startsWith(prefix) || (!after.isEmpty() && entry.key <= after))
            continue;
        if (static_cast<int>(page.entries.size()) == limit) {
            page.hasMore = true;
            break;
        }
        page.entries.push_back(entry);
    }
    return answer<Answer>(page);
}

QFuture<Infra::Result<EntryValue>> FakeSession::value(const QByteArray &, const QByteArray &key)
{
    EntryValue value;
    value.bytes = "{\"order\": \"" + key + "\", \"total\": 184.5, \"currency\": \"EUR\", \"lines\": [{\"article\": 8213, \"count\": 2}, "
                  "{\"article\": 99, \"count\": 1}], \"customer\": {\"id\": 4711, \"name\": \"Example\"}}";
    value.size = static_cast<std::uint64_t>(value.bytes.size());
    return answer<Infra::Result<EntryValue>>(value);
}

} // namespace InfraTest
