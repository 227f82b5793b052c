// SPDX-License-Identifier: MIT
#include "failonwarning.h"

#include <core/random.h>
#include <telemetry/framecodec.h>

#include <QtTest>

using namespace Infra;
using namespace Infra::Detail;
using std::chrono::milliseconds;

namespace {

// Applies frames to snapshots again, as an independent reading of the format.
class Decoder
{
public:
    // Returns the snapshots that the frame stands for; none when it is refused.
    std::optional<std::vector<ComponentSnapshot>> apply(const QByteArray &payload)
    {
        const auto frame = parseFrame(payload);
        if (!frame)
            return std::nullopt;
        if (frame->schema) {
            schema = frame->schema;
            values.assign(schema->types.size(), 0);
            histograms.assign(schema->types.size(), {});
        }
        if (!schema || !decodeValues(frame->values, *schema, *this))
            return std::nullopt;
        std::vector<ComponentSnapshot> components;
        for (const auto &component : schema->components) {
            ComponentSnapshot snapshot{component.kind, component.name, {}};
            std::size_t index = component.firstValue;
            for (const MetricDescriptor &descriptor : *component.shape) {
                Metric metric{descriptor.name, descriptor.unit, descriptor.attributes, {}};
                if (descriptor.type == MetricType::Counter)
                    metric.value = values[index];
                else if (descriptor.type == MetricType::Gauge)
                    metric.value = std::bit_cast<double>(values[index]);
                else
                    metric.value = histograms[index];
                ++index;
                snapshot.metrics.push_back(std::move(metric));
            }
            components.push_back(std::move(snapshot));
        }
        return components;
    }

    void counter(std::uint32_t index, std::int64_t difference) { values[index] += static_cast<std::uint64_t>(difference); }
    void gauge(std::uint32_t index, std::int64_t difference)
    {
        values[index] = std::bit_cast<std::uint64_t>(std::bit_cast<double>(values[index]) + static_cast<double>(difference));
    }
    void gaugeIs(std::uint32_t index, double value) { values[index] = std::bit_cast<std::uint64_t>(value); }
    void histogram(std::uint32_t index, std::int64_t sum) { histograms[index].addToSum(static_cast<std::uint64_t>(sum)); }
    void bucket(std::uint32_t index, int bucket, std::int64_t difference)
    {
        histograms[index].addToBucket(bucket, static_cast<std::uint64_t>(difference));
    }

    std::shared_ptr<const FrameSchema> schema;
    std::vector<std::uint64_t> values;
    std::vector<HistogramSnapshot> histograms;
};

// `regions` busy regions as a service with that many caches publishes them.
std::vector<ComponentSnapshot> busySnapshots(int regions, Detail::Random &random, std::vector<Histogram> &histograms,
                                             std::uint64_t second)
{
    namespace Name = MetricName;
    std::vector<ComponentSnapshot> components;
    for (int region = 0; region < regions; ++region) {
        ComponentSnapshot snapshot{ComponentSnapshot::Kind::Cache, "region-" + QByteArray::number(region), {}};
        const auto rate = static_cast<std::uint64_t>(region + 1) * 10;
        for (const char *result : {"hit", "miss", "stale"}) {
            for (const char *tier : {"memory", "store"})
                snapshot.metrics.push_back(counterMetric(Name::CacheGets, second * rate + random.below(10),
                                                         {{"result", result}, {"tier", tier}}));
        }
        for (const char *name : {Name::CachePuts, Name::CacheRemovals, Name::StoreBusy, Name::StoreErrors,
                                 Name::StoreRebuilds, Name::StoreCommits})
            snapshot.metrics.push_back(counterMetric(name, second / 60));
        for (const char *tier : {"memory", "store"}) {
            for (const char *name : {Name::CacheEntries, Name::CacheBytes, Name::CacheBytesLimit})
                snapshot.metrics.push_back(gaugeMetric(name, static_cast<double>(1000 + random.below(100)), {{"tier", tier}}));
        }
        for (std::size_t kind = 0; kind < 2; ++kind) {
            Histogram &histogram = histograms[static_cast<std::size_t>(region) * 2 + kind];
            for (int sample = 0; sample < 20; ++sample)
                histogram.record(std::chrono::nanoseconds(500 + random.below(4000)));
            snapshot.metrics.push_back(histogramMetric(kind == 0 ? Name::StoreReadDuration : Name::CacheLoadDuration,
                                                       histogram.snapshot()));
        }
        components.push_back(std::move(snapshot));
    }
    return components;
}

} // namespace

