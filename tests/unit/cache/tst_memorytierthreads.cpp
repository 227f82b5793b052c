// SPDX-License-Identifier: MIT
#include "cache/memorytier.h"
#include "cache/retirement.h"
#include "core/asymmetricfence.h"
#include "core/keyhash.h"
#include "core/random.h"
#include "core/threadindex.h"
#include "failonwarning.h"

#include <QTest>

#include <array>
#include <latch>
#include <thread>
#include <vector>

using namespace Infra;
using namespace Infra::Detail;

namespace {

constexpr SystemTime Now{std::chrono::milliseconds(1)};

// A value that says which key it belongs to and is long enough to show a torn or freed one.
QByteArray valueFor(const QByteArray &key, std::uint64_t generation)
{
    const QByteArray unit = key + '#' + QByteArray::number(generation) + '#';
    return unit.repeated(generation % 17 == 0 ? 200 : 4);
}

bool belongsTo(const QByteArray &value, const QByteArray &key)
{
    const QByteArray unit = value.left(value.indexOf('#', key.size() + 1) + 1);
    return value.startsWith(QByteArray(key + '#')) && !unit.isEmpty() && value == unit.repeated(value.size() / unit.size());
}

} // namespace

class TestMemoryTierThreads : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void readersAndWritersAgree_data()
    {
        QTest::addColumn<qint64>("entries");
        QTest::addColumn<qint64>("bytes");
        QTest::newRow("all fits") << qint64(10'000) << qint64(0);
        QTest::newRow("evicts by entries") << qint64(40) << qint64(0);
        QTest::newRow("evicts by bytes") << qint64(0) << qint64(60'000);
    }

    // Six threads over 200 keys do everything at once; every value that a lookup returns must belong to its
    // key, be whole, and not be older than what the same thread saw put before its stripe moved.
    void readersAndWritersAgree()
    {
        QFETCH(qint64, entries);
        QFETCH(qint64, bytes);
        std::array<std::atomic<std::uint64_t>, 64> stripes{};
        std::atomic<std::uint64_t> region{0};
        const CoherenceView view(stripes.data(), stripes.size() - 1, &region);
        std::atomic<const CoherenceView *> cell{&view};
        std::atomic<std::uint64_t> reported{0};
        MemoryTier::Options options;
        options.maximumEntries = entries;
        options.maximumBytes = bytes;
        options.coherence = &cell;
        options.removalListener = [&reported](const QByteArray &, const QByteArray &, RemovalCause) { ++reported; };
        MemoryTier tier(options);
        std::atomic<int> wrong{0};
        constexpr int Threads = 6;
        std::latch start(Threads);
        std::vector<std::thread> threads;
        for (int t = 0; t < Threads; ++t) {
            threads.emplace_back([&, t] {
                Random random(std::uint64_t(t) + 1);
                start.arrive_and_wait();
                for (int i = 0; i < 8000; ++i) {
                    const QByteArray key = "key:" + QByteArray::number(random.below(200));
                    const std::uint64_t hash = keyHash(key);
                    const std::uint64_t action = random.below(100);
                    if (action < 70) {
                        const MemoryLookup found = tier.lookup(key, hash, Now);
                        if (found.outcome == MemoryLookup::Outcome::Hit && !belongsTo(found.value, key))
                            ++wrong;
                    } else if (action < 92) {
                        MemoryEntry entry;
                        entry.value = valueFor(key, random.below(1000));
                        entry.stamp = view.capture(hash);
                        tier.insert(key, hash, entry);
                    } else if (action < 96) {
                        tier.remove(key, hash);
                    } else if (action < 97) {
                        stripes[hash & (stripes.size() - 1)] += 2;
                    } else if (action < 98) {
                        tier.touch(key, hash, {Now, SystemTime::max(), SystemTime::max()},
                                   view.capture(hash));
                    } else if (action < 99) {
                        tier.collect();
                    } else if (random.below(20) == 0) {
                        tier.clear();
                    }
                }
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(wrong.load(), 0);
        QCOMPARE(tier.validate(), QByteArray());
        const MemoryTierStatistics statistics = tier.statistics();
        QCOMPARE(statistics.hits + statistics.misses + statistics.expired + statistics.outdated + statistics.bypasses,
                 statistics.lookups);
        std::uint64_t removals = 0;
        for (std::uint64_t count : statistics.removals)
            removals += count;
        QCOMPARE(removals, reported.load());
        QCOMPARE(statistics.puts, statistics.entries + removals);
    }

    // One thread invalidates as a store does (odd, change, even) and counts; the others must never see a
    // generation older than the one that was complete when they began.
    void noReaderSeesWhatWasReplaced()
    {
        std::atomic<std::uint64_t> stripe{0};
        std::atomic<std::uint64_t> region{0};
        const CoherenceView view(&stripe, 0, &region);
        std::atomic<const CoherenceView *> cell{&view};
        MemoryTier::Options options;
        options.coherence = &cell;
        MemoryTier tier(options);
        const QByteArray key("key");
        const std::uint64_t hash = keyHash(key);
        std::atomic<std::uint64_t> complete{0};
        std::atomic<bool> done{false};
        std::atomic<std::uint64_t> stale{0};
        std::atomic<std::uint64_t> hits{0};
        std::atomic<std::uint64_t> lookups{0};
        std::vector<std::thread> readers;
        for (int t = 0; t < 2; ++t) {
            readers.emplace_back([&] {
                while (!done.load()) {
                    const std::uint64_t before = complete.load();
                    const MemoryLookup found = tier.lookup(key, hash, Now);
                    if (found.outcome == MemoryLookup::Outcome::Hit) {
                        ++hits;
                        stale += found.value.toULongLong() < before;
                    }
                    ++lookups;
                }
            });
        }
        for (std::uint64_t generation = 1; generation <= 3000; ++generation) {
            ++stripe;
            ++stripe;
            MemoryEntry entry;
            entry.value = QByteArray::number(generation);
            entry.stamp = view.capture(hash);
            complete.store(generation);
            if (generation % 3 != 0)
                tier.insert(key, hash, entry);
            // Now and then everyone gets to look, at a value and at the lack of one.
            if (generation % 50 < 2) {
                const std::uint64_t seen = lookups.load();
                while (lookups.load() < seen + 4)
                    std::this_thread::yield();
            }
        }
        done = true;
        for (std::thread &reader : readers)
            reader.join();
        QCOMPARE(stale.load(), 0U);
        QVERIFY(hits.load() > 0);
    }

    // What a reader may be looking at stays until that reader has left, however often it is collected.
    void nothingIsFreedUnderAReader()
    {
        ReaderPlaces places;
        Retirement retirement(places);
        ReaderPlace *const place = places.current();
        QVERIFY(place);
        MemoryEntry entry;
        entry.value = "value";
        retirement.add(MemoryNode::create("one", keyHash("one"), entry));
        AsymmetricFence::announce(place->sequence, 1);
        retirement.collect(Retirement::Effort::Now);
        retirement.add(MemoryNode::create("two", keyHash("two"), entry));
        retirement.collect(Retirement::Effort::Now);
        QCOMPARE(retirement.pending(), std::size_t(2));
        // Gone and back in at once: what was retired before it came back can no longer be seen.
        place->sequence.store(3, std::memory_order_release);
        retirement.collect(Retirement::Effort::Now);
        QCOMPARE(retirement.pending(), std::size_t(1));
        place->sequence.store(4, std::memory_order_release);
        retirement.collect(Retirement::Effort::Now);
        QCOMPARE(retirement.pending(), std::size_t(0));
    }

    void threadsBeyondTheLimitStillWork()
    {
        MemoryTier tier{MemoryTier::Options{}};
        const QByteArray key("key");
        const std::uint64_t hash = keyHash(key);
        MemoryEntry entry;
        entry.value = "value";
        tier.insert(key, hash, entry);
        constexpr int Threads = MaximumThreadIndices + 8;
        std::latch everyoneLookedUp(Threads);
        std::atomic<int> hits{0};
        std::atomic<int> placeless{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < Threads; ++t) {
            threads.emplace_back([&] {
                hits += tier.lookup(key, hash, Now).value == "value";
                placeless += currentThreadIndex() == NoThreadIndex;
                everyoneLookedUp.arrive_and_wait();
            });
        }
        for (std::thread &thread : threads)
            thread.join();
        QCOMPARE(hits.load(), Threads);
        QVERIFY(placeless.load() >= 8);
        QCOMPARE(tier.statistics().hits, std::uint64_t(Threads));
    }

    void aMissUnderWayIsNeverCountedAsAHit()
    {
        MemoryTier tier({});
        const QByteArray absent("absent");
        const std::uint64_t hash = keyHash(absent);
        std::atomic<bool> done{false};
        std::latch hasBegun(2);
        std::thread reader([&] {
            hasBegun.count_down();
            while (!done)
                static_cast<void>(tier.lookup(absent, hash, Now));
        });
        hasBegun.arrive_and_wait();
        int wrong = 0;
        for (int i = 0; i < 100'000; ++i)
            wrong += tier.statistics().hits != 0;
        done = true;
        reader.join();
        QCOMPARE(wrong, 0);
    }

    void countersNeverFallAndAddUpAtRest()
    {
        MemoryTier tier({});
        const QByteArray key("key");
        MemoryEntry entry;
        entry.value = "value";
        tier.insert(key, keyHash(key), entry);
        const QByteArray absent("absent");
        std::atomic<bool> done{false};
        std::uint64_t rounds = 0;
        std::latch hasBegun(2);
        std::thread reader([&] {
            hasBegun.count_down();
            for (; !done; ++rounds) {
                static_cast<void>(tier.lookup(key, keyHash(key), Now));
                static_cast<void>(tier.lookup(absent, keyHash(absent), Now));
            }
        });
        hasBegun.arrive_and_wait();
        int fallen = 0;
        MemoryTierStatistics last = tier.statistics();
        for (int i = 0; i < 50'000; ++i) {
            const MemoryTierStatistics now = tier.statistics();
            fallen += now.hits < last.hits || now.misses < last.misses || now.lookups < last.lookups;
            last = now;
        }
        done = true;
        reader.join();
        QCOMPARE(fallen, 0);
        last = tier.statistics();
        QCOMPARE(last.hits, rounds);
        QCOMPARE(last.misses, rounds);
        QCOMPARE(last.lookups, 2 * rounds);
    }

    void indicesAreGivenOutAgain()
    {
        int first = NoThreadIndex;
        std::thread([&first] { first = currentThreadIndex(); }).join();
        int second = NoThreadIndex;
        std::thread([&second] { second = currentThreadIndex(); }).join();
        QVERIFY(first != NoThreadIndex);
        QCOMPARE(second, first);
    }
};

QTEST_GUILESS_MAIN(TestMemoryTierThreads)
#include "tst_memorytierthreads.moc"
