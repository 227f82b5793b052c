// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <infra/histogram.h>

#include <QtTest>

#include <algorithm>
#include <limits>
#include <random>

using namespace Infra;
using namespace std::chrono_literals;

class HistogramTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void everyDurationFallsBetweenItsBucketsBounds();
    void quantilesStayWithinOneBucketOfTheExactOnes();
    void mergedSnapshotsEqualOneHistogramOfAllSamples();
    void differenceIsTheSamplesBetween();
    void aRestartIsAnEmptyDifferenceNotANegativeOne();
    void outOfRangeBucketsAreIgnored();
    void anyNumbersHaveAMeanAndQuantiles();
};

void HistogramTest::everyDurationFallsBetweenItsBucketsBounds()
{
    for (std::uint64_t value = 0; value < (1ULL << 41); value = value + 1 + value / 7) {
        const int bucket = HistogramSnapshot::bucketOf(value);
        QVERIFY(bucket >= 0 && bucket < HistogramSnapshot::BucketCount);
        QVERIFY(HistogramSnapshot::lowerBound(bucket) <= value);
        if (bucket + 1 < HistogramSnapshot::BucketCount)
            QVERIFY(HistogramSnapshot::lowerBound(bucket + 1) > value);
    }
    QCOMPARE(HistogramSnapshot::bucketOf(~0ULL), HistogramSnapshot::BucketCount - 1);
}

void HistogramTest::quantilesStayWithinOneBucketOfTheExactOnes()
{
    std::mt19937_64 random(7);
    std::vector<std::uint64_t> samples;
    Histogram histogram;
    for (int i = 0; i < 10000; ++i) {
        samples.push_back(random() % 5'000'000);
        histogram.record(std::chrono::nanoseconds(samples.back()));
    }
    std::sort(samples.begin(), samples.end());
    const HistogramSnapshot snapshot = histogram.snapshot();
    for (const double quantile : {0.01, 0.5, 0.9, 0.99, 1.0}) {
        const auto exact = static_cast<double>(
            samples[std::min<std::size_t>(samples.size() - 1, static_cast<std::size_t>(quantile * 10000))]);
        QVERIFY(std::abs(static_cast<double>(snapshot.quantile(quantile).count()) - exact) <= exact * 0.125 + 1);
    }
    QCOMPARE(snapshot.count(), 10000ULL);
}

void HistogramTest::mergedSnapshotsEqualOneHistogramOfAllSamples()
{
    Histogram left;
    Histogram right;
    Histogram both;
    for (int i = 1; i < 1000; ++i) {
        (i % 2 ? left : right).record(std::chrono::microseconds(i));
        both.record(std::chrono::microseconds(i));
    }
    HistogramSnapshot merged = left.snapshot();
    merged.merge(right.snapshot());
    QCOMPARE(merged, both.snapshot());
}

void HistogramTest::differenceIsTheSamplesBetween()
{
    Histogram histogram;
    histogram.record(1ms);
    const HistogramSnapshot before = histogram.snapshot();
    histogram.record(5ms);
    const HistogramSnapshot between = histogram.snapshot().since(before);
    QCOMPARE(between.count(), 1ULL);
    QCOMPARE(between.sum(), std::chrono::nanoseconds(5ms));
}

void HistogramTest::aRestartIsAnEmptyDifferenceNotANegativeOne()
{
    Histogram old;
    old.record(1ms);
    const Histogram restarted;
    const HistogramSnapshot between = restarted.snapshot().since(old.snapshot());
    QVERIFY(between.isEmpty());
    QCOMPARE(between.sum(), 0ns);
}

void HistogramTest::outOfRangeBucketsAreIgnored()
{
    HistogramSnapshot snapshot;
    snapshot.addToBucket(-1, 5);
    snapshot.addToBucket(HistogramSnapshot::BucketCount, 5);
    QVERIFY(snapshot.isEmpty());
}

// A store's frames may say them.
void HistogramTest::anyNumbersHaveAMeanAndQuantiles()
{
    for (const std::uint64_t count : {std::numeric_limits<std::uint64_t>::max(), std::uint64_t{1} << 63, std::uint64_t{1}}) {
        HistogramSnapshot samples;
        samples.addToBucket(0, count);
        samples.addToSum(std::uint64_t{1} << 63);
        QVERIFY(samples.mean() >= 0ns);
        QVERIFY(samples.quantile(1.0) >= 0ns);
        QVERIFY(samples.quantile(0.5) >= 0ns);
    }
}

QTEST_GUILESS_MAIN(HistogramTest)
#include "tst_histogram.moc"
