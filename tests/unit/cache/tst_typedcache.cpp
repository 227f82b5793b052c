// SPDX-License-Identifier: MIT
#include "cachefixture.h"
#include "failonwarning.h"

#include <infra/typedcache.h>

#include <QJsonArray>
#include <QJsonObject>
#include <QtTest>

#include <cmath>
#include <limits>

using namespace Infra;
using namespace InfraTest;

class TypedCacheTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void everyCodecRoundTrips();
    void damagedBytesAreCorrupt();
    void aValueOfAnotherTypeIsCorruptAndReplacedByGetOrCompute();
    void aFactoryThatFailsWithCorruptIsCalledOnce();
    void replacingAValueTakesNoMoreTimeThanWasGiven();
};

namespace {

template<class T>
bool roundTrips(const T &value)
{
    const auto bytes = CacheCodec<T>::encode(value);
    if (!bytes)
        return false;
    const auto back = CacheCodec<T>::decode(*bytes);
    return back && *back == value;
}

} // namespace

void TypedCacheTest::everyCodecRoundTrips()
{
    QVERIFY(roundTrips(QByteArray("\0bytes\xff", 7)));
    QVERIFY(roundTrips(QStringLiteral("Zürich 東京")));
    QVERIFY(roundTrips(QString()));
    QVERIFY(roundTrips(std::numeric_limits<std::int64_t>::min()));
    QVERIFY(roundTrips(std::int64_t{42}));
    QVERIFY(roundTrips(-0.1));
    QVERIFY(std::isnan(CacheCodec<double>::decode(*CacheCodec<double>::encode(std::nan(""))).value()));
    QVERIFY(roundTrips(QJsonDocument(QJsonObject{{QStringLiteral("a"), QJsonArray{1, 2}}})));
}

void TypedCacheTest::damagedBytesAreCorrupt()
{
    QCOMPARE(errorOf(CacheCodec<QString>::decode("\xff\xfe")), Error::Kind::Corrupt);
    QCOMPARE(errorOf(CacheCodec<std::int64_t>::decode("1234567")), Error::Kind::Corrupt);
    QCOMPARE(errorOf(CacheCodec<double>::decode("123456789")), Error::Kind::Corrupt);
    QCOMPARE(errorOf(CacheCodec<QJsonDocument>::decode("{\"a\":")), Error::Kind::Corrupt);
    QCOMPARE(errorOf(CacheCodec<QJsonDocument>::decode(QByteArray(100'000, '['))), Error::Kind::Corrupt);
}

void TypedCacheTest::aValueOfAnotherTypeIsCorruptAndReplacedByGetOrCompute()
{
    const CacheFixture f;
    const auto cache = f.open();
    const TypedCache<QString> names(*cache);
    const TypedCache<std::int64_t> numbers(*cache);
    QVERIFY(names.set("key", QStringLiteral("Ada")).has_value());
    QCOMPARE(names.get("key").value(), std::optional(QStringLiteral("Ada")));
    QCOMPARE(errorOf(numbers.get("key")), Error::Kind::Corrupt);
    QCOMPARE(cache->statistics().decodeErrors, 1U);
    QCOMPARE(numbers.getOrCompute("key", [] { return std::int64_t{7}; }).value(), std::optional(std::int64_t{7}));
    QCOMPARE(numbers.get("key").value(), std::optional(std::int64_t{7}));
    QVERIFY(cache->set("short", "abc").has_value());
    QCOMPARE(errorOf(numbers.get("short")), Error::Kind::Corrupt);
    QCOMPARE(numbers.get("missing").value(), std::optional<std::int64_t>());
}

void TypedCacheTest::aFactoryThatFailsWithCorruptIsCalledOnce()
{
    const CacheFixture f;
    const auto cache = f.open();
    TypedCache<std::int64_t> integers(*cache);
    int calls = 0;
    const auto value = integers.getOrCompute("key", [&calls]() -> Result<std::optional<std::int64_t>> {
        ++calls;
        return failure(Error::Kind::Corrupt, QStringLiteral("what the source sent is no number"));
    });
    QCOMPARE(errorOf(value), Error::Kind::Corrupt);
    QCOMPARE(calls, 1);
    QCOMPARE(cache->statistics().decodeErrors, 0U);
}

void TypedCacheTest::replacingAValueTakesNoMoreTimeThanWasGiven()
{
    CacheFixture f;
    const auto cache = f.open();
    QVERIFY(cache->set("key", "no integer").has_value());
    const SteadyTime end = f.clock.steadyNow() + std::chrono::milliseconds(100);
    f.store->beforeWrite([&] { f.clock.advance(std::chrono::milliseconds(60)); });
    TypedCache<std::int64_t> integers(*cache);
    static_cast<void>(integers.getOrCompute("key", [] { return std::int64_t{1}; }, EntryOptions(), std::chrono::milliseconds(100)));
    QVERIFY2(f.store->writeDeadline() <= end, "the value was stored under a deadline of its own");
}

QTEST_GUILESS_MAIN(TypedCacheTest)
#include "tst_typedcache.moc"
