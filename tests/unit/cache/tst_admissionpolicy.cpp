// SPDX-License-Identifier: MIT
#include "cache/admissionpolicy.h"
#include "core/random.h"
#include "failonwarning.h"

#include <QTest>

#include <cmath>
#include <memory>
#include <unordered_map>
#include <vector>

using namespace Infra::Detail;

namespace {

// A cache of nothing but the policy's nodes.
class PolicyCache
{
public:
    explicit PolicyCache(std::uint64_t capacity) : m_capacity(capacity), m_policy(capacity, 1) {}

    bool access(std::uint64_t key, std::uint32_t weight = 1)
    {
        const std::uint64_t hash = Random(key).next();
        m_policy.record(hash);
        const auto found = m_nodes.find(hash);
        if (found != m_nodes.end()) {
            m_policy.touch(found->second.get());
            return true;
        }
        auto node = std::make_unique<PolicyNode>();
        node->hash = hash;
        node->weight = weight;
        m_policy.add(node.get());
        m_nodes.emplace(hash, std::move(node));
        while (m_policy.weight() > m_capacity)
            m_nodes.erase(m_policy.evict()->hash);
        m_policy.settle();
        return false;
    }
    [[nodiscard]] bool holds(std::uint64_t key) const { return m_nodes.contains(Random(key).next()); }
    [[nodiscard]] const AdmissionPolicy &policy() const { return m_policy; }
    [[nodiscard]] std::size_t size() const { return m_nodes.size(); }

private:
    std::uint64_t m_capacity;
    AdmissionPolicy m_policy;
    std::unordered_map<std::uint64_t, std::unique_ptr<PolicyNode>> m_nodes;
};

// Of the last half of the accesses, the share that hit.
template <typename NextKey>
double settledHitRatio(PolicyCache *cache, int accesses, NextKey nextKey)
{
    int hits = 0;
    for (int i = 0; i < accesses; ++i) {
        const bool isHit = cache->access(nextKey(i));
        hits += isHit && i >= accesses / 2;
    }
    return hits / (accesses / 2.0);
}

} // namespace

class TestAdmissionPolicy : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void sketchNeverUndercountsAndForgets()
    {
        FrequencySketch sketch(1);
        sketch.ensureCapacity(64);
        for (std::uint64_t key = 0; key < 20; ++key) {
            for (std::uint64_t i = 0; i < key % 10; ++i)
                sketch.increment(Random(key).next());
        }
        for (std::uint64_t key = 0; key < 20; ++key)
            QVERIFY(sketch.frequency(Random(key).next()) >= int(key % 10));
        const int before = sketch.frequency(Random(9).next());
        for (std::uint64_t key = 1000; key < 1640; ++key)
            sketch.increment(Random(key).next());
        QVERIFY(sketch.frequency(Random(9).next()) < before + 3);
    }

    void growingSketchKeepsItsCounts()
    {
        FrequencySketch sketch(1);
        sketch.ensureCapacity(2048);
        for (int i = 0; i < 9; ++i)
            sketch.increment(77);
        sketch.ensureCapacity(100'000);
        QCOMPARE(sketch.frequency(77), 9);
    }

    // LRU finds nothing in a loop that is longer than the cache; the optimum is (capacity - 1) / (length - 1).
    void holdsPartOfALoop_data()
    {
        QTest::addColumn<int>("capacity");
        QTest::addColumn<int>("length");
        QTest::newRow("small") << 100 << 150;
        QTest::newRow("medium") << 500 << 1000;
        QTest::newRow("sampled") << 5000 << 9000;
    }

    void holdsPartOfALoop()
    {
        QFETCH(int, capacity);
        QFETCH(int, length);
        PolicyCache cache{std::uint64_t(capacity)};
        const double ratio =
            settledHitRatio(&cache, length * 60, [length](int i) { return std::uint64_t(i % length); });
        QVERIFY2(ratio > 0.9 * capacity / length, qPrintable(QString::number(ratio)));
    }

    // Keys come in short bursts and never again: only a cache that lets newcomers stay hits at all.
    void followsRecency_data()
    {
        QTest::addColumn<int>("capacity");
        QTest::newRow("small") << 100;
        QTest::newRow("medium") << 500;
        QTest::newRow("sampled") << 4000;
    }

    void followsRecency()
    {
        QFETCH(int, capacity);
        PolicyCache cache{std::uint64_t(capacity)};
        Random random(3);
        const double ratio = settledHitRatio(&cache, capacity * 80, [&](int i) {
            return std::uint64_t(i) / 2 + random.below(std::uint64_t(capacity) * 3 / 4);
        });
        QVERIFY2(ratio > 0.45, qPrintable(QString::number(ratio)));
        QVERIFY(cache.policy().tuning().windowShare > 0.1);
    }

    // First a loop, then recency, then the loop again: the tuning follows, both ways.
    void changesItsMindWhenTheWorkloadDoes()
    {
        PolicyCache cache(500);
        const auto loop = [](int i) { return std::uint64_t(i % 900); };
        Random random(5);
        const auto recent = [&](int i) { return 1'000'000 + std::uint64_t(i) / 2 + random.below(375); };
        QVERIFY(settledHitRatio(&cache, 40'000, loop) > 0.45);
        QVERIFY(settledHitRatio(&cache, 40'000, recent) > 0.45);
        QVERIFY(settledHitRatio(&cache, 40'000, loop) > 0.45);
    }

    void scanDoesNotSweepOutWhatIsPopular()
    {
        PolicyCache cache(200);
        Random random(9);
        for (int i = 0; i < 20'000; ++i)
            cache.access(random.below(150));
        for (std::uint64_t key = 0; key < 1000; ++key)
            cache.access(1'000'000 + key);
        int kept = 0;
        for (std::uint64_t key = 0; key < 150; ++key)
            kept += cache.holds(key);
        QVERIFY2(kept > 140, qPrintable(QString::number(kept)));
    }

    void weightsStayWithinCapacityAndHeavyOnesMustEarnTheirPlace()
    {
        PolicyCache cache(10'000);
        Random random(4);
        for (int i = 0; i < 50'000; ++i) {
            const std::uint64_t key = random.below(400);
            cache.access(key, key % 40 == 0 ? 1200 : 50);
            QVERIFY(cache.policy().weight() <= 10'000);
        }
        QCOMPARE(cache.policy().validate(), static_cast<const char *>(nullptr));
        int heavy = 0;
        for (std::uint64_t key = 0; key < 400; key += 40)
            heavy += cache.holds(key);
        QVERIFY2(heavy <= 3, qPrintable(QString::number(heavy)));
        QVERIFY(cache.size() > 100);
    }
};

QTEST_GUILESS_MAIN(TestAdmissionPolicy)
#include "tst_admissionpolicy.moc"