class FrameCodecTest : public InfraTest::FailOnWarning
{
    Q_OBJECT

private Q_SLOTS:
    void whatIsEncodedIsDecoded();
    void extremeValuesSurvive();
    void anUnchangedSecondIsTiny();
    void aBusySecondStaysCompact();
    void aNewComponentMakesAKeyframe();
    void everySingleByteOfDamageIsNoticed();
    void anotherVersionIsIncompatible();
    void wellSealedNonsenseIsRefused();
    void tooLongNamesAreCutAndStillDelta();
};

void FrameCodecTest::whatIsEncodedIsDecoded()
{
    Detail::Random random(7);
    std::vector<Histogram> histograms(6);
    FrameEncoder encoder(5);
    Decoder decoder;
    for (std::uint64_t second = 0; second < 23; ++second) {
        const auto snapshots = busySnapshots(3, random, histograms, second);
        const QByteArray payload = encoder.encode(snapshots, milliseconds(second * 1000), milliseconds(1000));
        const auto frame = parseFrame(payload);
        QVERIFY(frame.has_value());
        QCOMPARE(frame->sequence, second + 1);
        QCOMPARE(frame->elapsed, milliseconds(second * 1000));
        QCOMPARE(frame->schema != nullptr, second % 5 == 0);
        const auto decoded = decoder.apply(payload);
        QVERIFY(decoded.has_value());
        QVERIFY(*decoded == snapshots);
    }
}

void FrameCodecTest::extremeValuesSurvive()
{
    const std::vector<double> gauges{0.0, -0.0, 1.5, -3, 9007199254740992.0, 1e300, -1e-300,
                                     std::numeric_limits<double>::infinity(), 42, -9007199254740992.0};
    const std::vector<std::uint64_t> counters{0, std::numeric_limits<std::uint64_t>::max(), 1, 1ULL << 63, 5};
    FrameEncoder encoder(100);
    Decoder decoder;
    for (std::size_t step = 0; step < gauges.size(); ++step) {
        std::vector<ComponentSnapshot> snapshots{{ComponentSnapshot::Kind::Pool, "", {}}};
        snapshots[0].metrics.push_back(gaugeMetric(MetricName::PoolPending, gauges[step]));
        snapshots[0].metrics.push_back(counterMetric(MetricName::PoolTimeouts, counters[step % counters.size()]));
        HistogramSnapshot histogram;
        histogram.addToBucket(static_cast<int>(step) * 30, step);
        histogram.addToSum(step * 1'000'000'000'000);
        snapshots[0].metrics.push_back(histogramMetric(MetricName::PoolUseTime, histogram));
        QVERIFY(decoder.apply(encoder.encode(snapshots, milliseconds(step), milliseconds(1000))).has_value());
        QCOMPARE(decoder.values[0], std::bit_cast<std::uint64_t>(gauges[step]));
        QCOMPARE(decoder.values[1], counters[step % counters.size()]);
    }
    std::vector<ComponentSnapshot> unknown{{ComponentSnapshot::Kind::Pool, "", {}}};
    unknown[0].metrics.push_back(gaugeMetric(MetricName::PoolPending, std::numeric_limits<double>::quiet_NaN()));
    QVERIFY(decoder.apply(encoder.encode(unknown, milliseconds(99), milliseconds(1000))).has_value());
    QVERIFY(std::isnan(std::bit_cast<double>(decoder.values[0])));
}

void FrameCodecTest::anUnchangedSecondIsTiny()
{
    Detail::Random random(1);
    std::vector<Histogram> histograms(40);
    const auto snapshots = busySnapshots(20, random, histograms, 5);
    FrameEncoder encoder(60);
    (void)encoder.encode(snapshots, milliseconds(0), milliseconds(1000));
    QVERIFY(encoder.encode(snapshots, milliseconds(1000), milliseconds(1000)).size() < 24);
}

