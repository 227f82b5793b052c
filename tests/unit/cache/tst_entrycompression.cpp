// SPDX-License-Identifier: MIT
#include "cache/entrycompression.h"
#include "cachefixture.h"
#include "core/random.h"
#include "failonwarning.h"

#include <QtEndian>
#include <QtTest>

using namespace Infra;
using namespace Infra::Detail;
using namespace InfraTest;

class EntryCompressionTest : public FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void largeValuesAreSmallerInTheStoreAndWholeInMemory();
    void whatDoesNotShrinkIsStoredAsItIs();
    void damageIsNoticed();
    void aBombIsRefused();
};

void EntryCompressionTest::largeValuesAreSmallerInTheStoreAndWholeInMemory()
{
    const CacheFixture f;
    CacheOptions options;
    options.compressionThreshold = 1000;
    const auto a = f.open(options);
    const auto b = f.open();
    const QByteArray value = QByteArray("repetition ").repeated(20'000);
    QVERIFY(a->set("key", value).has_value());
    QVERIFY(f.store->row("key")->value.size() < value.size() / 10);
    QCOMPARE(valueOf(a->get("key")), value);
    QCOMPARE(valueOf(b->get("key")), value);
}

void EntryCompressionTest::whatDoesNotShrinkIsStoredAsItIs()
{
    const CacheFixture f;
    CacheOptions options;
    options.compressionThreshold = 1000;
    const auto cache = f.open(options);
    Random random(1);
    QByteArray noise;
    for (int i = 0; i < 10'000; ++i)
        noise.append(static_cast<char>(random.next()));
    QVERIFY(cache->set("key", noise).has_value());
    QCOMPARE(f.store->row("key")->value, noise);
    QCOMPARE(f.store->row("key")->flags & CompressedEntry, 0U);
}

void EntryCompressionTest::damageIsNoticed()
{
    const QByteArray value = QByteArray("repetition ").repeated(20'000);
    const QByteArray good = compressedOrNull(value);
    QCOMPARE(decompressed(good, value.size()).value(), value);
    QCOMPARE(errorOf(decompressed(good, value.size() - 1)), Error::Kind::Corrupt);
    QCOMPARE(errorOf(decompressed(QByteArray(good + 'x'), value.size())), Error::Kind::Corrupt);
    // Cut within the lengths: Qt's own inflater would warn about cut streams, which is not what is tested here.
    for (const qsizetype length : {0, 3, 4, 7})
        QCOMPARE(errorOf(decompressed(good.first(length), value.size())), Error::Kind::Corrupt);
    QCOMPARE(errorOf(decompressed(good.chopped(1), value.size())), Error::Kind::Corrupt);
}

void EntryCompressionTest::aBombIsRefused()
{
    // A block that inflates to far more than it announces.
    const QByteArray big(1'000'000, '\0');
    QByteArray block = qCompress(big);
    qToBigEndian<quint32>(1000, block.data());
    QByteArray bytes;
    for (const quint32 length : {quint32{1000}, static_cast<quint32>(block.size())}) {
        const quint32 little = qToLittleEndian(length);
        bytes.append(reinterpret_cast<const char *>(&little), sizeof little);
    }
    QCOMPARE(errorOf(decompressed(QByteArray(bytes + block), 1'000'000)), Error::Kind::Corrupt);
    const quint32 huge = qToLittleEndian(quint32{0xffffffff});
    QCOMPARE(errorOf(decompressed(QByteArray(QByteArray(reinterpret_cast<const char *>(&huge), sizeof huge) + block), 1'000'000)),
             Error::Kind::Corrupt);
}

QTEST_GUILESS_MAIN(EntryCompressionTest)
#include "tst_entrycompression.moc"
