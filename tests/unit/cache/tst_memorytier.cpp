// SPDX-License-Identifier: MIT
#include "cache/memorytier.h"
#include "core/keyhash.h"
#include "failonwarning.h"

#include <QTest>

#include <array>
#include <utility>
#include <vector>

using namespace Infra;
using namespace Infra::Detail;
using namespace std::chrono_literals;

namespace {

using Outcome = MemoryLookup::Outcome;
using InsertOutcome = MemoryTier::InsertOutcome;

constexpr SystemTime Now{1'000'000ms};

// A tier over coherence words of its own, with its removals written down.
struct Fixture
{
    explicit Fixture(std::int64_t entries = 100, std::int64_t bytes = 0)
    {
        MemoryTier::Options options;
        options.maximumEntries = entries;
        options.maximumBytes = bytes;
        options.coherence = &cell;
        options.removalListener = [this](const QByteArray &key, const QByteArray &value, RemovalCause cause) {
            removed.emplace_back(key, cause);
            removedValues.push_back(value);
        };
        tier = std::make_unique<MemoryTier>(std::move(options));
    }

    MemoryLookup lookup(const QByteArray &key, SystemTime now = Now) { return tier->lookup(key, keyHash(key), now); }
    CoherenceStamp stamp(const QByteArray &key) const { return view.capture(keyHash(key)); }
    InsertOutcome insert(const QByteArray &key, const QByteArray &value, SystemTime expiresAt = SystemTime::max())
    {
        MemoryEntry entry;
        entry.value = value;
        entry.times = {Now, expiresAt, expiresAt};
        entry.stamp = stamp(key);
        return tier->insert(key, keyHash(key), entry);
    }
    std::atomic<std::uint64_t> &stripeOf(const QByteArray &key) { return stripes[keyHash(key) & (stripes.size() - 1)]; }

    std::array<std::atomic<std::uint64_t>, 64> stripes{};
    std::atomic<std::uint64_t> region{0};
    CoherenceView view{stripes.data(), stripes.size() - 1, &region};
    std::atomic<const CoherenceView *> cell{&view};
    std::vector<std::pair<QByteArray, RemovalCause>> removed;
    QByteArrayList removedValues;
    std::unique_ptr<MemoryTier> tier;
};

QByteArray numbered(const char *prefix, int number)
{
    return prefix + QByteArray::number(number);
}

} // namespace