void FrameCodecTest::aBusySecondStaysCompact()
{
    Detail::Random random(1);
    std::vector<Histogram> histograms(40);
    FrameEncoder encoder(60);
    const qsizetype keyframe
        = encoder.encode(busySnapshots(20, random, histograms, 0), milliseconds(0), milliseconds(1000)).size();
    qsizetype total = 0;
    for (std::uint64_t second = 1; second < 60; ++second)
        total += encoder.encode(busySnapshots(20, random, histograms, second), milliseconds(second * 1000), milliseconds(1000)).size();
    qInfo("keyframe %lld bytes, busy second %lld bytes", static_cast<long long>(keyframe), static_cast<long long>(total / 59));
    QVERIFY(keyframe < 6000);
    QVERIFY(total / 59 < 2500);
}

void FrameCodecTest::aNewComponentMakesAKeyframe()
{
    FrameEncoder encoder(60);
    std::vector<ComponentSnapshot> snapshots{{ComponentSnapshot::Kind::Cache, "a", {counterMetric(MetricName::CachePuts, 1)}}};
    const auto kind = [&] { return parseFrame(encoder.encode(snapshots, milliseconds(1), milliseconds(1000)))->schema != nullptr; };
    QVERIFY(kind());
    QVERIFY(!kind());
    snapshots.push_back({ComponentSnapshot::Kind::Cache, "b", {counterMetric(MetricName::CachePuts, 1)}});
    QVERIFY(kind());
    QVERIFY(!kind());
    snapshots[1].metrics[0].attributes = {{"tier", "memory"}};
    QVERIFY(kind());
    encoder.requireKeyframe();
    QVERIFY(kind());
}

void FrameCodecTest::everySingleByteOfDamageIsNoticed()
{
    Detail::Random random(3);
    std::vector<Histogram> histograms(4);
    const QByteArray payload = FrameEncoder(60).encode(busySnapshots(2, random, histograms, 3), milliseconds(1), milliseconds(1000));
    for (qsizetype at = 0; at < payload.size(); ++at) {
        QByteArray damaged = payload;
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << random.below(8)));
        const auto frame = parseFrame(damaged);
        QVERIFY(!frame.has_value());
        QCOMPARE(frame.error().kind, Error::Kind::Corrupt);
        QVERIFY(!parseFrame(payload.first(at)).has_value());
    }
}

void FrameCodecTest::anotherVersionIsIncompatible()
{
    QCOMPARE(parseFrame(sealed("I\x02""0123")).error().kind, Error::Kind::Incompatible);
    QCOMPARE(parseFrame(sealed("X\x01""0123")).error().kind, Error::Kind::Corrupt);
}

void FrameCodecTest::wellSealedNonsenseIsRefused()
{
    // The checksum protects against damage, not against a writer that means harm.
    Detail::Random random(11);
    std::vector<Histogram> histograms(4);
    const QByteArray payload = FrameEncoder(60).encode(busySnapshots(2, random, histograms, 3), milliseconds(1), milliseconds(1000));
    for (int round = 0; round < 20'000; ++round) {
        QByteArray content = payload.first(payload.size() - 8);
        for (std::uint64_t change = random.below(4) + 1; change > 0; --change)
            content[static_cast<qsizetype>(random.below(static_cast<std::uint64_t>(content.size())))] = static_cast<char>(random.next());
        Decoder decoder;
        (void)decoder.apply(sealed(content)); // Sanitizers watch.
    }
    QByteArray manyStrings("I\x01\x00\x01\x01\x01", 6);
    ByteWriter(manyStrings).number(FrameLimits::Strings + 1);
    QVERIFY(!parseFrame(sealed(manyStrings)).has_value());
    QVERIFY(!parseFrame(QByteArray(FrameLimits::Payload + 1, 'x')).has_value());
}

void FrameCodecTest::tooLongNamesAreCutAndStillDelta()
{
    FrameEncoder encoder(60);
    const std::vector<ComponentSnapshot> snapshots{{ComponentSnapshot::Kind::Cache, QByteArray(5000, 'n'), {counterMetric(MetricName::CachePuts, 1)}}};
    const auto first = parseFrame(encoder.encode(snapshots, milliseconds(1), milliseconds(1000)));
    QVERIFY(first.has_value());
    QCOMPARE(first->schema->components[0].name.size(), qsizetype(FrameLimits::StringSize));
    QVERIFY(parseFrame(encoder.encode(snapshots, milliseconds(2), milliseconds(1000)))->schema == nullptr);
}

QTEST_GUILESS_MAIN(FrameCodecTest)
#include "tst_framecodec.moc"
