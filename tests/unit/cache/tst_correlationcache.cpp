// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"

#include <infra/cachestore.h>
#include <infra/correlationcache.h>

#include <QTemporaryDir>
#include <QtTest>

#include <cmath>

using namespace Infra;
using namespace InfraTest;
using namespace std::chrono_literals;

class CorrelationCacheTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void aPairHasNoOrder();
    void valuesAndIdsAreChecked();
    void idsThatShareABoundaryAreDifferentPairs();
    void invalidatingAPairLeavesTheOthers();
    void invalidatingAnEntityRemovesEveryPairItIsPartOf();
    void expiryIsCarriedThroughPromotion();
    void clearExpiredRemovesOnlyWhatExpired();
    void clearExpiredLeavesWhatLivesInAStoreInMemory();
    void clearExpiredOutdatesNoCopyOfWhatLives();
    void aCorrelationIsComputedOnce();
    void storedNonsenseIsAnErrorAndCounted();
    void errorsOfTheStoreAreSurfaced();

private:
    static std::unique_ptr<CorrelationCache> open(const CacheFixture &f)
    {
        CacheOptions options;
        options.entry.timeToLive = 1h;
        return std::make_unique<CorrelationCache>(f.open(options));
    }
};

void CorrelationCacheTest::aPairHasNoOrder()
{
    const CacheFixture f;
    const auto correlations = open(f);
    QVERIFY(correlations->set(u"sensor.hall", u"light.hall", 0.93).has_value());
    QCOMPARE(correlations->get(u"light.hall", u"sensor.hall").value(), std::optional(0.93));
    QCOMPARE(correlations->get(u"sensor.hall", u"light.hall").value(), std::optional(0.93));
    QVERIFY(correlations->set(u"light.hall", u"sensor.hall", -1.0).has_value());
    QCOMPARE(correlations->get(u"sensor.hall", u"light.hall").value(), std::optional(-1.0));
    QCOMPARE(correlations->get(u"sensor.hall", u"other").value(), std::optional<double>());
}

void CorrelationCacheTest::valuesAndIdsAreChecked()
{
    const CacheFixture f;
    const auto correlations = open(f);
    for (const double bad : {1.0000001, -1.1, std::nan(""), HUGE_VAL})
        QCOMPARE(errorOf(correlations->set(u"a", u"b", bad)), Error::Kind::InvalidArgument);
    QCOMPARE(errorOf(correlations->set(u"", u"b", 0)), Error::Kind::InvalidArgument);
    QCOMPARE(errorOf(correlations->set(u"a", u"line\nbreak", 0)), Error::Kind::InvalidArgument);
    QCOMPARE(errorOf(correlations->get(u"a", QString(257, u'x'))), Error::Kind::LimitExceeded);
    QCOMPARE(errorOf(correlations->set(u"a", u"b", 0, -1ms)), Error::Kind::InvalidArgument);
    QCOMPARE(errorOf(correlations->getOrCompute(u"a", u"b", [] { return 2.0; })), Error::Kind::InvalidArgument);
    QCOMPARE(errorOf(correlations->invalidateEntity(u"")), Error::Kind::InvalidArgument);
    QCOMPARE(f.store->writes(), 0);
}

void CorrelationCacheTest::idsThatShareABoundaryAreDifferentPairs()
{
    const CacheFixture f;
    const auto correlations = open(f);
    QVERIFY(correlations->set(u"ab", u"c", 0.1).has_value());
    QVERIFY(correlations->set(u"a", u"bc", 0.2).has_value());
    QCOMPARE(correlations->get(u"ab", u"c").value(), std::optional(0.1));
    QCOMPARE(correlations->get(u"a", u"bc").value(), std::optional(0.2));
}

void CorrelationCacheTest::invalidatingAPairLeavesTheOthers()
{
    const CacheFixture f;
    const auto correlations = open(f);
    QVERIFY(correlations->set(u"a", u"b", 0.1).has_value());
    QVERIFY(correlations->set(u"a", u"c", 0.2).has_value());
    QCOMPARE(correlations->invalidatePair(u"b", u"a")->entries, 1U);
    QCOMPARE(correlations->invalidatePair(u"b", u"a")->entries, 0U);
    QCOMPARE(correlations->get(u"a", u"b").value(), std::optional<double>());
    QCOMPARE(correlations->get(u"a", u"c").value(), std::optional(0.2));
}

void CorrelationCacheTest::invalidatingAnEntityRemovesEveryPairItIsPartOf()
{
    const CacheFixture f;
    const auto correlations = open(f);
    QVERIFY(correlations->set(u"a", u"b", 0.1).has_value());
    QVERIFY(correlations->set(u"c", u"a", 0.2).has_value());
    QVERIFY(correlations->set(u"a", u"a", 1).has_value());
    QVERIFY(correlations->set(u"b", u"c", 0.3).has_value());
    QVERIFY(correlations->set(u"aa", u"c", 0.4).has_value());
    QCOMPARE(correlations->invalidateEntity(u"a")->entries, 3U);
    QCOMPARE(correlations->get(u"c", u"a").value(), std::optional<double>());
    QCOMPARE(correlations->get(u"b", u"c").value(), std::optional(0.3));
    QCOMPARE(correlations->get(u"aa", u"c").value(), std::optional(0.4));
}

