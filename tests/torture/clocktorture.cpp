// SPDX-License-Identifier: MIT
#include "command.h"
#include "commandoptions.h"
#include "core/random.h"
#include "figures.h"
#include "store/sqlitestore.h"

#include <infra/cache.h>
#include <infra/manualclock.h>

#include <QCommandLineParser>
#include <QMap>
#include <QRandomGenerator>
#include <QTemporaryDir>

#include <array>
#include <cstdio>
#include <vector>

using namespace Infra;
using namespace Infra::Detail;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr int CacheCount = 3;
constexpr int KeyCount = 12;
// See the header of Cache: what a step may lengthen a life by.
constexpr seconds Tolerance{2};
// One read in so many finds something at least; about one in three does.
constexpr std::uint64_t LeastHitPart = 10;

// A clock on which nobody can notice a step of the wall clock: time itself jumps. For --break.
class BlindClock final : public Clock
{
public:
    explicit BlindClock(const ManualClock &clock) : m_clock(clock), m_start(clock.systemNow()) {}
    [[nodiscard]] SteadyTime steadyNow() const noexcept override
    {
        return SteadyTime(hours(1000)) + (m_clock.systemNow() - m_start);
    }
    [[nodiscard]] SystemTime systemNow() const noexcept override { return m_clock.systemNow(); }
    bool waitUntil(std::unique_lock<std::mutex> &lock, std::condition_variable &condition, SteadyTime,
                   const std::function<bool()> &ready) const override
    {
        return m_clock.waitUntil(lock, condition, SteadyTime::max(), ready);
    }

private:
    const ManualClock &m_clock;
    const SystemTime m_start;
};

// What was set last, and when its life is truly over.
struct Truth
{
    QByteArray value;
    SteadyTime end{};
    bool isSet = false;
};