class TestMemoryTier : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void findsWhatWasPut()
    {
        Fixture f;
        QCOMPARE(f.lookup("a").outcome, Outcome::Miss);
        QCOMPARE(f.insert("a", "one"), InsertOutcome::Stored);
        const MemoryLookup hit = f.lookup("a");
        QCOMPARE(hit.outcome, Outcome::Hit);
        QCOMPARE(hit.value, QByteArray("one"));
        QCOMPARE(f.lookup("b").outcome, Outcome::Miss);
        const MemoryTierStatistics statistics = f.tier->statistics();
        QCOMPARE(statistics.lookups, 3U);
        QCOMPARE(statistics.hits, 1U);
        QCOMPARE(statistics.misses, 2U);
        QCOMPARE(statistics.entries, 1U);
        QCOMPARE(statistics.bytes, 1U + 3U + std::uint64_t(MemoryTier::EntryOverhead));
        QCOMPARE(f.tier->validate(), QByteArray());
    }

    void keepsEveryValueAsItWas_data()
    {
        QTest::addColumn<int>("size");
        for (int size : {0, 1, 7, 100, 1023, 1024, 1025, 5000})
            QTest::addRow("%d", size) << size;
    }

    void keepsEveryValueAsItWas()
    {
        QFETCH(int, size);
        Fixture f;
        QByteArray value(size, 'v');
        if (size > 2)
            value[1] = '\0';
        f.insert("k", value);
        QByteArray got = f.lookup("k").value;
        QCOMPARE(got, value);
        QCOMPARE(got.constData()[got.size()], '\0');
        // The caller's copy is the caller's: changing it changes nothing in the tier, and it outlives the entry.
        got.append("more");
        QCOMPARE(f.lookup("k").value, value);
        QByteArray last = f.lookup("k").value;
        f.tier->remove("k", keyHash("k"));
        f.tier->collect();
        last.append("x").prepend("y");
        QCOMPARE(last, 'y' + value + 'x');
    }

    void copiesRawData()
    {
        Fixture f;
        std::vector<char> raw(5000, 'r');
        f.insert("k", QByteArray::fromRawData(raw.data(), qsizetype(raw.size())));
        raw.assign(raw.size(), 'x');
        QCOMPARE(f.lookup("k").value, QByteArray(5000, 'r'));
    }

    void replacedValueIsReported()
    {
        Fixture f;
        f.insert("a", "one");
        f.insert("a", "two");
        QCOMPARE(f.lookup("a").value, QByteArray("two"));
        QCOMPARE(f.removed.size(), 1U);
        QCOMPARE(f.removed[0].second, RemovalCause::Replaced);
        QCOMPARE(f.removedValues[0], QByteArray("one"));
        QCOMPARE(f.tier->statistics().entries, 1U);
    }

    void expiresAtItsMomentAndStaysForFailSafe()
    {
        Fixture f;
        MemoryEntry entry;
        entry.value = "v";
        entry.times = {Now, Now + 100ms, Now + 300ms};
        f.tier->insert("k", keyHash("k"), entry);
        const MemoryLookup hit = f.lookup("k", Now + 99ms);
        QCOMPARE(hit.outcome, Outcome::Hit);
        QCOMPARE(hit.storedAt, Now);
        QCOMPARE(hit.expiresAt, Now + 100ms);
        QCOMPARE(f.lookup("k", Now + 100ms).outcome, Outcome::Expired);
        const auto stale = f.tier->peekStale("k", keyHash("k"), Now + 299ms);
        QVERIFY(stale);
        QCOMPARE(stale->value, QByteArray("v"));
        QCOMPARE(stale->until, Now + 300ms);
        QVERIFY(!f.tier->peekStale("k", keyHash("k"), Now + 300ms));
        QCOMPARE(f.tier->removeExpired(Now + 300ms), 0);
        QCOMPARE(f.tier->removeExpired(Now + 301ms), 1);
        QCOMPARE(f.removed.back().second, RemovalCause::Expired);
        QCOMPARE(f.tier->statistics().expired, 1U);
    }

    void negativeEntryIsMarked()
    {
        Fixture f;
        MemoryEntry entry;
        entry.flags = NegativeEntry;
        f.tier->insert("k", keyHash("k"), entry);
        const MemoryLookup hit = f.lookup("k");
        QCOMPARE(hit.outcome, Outcome::Hit);
        QCOMPARE(hit.flags, std::uint32_t(NegativeEntry));
        QCOMPARE(f.tier->statistics().negativeHits, 1U);
    }

    void changedStripeHidesTheCopy()
    {
        Fixture f;
        f.insert("k", "old");
        f.stripeOf("k") += 1;
        QCOMPARE(f.lookup("k").outcome, Outcome::Bypassed);
        QVERIFY(f.lookup("k").value.isEmpty());
        f.stripeOf("k") += 1;
        QCOMPARE(f.lookup("k").outcome, Outcome::Outdated);
        QCOMPARE(f.insert("k", "new"), InsertOutcome::Stored);
        QCOMPARE(f.removed.back().second, RemovalCause::Outdated);
        QCOMPARE(f.lookup("k").value, QByteArray("new"));
        QCOMPARE(f.tier->statistics().bypasses, 2U);
        QCOMPARE(f.tier->statistics().outdated, 1U);
    }

    void changedRegionHidesEveryCopy()
    {
        Fixture f;
        f.insert("a", "1");
        f.insert("b", "2");
        f.region += 2;
        QCOMPARE(f.lookup("a").outcome, Outcome::Outdated);
        QCOMPARE(f.lookup("b").outcome, Outcome::Outdated);
    }

    void valueFromBeforeAnInvalidationIsRefused()
    {
        Fixture f;
        MemoryEntry entry;
        entry.value = "computed from old data";
        entry.stamp = f.stamp("k");
        f.stripeOf("k") += 2;
        f.insert("k", "newer");
        QCOMPARE(f.tier->insert("k", keyHash("k"), entry), InsertOutcome::Outdated);
        QCOMPARE(f.lookup("k").value, QByteArray("newer"));
        QCOMPARE(f.tier->statistics().putsOutdated, 1U);
    }

    void withoutAViewNothingIsServed()
    {
        Fixture f;
        f.insert("k", "v");
        f.cell = nullptr;
        QCOMPARE(f.lookup("k").outcome, Outcome::Bypassed);
        QCOMPARE(f.insert("k", "v"), InsertOutcome::Outdated);
    }

    void touchCarriesTheValueOver()
    {
        Fixture f;
        f.insert("k", "v", Now + 10ms);
        QVERIFY(f.tier->touch("k", keyHash("k"), {Now, Now + 50ms, Now + 50ms}, f.stamp("k")));
        QVERIFY(!f.tier->touch("no", keyHash("no"), {}, {}));
        QCOMPARE(f.lookup("k", Now + 20ms).value, QByteArray("v"));
        MemoryEntry entry;
        QVERIFY(f.tier->peek("k", keyHash("k"), &entry));
        QCOMPARE(entry.times.expiresAt, Now + 50ms);
        QVERIFY(f.removed.empty());
    }

    void removesByKeyPrefixAndPredicate()
    {
        Fixture f;
        for (int i = 0; i < 20; ++i)
            f.insert(numbered(i % 2 ? "odd:" : "even:", i), "v");
        QVERIFY(f.tier->remove("odd:1", keyHash("odd:1")));
        QVERIFY(!f.tier->remove("odd:1", keyHash("odd:1")));
        QCOMPARE(f.tier->removePrefix("odd:"), 9);
        QCOMPARE(f.tier->removeIf([](QByteArrayView key, const EntryTimes &) { return key.endsWith('8'); }), 2);
        int left = 0;
        f.tier->forEach([&left](QByteArrayView key, const MemoryEntry &) { left += key.startsWith("even:"); });
        QCOMPARE(left, 8);
        QCOMPARE(f.tier->clear(), 8);
        QCOMPARE(f.removed.size(), 20U);
        QCOMPARE(f.tier->statistics().entries, 0U);
        QCOMPARE(f.tier->statistics().bytes, 0U);
        QCOMPARE(f.tier->validate(), QByteArray());
    }

    void listenerMayUseTheTier()
    {
        MemoryTier *tier = nullptr;
        MemoryTier::Options options;
        int calls = 0;
        options.removalListener = [&](const QByteArray &key, const QByteArray &, RemovalCause) {
            ++calls;
            QCOMPARE(tier->lookup(key, keyHash(key), Now).outcome, Outcome::Miss);
        };
        MemoryTier owned(options);
        tier = &owned;
        owned.insert("k", keyHash("k"), {});
        owned.remove("k", keyHash("k"));
        QCOMPARE(calls, 1);
    }

    void staysWithinEntryCapacity()
    {
        Fixture f(50);
        for (int i = 0; i < 1000; ++i) {
            f.insert(numbered("k", i), "v");
            QVERIFY(f.tier->statistics().entries <= 50);
        }
        QCOMPARE(f.tier->statistics().entries, 50U);
        QCOMPARE(f.tier->statistics().removals[std::size_t(RemovalCause::Capacity)], 950U);
        QCOMPARE(f.tier->validate(), QByteArray());
    }

    void staysWithinByteCapacity()
    {
        constexpr std::int64_t Capacity = 100'000;
        Fixture f(0, Capacity);
        for (int i = 0; i < 2000; ++i) {
            f.insert(numbered("k", i % 300), QByteArray(i * 37 % 9000, 'v'));
            QVERIFY(f.tier->statistics().bytes <= std::uint64_t(Capacity));
        }
        QCOMPARE(f.tier->validate(), QByteArray());
        QVERIFY(f.tier->statistics().entries > 5);
    }

    void oversizedEntryIsRefusedAndDropsTheOldCopy()
    {
        Fixture f(0, 80'000);
        f.insert("k", "small");
        QCOMPARE(f.insert("k", QByteArray(10'000, 'v')), InsertOutcome::TooLarge);
        QCOMPARE(f.lookup("k").outcome, Outcome::Miss);
        QCOMPARE(f.tier->statistics().putsTooLarge, 1U);
        QCOMPARE(f.insert("k", QByteArray(9'000, 'v')), InsertOutcome::Stored);
    }

    void oneLookupIn1024IsTimed()
    {
        Fixture f;
        f.insert("k", "v");
        for (int i = 0; i < 4096; ++i)
            static_cast<void>(f.lookup("k"));
        QCOMPARE(f.tier->statistics().lookupTime.count(), 4U);
    }

    void growsWithoutLosingAnything()
    {
        Fixture f(100'000);
        for (int i = 0; i < 20'000; ++i)
            f.insert(numbered("key:", i), QByteArray::number(i));
        for (int i = 0; i < 20'000; ++i)
            QCOMPARE(f.lookup(numbered("key:", i)).value, QByteArray::number(i));
        QCOMPARE(f.tier->validate(), QByteArray());
    }

    void sameCallsGiveTheSameResult()
    {
        const auto run = [] {
            Fixture f(64);
            std::uint64_t state = 5;
            QByteArray hits;
            for (int i = 0; i < 20'000; ++i) {
                state = state * 6364136223846793005ULL + 1442695040888963407ULL;
                const QByteArray key = numbered("k", int((state >> 33) % ((state >> 60) + 1) * 20 + (state >> 40) % 20));
                const bool isHit = f.lookup(key).outcome == Outcome::Hit;
                hits.append(isHit ? '1' : '0');
                if (!isHit)
                    f.insert(key, "v");
            }
            return hits;
        };
        QCOMPARE(run(), run());
    }
};

QTEST_GUILESS_MAIN(TestMemoryTier)
#include "tst_memorytier.moc"