void CorrelationCacheTest::expiryIsCarriedThroughPromotion()
{
    CacheFixture f;
    const auto writer = open(f);
    const auto reader = open(f);
    QVERIFY(writer->set(u"a", u"b", 0.5, 10s).has_value());
    f.clock.advance(9s);
    QCOMPARE(reader->get(u"a", u"b").value(), std::optional(0.5));
    f.clock.advance(1s);
    QCOMPARE(reader->get(u"a", u"b").value(), std::optional<double>());
}

void CorrelationCacheTest::clearExpiredRemovesOnlyWhatExpired()
{
    CacheFixture f;
    const auto correlations = open(f);
    QVERIFY(correlations->set(u"a", u"b", 0.1, 10s).has_value());
    QVERIFY(correlations->set(u"a", u"c", 0.2, 20s).has_value());
    f.clock.advance(10s);
    QCOMPARE(correlations->clearExpired()->entries, 1U);
    QCOMPARE(correlations->get(u"a", u"c").value(), std::optional(0.2));
}

void CorrelationCacheTest::clearExpiredLeavesWhatLivesInAStoreInMemory()
{
    ManualClock clock;
    const auto store = CacheStore::openInMemory(clock);
    const auto openOn = [&] { return std::make_unique<CorrelationCache>(*Cache::create(*store, "region", {}, clock)); };
    const auto correlations = openOn();
    const auto other = openOn();
    QVERIFY(correlations->set(u"a", u"b", 0.1, 10s));
    QVERIFY(correlations->set(u"a", u"c", 0.2, 20s));
    QVERIFY(other->set(u"a", u"d", 0.3));
    clock.advance(11s);
    QVERIFY(correlations->clearExpired());
    QCOMPARE(correlations->statistics().memory.entries, 1U);
    QCOMPARE(correlations->get(u"a", u"b").value(), std::optional<double>());
    QCOMPARE(correlations->get(u"a", u"c").value(), std::optional(0.2));
    QCOMPARE(other->get(u"a", u"d").value(), std::optional(0.3));
    // What is computed meanwhile is kept.
    QCOMPARE(other->getOrCompute(u"a", u"e", [&] { return correlations->clearExpired() ? 0.4 : -1.0; }).value(), std::optional(0.4));
    QCOMPARE(other->get(u"a", u"e").value(), std::optional(0.4));
}

void CorrelationCacheTest::clearExpiredOutdatesNoCopyOfWhatLives()
{
    ManualClock clock;
    const QTemporaryDir directory;
    StoreOptions options;
    options.url = QStringLiteral("sqlite://") + directory.filePath(QStringLiteral("cache.db"));
    options.clock = &clock;
    options.housekeepingInterval = 60s; // Or its culling would be first.
    const auto store = CacheStore::open(options);
    QVERIFY(store);
    const auto openOn = [&] { return std::make_unique<CorrelationCache>(*Cache::create(**store, "region", {}, clock)); };
    const auto correlations = openOn();
    const auto other = openOn(); // Like another process.
    QVERIFY(correlations->set(u"a", u"b", 0.1, 10s));
    QVERIFY(correlations->set(u"a", u"c", 0.2, 20s));
    clock.advance(11s);
    for (CorrelationCache *cache : {correlations.get(), other.get()})
        QCOMPARE(cache->get(u"a", u"c").value(), std::optional(0.2));
    const std::uint64_t hits = other->statistics().memory.hits;
    QCOMPARE(correlations->clearExpired()->entries, 1U);
    QCOMPARE(other->get(u"a", u"c").value(), std::optional(0.2));
    QCOMPARE(other->statistics().memory.hits, hits + 1);
    QCOMPARE(other->statistics().memory.outdated, 0U);
    QCOMPARE(correlations->get(u"a", u"b").value(), std::optional<double>());
}

void CorrelationCacheTest::aCorrelationIsComputedOnce()
{
    const CacheFixture f;
    const auto correlations = open(f);
    int calls = 0;
    const auto compute = [&] {
        ++calls;
        return 0.25;
    };
    QCOMPARE(correlations->getOrCompute(u"a", u"b", compute).value(), std::optional(0.25));
    QCOMPARE(correlations->getOrCompute(u"b", u"a", compute).value(), std::optional(0.25));
    QCOMPARE(calls, 1);
    QCOMPARE(correlations->invalidateEntity(u"b")->entries, 1U);
}

void CorrelationCacheTest::storedNonsenseIsAnErrorAndCounted()
{
    const CacheFixture f;
    const auto correlations = open(f);
    QVERIFY(correlations->cache().set("a\x1f" "b", "nonsense").has_value());
    QCOMPARE(errorOf(correlations->get(u"a", u"b")), Error::Kind::Corrupt);
    QCOMPARE(correlations->statistics().decodeErrors, 1U);
    QVERIFY(correlations->set(u"a", u"b", 0.5).has_value());
    QCOMPARE(correlations->get(u"a", u"b").value(), std::optional(0.5));
}

void CorrelationCacheTest::errorsOfTheStoreAreSurfaced()
{
    const CacheFixture f;
    const auto correlations = open(f);
    f.store->failReads(Error{Error::Kind::Io, QStringLiteral("gone"), {}});
    QCOMPARE(errorOf(correlations->get(u"a", u"b")), Error::Kind::Io);
    QCOMPARE(correlations->statistics().disk.readErrors, 1U);
    QCOMPARE(correlations->statistics().failures, 1U);
}

QTEST_GUILESS_MAIN(CorrelationCacheTest)
#include "tst_correlationcache.moc"