int run(const QStringList &arguments)
{
    QCommandLineParser parser;
    parser.addOptions({{QStringLiteral("steps"), QStringLiteral("Steps of the wall clock."), QStringLiteral("N"), QStringLiteral("1000")},
                       {QStringLiteral("seed"), QStringLiteral("Replays the choices of a run."), QStringLiteral("N")},
                       {QStringLiteral("break"), QStringLiteral("Switches a mechanism off: steps."), QStringLiteral("MECHANISM")},
                       {QStringLiteral("json"), QStringLiteral("Writes the figures there."), QStringLiteral("FILE")}});
    if (const auto status = InfraTest::parseOptions(parser, QStringLiteral("clock"), arguments))
        return *status;
    bool valid = true;
    const int steps = parser.value(QStringLiteral("steps")).toInt(&valid);
    const QString broken = parser.value(QStringLiteral("break"));
    if (!valid || steps < 1 || (!broken.isEmpty() && broken != u"steps"))
        return InfraTest::refuseOptions(parser);
    const std::uint64_t seed = parser.isSet(QStringLiteral("seed")) ? parser.value(QStringLiteral("seed")).toULongLong()
                                                                   : QRandomGenerator::system()->generate();
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));

    const QTemporaryDir directory;
    const QString path = directory.filePath(QStringLiteral("cache.db"));
    ManualClock manual;
    const BlindClock blind(manual);
    const Clock &clock = broken.isEmpty() ? static_cast<const Clock &>(manual) : blind;
    // This clock jumps while threads of the caches are in the middle of a call; what is not tried here is deadlines.
    CacheOptions cacheOptions;
    cacheOptions.operationTimeout = hours(1);
    std::vector<std::shared_ptr<SqliteStore>> stores;
    std::vector<std::unique_ptr<Cache>> caches;
    for (int i = 0; i < CacheCount; ++i) {
        StoreOptions options;
        options.url = QStringLiteral("sqlite://") + path;
        options.clock = &manual;
        auto store = SqliteStore::open(options, path);
        if (!store) {
            std::fprintf(stderr, "%s\n", qPrintable(toString(store.error())));
            return 2;
        }
        stores.push_back(*store);
        auto cache = Cache::create(*store, QByteArrayLiteral("clock"), cacheOptions, clock);
        if (!cache) {
            std::fprintf(stderr, "%s\n", qPrintable(toString(cache.error())));
            return 2;
        }
        caches.push_back(*std::move(cache));
    }

    Random random(seed);
    std::array<Truth, KeyCount> truths;
    std::uint64_t reads = 0;
    std::uint64_t hits = 0;
    std::uint64_t errors = 0;
    QMap<QString, int> errorTexts;
    const auto failed = [&](const char *doing, const Error &error) {
        ++errors;
        ++errorTexts[QLatin1String(doing) + QStringLiteral(": ") + toString(error)];
    };
    std::uint64_t outlived = 0;
    std::uint64_t wrong = 0;
    const auto isOver = [&](const Truth &truth) { return manual.steadyNow() >= truth.end + Tolerance; };
    const auto judgeRead = [&](const Truth &truth, const Cache::Value &value) {
        ++reads;
        if (!value)
            return;
        ++hits;
        if (!truth.isSet || *value != truth.value)
            ++wrong;
        else if (isOver(truth))
            ++outlived;
    };
    const auto keyOf = [](std::size_t index) { return QByteArray::number(qulonglong(index)); };
    // From seconds to days, so that some lives are longer than a step and most are shorter.
    const auto drawLife = [&] { return milliseconds(1 + random.below(1000) * (random.below(2) ? 10 : 200'000)); };
    for (int step = 0; step < steps; ++step) {
        for (int action = 0; action < 60; ++action) {
            const std::size_t index = random.below(KeyCount);
            const std::size_t next = (index + 1) % KeyCount;
            Truth &truth = truths[index];
            Cache &cache = *caches[random.below(CacheCount)];
            const QByteArray key = keyOf(index);
            const QByteArray value = QByteArray::number(step) + ':' + QByteArray::number(action);
            const std::uint64_t dice = random.below(100);
            if (dice < 20) {
                EntryOptions options;
                options.timeToLive = drawLife();
                if (const auto done = cache.set(key, value, options))
                    truth = {value, manual.steadyNow() + options.timeToLive, true};
                else
                    failed("set", done.error());
            } else if (dice < 25) {
                EntryOptions options;
                options.timeToLive = drawLife();
                if (const auto done = cache.setMany({{key, value}, {keyOf(next), value}}, options))
                    truth = truths[next] = {value, manual.steadyNow() + options.timeToLive, true};
                else
                    failed("setMany", done.error());
            } else if (dice < 30) {
                const milliseconds life = drawLife();
                const auto done = cache.touch(key, life);
                if (!done) {
                    failed("touch", done.error());
                } else if (*done) {
                    // What nobody may read any more, nobody may revive.
                    wrong += truth.isSet ? 0 : 1;
                    outlived += isOver(truth) ? 1 : 0;
                    truth.end = manual.steadyNow() + life;
                }
            } else if (dice < 40) {
                if (const auto values = cache.getMany({key, keyOf(next)}); !values) {
                    failed("getMany", values.error());
                } else {
                    judgeRead(truth, values->at(0));
                    judgeRead(truths[next], values->at(1));
                }
            } else {
                if (const auto found = cache.get(key))
                    judgeRead(truth, *found);
                else
                    failed("get", found.error());
            }
            if (random.below(4) == 0)
                manual.advance(milliseconds(random.below(3000)));
        }
        // Behind a step every process looks at its clock at least once before it serves an old entry: within a second by
        // its housekeeper, here by a read of its own.
        const auto span = milliseconds(random.below(static_cast<std::uint64_t>(milliseconds(hours(24)).count())));
        manual.stepSystemClock(random.below(2) ? span : -span);
        for (const auto &cache : caches) {
            if (const auto noticed = cache->get("noticed?"); !noticed)
                failed("get behind a step", noticed.error());
        }
    }

    InfraTest::Figures figures(QStringLiteral("clock: %1 steps of up to a day either way, seed %2%3")
                                   .arg(steps).arg(seed).arg(broken.isEmpty() ? QString() : QStringLiteral(", unnoticed")));
    const auto row = [&](const char *name, std::uint64_t value) {
        figures.addAbsolute(QLatin1String(name), {{static_cast<double>(value)}}, QStringLiteral("count"), 0,
                            InfraTest::Figures::Bound::AtMost);
    };
    figures.addAbsolute(QStringLiteral("reads"), {{static_cast<double>(reads)}}, QStringLiteral("count"));
    // A cache that forgets everything outlives nothing.
    const bool isServing = hits * LeastHitPart >= reads;
    figures.addAbsolute(QStringLiteral("hits"), {{static_cast<double>(hits)}}, QStringLiteral("count"),
                        static_cast<double>(reads / LeastHitPart), InfraTest::Figures::Bound::AtLeast);
    row("entries that outlived their TTL", outlived);
    row("wrong values", wrong);
    row("errors", errors);
    for (auto it = errorTexts.cbegin(); it != errorTexts.cend(); ++it)
        figures.note(QStringLiteral("%1 times %2").arg(it.value()).arg(it.key()));
    figures.print();
    const std::uint64_t violations = outlived + wrong + errors + (isServing ? 0 : 1);
    std::printf("violations: %llu\n", static_cast<unsigned long long>(violations));
    if (!broken.isEmpty() && outlived > 0)
        std::printf("seen: entries that outlived their TTL\n");
    if (!figures.writeJson(parser.value(QStringLiteral("json"))))
        return 2;
    return violations == 0 ? 0 : 1;
}

const InfraTest::Command clockCommand("clock", "steps of the wall clock neither revive nor immortalise entries", &run);

} // namespace
