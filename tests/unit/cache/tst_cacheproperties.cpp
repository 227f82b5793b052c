// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"

#include <QtTest>

#include <rapidcheck.h>

#include <map>

using namespace Infra;
using namespace InfraTest;
using namespace std::chrono_literals;

// Any sequence of operations of two processes gives what a map with expiry times gives.
class CachePropertiesTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void everySequenceAgreesWithTheModel();
};

namespace {

struct ModelEntry
{
    QByteArray value;
    SystemTime expiresAt = SystemTime::max();
    bool tagged = false;
};

class Model
{
public:
    explicit Model(const ManualClock &clock) : m_clock(clock) {}

    [[nodiscard]] Cache::Value get(const QByteArray &key)
    {
        const auto found = m_entries.find(key);
        return found == m_entries.end() || found->second.expiresAt <= m_clock.systemNow() ? std::nullopt
                                                                                         : Cache::Value(found->second.value);
    }
    void set(const QByteArray &key, const QByteArray &value, std::chrono::milliseconds timeToLive, bool tagged)
    {
        m_entries[key] = {value, timeToLive.count() ? m_clock.systemNow() + timeToLive : SystemTime::max(), tagged};
    }
    [[nodiscard]] bool touch(const QByteArray &key, std::chrono::milliseconds timeToLive)
    {
        const auto value = get(key);
        if (!value)
            return false;
        set(key, *value, timeToLive, m_entries[key].tagged);
        return true;
    }
    template<class Predicate>
    void remove(Predicate predicate)
    {
        std::erase_if(m_entries, [&](const auto &item) { return predicate(item.first, item.second); });
    }

private:
    const ManualClock &m_clock;
    std::map<QByteArray, ModelEntry> m_entries;
};

void playSequence()
{
    CacheFixture f;
    CacheOptions small;
    small.memoryEntries = 3; // So that eviction takes part.
    const std::unique_ptr<Cache> caches[] = {f.open(), f.open(small)};
    Model model(f.clock);
    const int length = *rc::gen::inRange(1, 60);
    for (int i = 0; i < length; ++i) {
        Cache &cache = *caches[*rc::gen::inRange(0, 2)];
        const QByteArray key = "key:" + QByteArray::number(*rc::gen::inRange(0, 6));
        const QByteArray value = QByteArray::number(i);
        EntryOptions options;
        options.timeToLive = std::chrono::milliseconds(*rc::gen::element(0, 1, 10, 1000));
        const bool tagged = *rc::gen::arbitrary<bool>();
        if (tagged)
            options.tags = {"tag"};
        switch (*rc::gen::inRange(0, 12)) {
        case 0:
        case 1:
        case 2:
            RC_ASSERT(valueOf(cache.get(key)) == model.get(key));
            break;
        case 3:
        case 4:
            RC_ASSERT(cache.set(key, value, options).has_value());
            model.set(key, value, options.timeToLive, tagged);
            break;
        case 5: {
            const auto known = model.get(key);
            RC_ASSERT(valueOf(cache.getOrCompute(key, [&] { return value; }, options)) == known.value_or(value));
            if (!known)
                model.set(key, value, options.timeToLive, tagged);
            break;
        }
        case 6:
            RC_ASSERT(cache.touch(key, options.timeToLive).value_or(false) == model.touch(key, options.timeToLive));
            break;
        case 7:
            RC_ASSERT(cache.invalidate(Target::key(key)).has_value());
            model.remove([&](const QByteArray &other, const ModelEntry &) { return other == key; });
            break;
        case 8:
            RC_ASSERT(cache.invalidate(tagged ? Target::tag("tag") : Target::prefix(key)).has_value());
            model.remove([&](const QByteArray &other, const ModelEntry &entry) {
                return tagged ? entry.tagged : other.startsWith(key);
            });
            break;
        case 9:
            RC_ASSERT(cache.invalidate(tagged ? Target::region() : Target::expired()).has_value());
            model.remove([&](const QByteArray &, const ModelEntry &entry) {
                return tagged || entry.expiresAt <= f.clock.systemNow();
            });
            break;
        case 10: {
            const auto values = cache.getMany({key, "missing", "key:0"});
            RC_ASSERT(values.has_value());
            RC_ASSERT(*values == (std::vector<Cache::Value>{model.get(key), std::nullopt, model.get("key:0")}));
            break;
        }
        default:
            f.clock.advance(std::chrono::milliseconds(*rc::gen::element(1, 5, 500)));
            break;
        }
    }
}

} // namespace

void CachePropertiesTest::everySequenceAgreesWithTheModel()
{
    QVERIFY(rc::check("two caches agree with a map", &playSequence));
}

QTEST_GUILESS_MAIN(CachePropertiesTest)
#include "tst_cacheproperties.moc"
