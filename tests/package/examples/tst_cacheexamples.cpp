// SPDX-License-Identifier: MIT
#include "exampletest.h"

#include <infra/cache.h>
#include <infra/cachestore.h>
#include <infra/correlationcache.h>
#include <infra/typedcache.h>

#include <QTest>

namespace {

struct Point
{
    qint32 x = 0;
    qint32 y = 0;
};

QByteArray used;
QString reported;

void use(const std::optional<QByteArray> &value)
{
    used = value.value_or("nothing");
}

void report(const QString &message)
{
    reported = message;
}

} // namespace

template<>
struct Infra::CacheCodec<Point>
{
    static constexpr std::uint32_t Schema = 0x504f4931; // Change it whenever the bytes change.
    static Infra::Result<QByteArray> encode(const Point &point);
    static Infra::Result<Point> decode(QByteArrayView bytes);
};

Infra::Result<QByteArray> Infra::CacheCodec<Point>::encode(const Point &point)
{
    return QByteArray::number(point.x) + ' ' + QByteArray::number(point.y);
}

Infra::Result<Point> Infra::CacheCodec<Point>::decode(QByteArrayView bytes)
{
    const QByteArrayList parts = bytes.toByteArray().split(' ');
    bool xIsNumber = false;
    bool yIsNumber = false;
    const Point point{parts.value(0).toInt(&xIsNumber), parts.value(1).toInt(&yIsNumber)};
    if (parts.size() != 2 || !xIsNumber || !yIsNumber)
        return Infra::failure(Infra::Error::Kind::Corrupt, QStringLiteral("not a point"));
    return point;
}

namespace {

Infra::Result<std::shared_ptr<Infra::CacheStore>> openStore()
{
    Infra::StoreOptions options;
    options.url = QStringLiteral("sqlite:shop-cache.db");
    auto store = Infra::CacheStore::open(options);
    if (!store)
        qWarning("%s", qPrintable(toString(store.error())));
    return store;
}

Infra::Result<std::optional<QByteArray>> loadUser(const std::shared_ptr<Infra::CacheStore> &store)
{
    auto users = Infra::Cache::create(*store, "users");
    if (!users)
        return Infra::failure(users.error());
    auto user = (*users)->getOrCompute("user:7", [] { return QByteArray("Ada"); });
    return user;
}

void readOrReport(Infra::Cache &cache)
{
    if (auto value = cache.get("user:7"); value)
        use(*value);
    else
        report(value.error().message);
}

Infra::Result<void> setCorrelation(Infra::CorrelationCache &correlations, double &found)
{
    if (auto stored = correlations.set(u"sensor.hall", u"light.hall", 0.93); !stored)
        return stored;
    auto value = correlations.get(u"light.hall", u"sensor.hall");
    if (value && *value)
        found = **value;
    return {};
}

} // namespace

class CacheExamplesTest : public InfraTest::ExampleTest
{
    Q_OBJECT

private Q_SLOTS:
    void aRegionOfASharedStore()
    {
        const auto store = openStore();
        QVERIFY(store);
        QVERIFY(QFile::exists(QStringLiteral("shop-cache.db")));
        QCOMPARE(loadUser(*store).value(), QByteArray("Ada"));
    }

    void aRegionThatReadsComputesAndInvalidates()
    {
        const auto store = openStore();
        QVERIFY(store);
        const auto created = Infra::Cache::create(**store, "region");
        QVERIFY(created);
        Infra::Cache &cache = **created;

        readOrReport(cache);
        QCOMPARE(used, QByteArray("nothing"));
        auto answer = cache.getOrCompute("answer", [] { return QByteArray("42"); });
        QCOMPARE(answer.value(), QByteArray("42"));

        QVERIFY(cache.set("user:7:name", "Ada"));
        auto removed = cache.invalidate(Infra::Target::prefix("user:7:"));
        QCOMPARE(removed.value().entries, std::uint64_t(1));
        QVERIFY(reported.isEmpty());
    }

    void valuesWithAType()
    {
        const auto store = openStore();
        QVERIFY(store);
        const auto created = Infra::Cache::create(**store, "typed");
        QVERIFY(created);
        Infra::Cache &cache = **created;

        Infra::TypedCache<QString> names(cache);
        auto name = names.getOrCompute("user:7", [] { return QStringLiteral("Ada"); });
        QCOMPARE(name.value(), QStringLiteral("Ada"));

        Infra::TypedCache<Point> points(cache);
        QVERIFY(points.set("origin", Point{3, -4}));
        QCOMPARE(points.get("origin").value()->y, -4);
    }

    void correlationsOfUnorderedPairs()
    {
        const auto store = openStore();
        QVERIFY(store);
        const auto correlations = Infra::CorrelationCache::create(**store);
        QVERIFY(correlations);
        double found = 0;
        QVERIFY(setCorrelation(**correlations, found));
        QCOMPARE(found, 0.93);
    }
};

QTEST_GUILESS_MAIN(CacheExamplesTest)
#include "tst_cacheexamples.moc"
