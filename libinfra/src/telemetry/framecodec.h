// SPDX-License-Identifier: MIT
#pragma once

#include "bytecodec.h"

#include <infra/metriccatalogue.h>
#include <infra/metrics.h>
#include <infra/result.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <vector>

// The payload of one published second.
//
//   'I' version kind            kind 0: keyframe, stands on its own; 1: changes to the frame before
//   sequence elapsed            elapsed: milliseconds of the publisher's steady clock since it began
//   keyframe: interval schema
//   values
//   checksum                    8 bytes over everything before
//
//   schema: strings; shapes (lists of metrics: type, name, unit, attributes); components (kind, name, shape).
//           Regions measure the same things, so one shape serves many components.
//   values: (gap + 1, change)… 0 over all metrics of all components in order; a keyframe's are changes to zero.
//           counter: signed difference
//           gauge: twice the zigzagged difference of whole numbers, or 1 and the eight bytes of any other value
//           histogram: signed difference of the sum, then (gap + 1, signed difference)… 0 over its buckets
//
// Numbers are varints. What did not change costs nothing, what counted costs two or three bytes: a second of
// twenty busy regions is some hundred bytes. Nothing in a payload is trusted: every count, length, index and
// running value is bounded before it is used.
namespace Infra::Detail {

using MetricType = MetricDescription::Type;

struct MetricDescriptor
{
    MetricType type = MetricType::Gauge;
    QByteArray name;
    QByteArray unit;
    Metric::Attributes attributes;

    friend bool operator==(const MetricDescriptor &, const MetricDescriptor &) = default;
};

using MetricShape = std::vector<MetricDescriptor>;

// What a frame's values mean. Values are numbered through all components.
struct FrameSchema
{
    struct Component
    {
        ComponentSnapshot::Kind kind = ComponentSnapshot::Kind::Process;
        QByteArray name;
        std::shared_ptr<const MetricShape> shape;
        std::uint32_t firstValue = 0;
    };

    std::vector<Component> components;
    std::vector<MetricType> types;

    friend bool operator==(const FrameSchema &left, const FrameSchema &right);
};

struct FrameLimits
{
    static constexpr qsizetype Payload = 1 << 20;
    static constexpr std::uint64_t Strings = 16384;
    static constexpr std::uint64_t StringSize = 1024;
    static constexpr std::uint64_t Shapes = 4096;
    static constexpr std::uint64_t MetricsPerShape = 512;
    static constexpr std::uint64_t AttributesPerMetric = 8;
    static constexpr std::uint64_t Components = 4096;
    static constexpr std::uint64_t Values = 65536;
    static constexpr std::uint64_t IntervalMilliseconds = 60'000;
    static constexpr std::uint64_t ElapsedMilliseconds = std::uint64_t{1} << 42;
};

struct ParsedFrame
{
    std::uint64_t sequence = 0;
    std::chrono::milliseconds elapsed{};
    std::chrono::milliseconds interval{};       // Keyframes only.
    std::shared_ptr<const FrameSchema> schema;  // Keyframes only.
    QByteArrayView values;                      // Inside the payload.
};

// Corrupt or Incompatible when the payload fails a check.
[[nodiscard]] Result<ParsedFrame> parseFrame(QByteArrayView payload);

// Thread safety: none; used by one publisher under its lock.
class FrameEncoder
{
public:
    // Keyframes also come after two minutes: a reader that begins in between knows nothing until then.
    explicit FrameEncoder(int framesPerKeyframe);

    // Components and metrics beyond the limits are left out.
    [[nodiscard]] QByteArray encode(std::vector<ComponentSnapshot> components, std::chrono::milliseconds elapsed,
                                    std::chrono::milliseconds interval);
    // The next frame stands on its own: the last one may not have arrived.
    void requireKeyframe() noexcept { m_framesUntilKeyframe = 0; }

private:
    [[nodiscard]] bool adoptSchema(std::vector<ComponentSnapshot> &components);
    void writeSchema(ByteWriter &writer) const;
    void writeValues(ByteWriter &writer, const std::vector<ComponentSnapshot> &components);

    int m_framesPerKeyframe;
    int m_framesUntilKeyframe = 0;
    std::chrono::milliseconds m_keyframeAt{};
    std::uint64_t m_sequence = 0;
    FrameSchema m_schema;
    std::vector<std::uint64_t> m_scalars;          // Counters, and the bits of gauges.
    std::vector<HistogramSnapshot> m_histograms;   // As many as values; empty for scalars.
};

[[nodiscard]] inline bool isWhole(double value) noexcept
{
    constexpr double Limit = 9007199254740992.0; // 2^53: every whole number below has its own double.
    return std::abs(value) <= Limit && value == std::trunc(value) && !(value == 0 && std::signbit(value));
}

// Walks over the changes that `values` says, calling on `visitor`
//     counter(index, difference)                gauge(index, difference)          gaugeIs(index, value)
//     histogram(index, differenceOfSum)         then bucket(index, bucket, difference) for each bucket that changed
// `differences` are not bounded: add with wrap-around. Returns false when the bytes are not what the format says;
// the visitor has then seen a part.
template<class Visitor>
bool decodeValues(QByteArrayView values, const FrameSchema &schema, Visitor &&visitor)
{
    ByteReader reader(values);
    std::uint64_t next = 0;
    for (;;) {
        const std::uint64_t gap = reader.bounded(FrameLimits::Values);
        if (!reader.isValid() || gap == 0)
            break;
        const std::uint64_t index = next + gap - 1;
        if (index >= schema.types.size())
            return false;
        next = index + 1;
        const auto value = static_cast<std::uint32_t>(index);
        switch (schema.types[index]) {
        case MetricType::Counter:
            visitor.counter(value, reader.signedNumber());
            break;
        case MetricType::Gauge: {
            const std::uint64_t change = reader.number();
            if ((change & 1) == 0)
                visitor.gauge(value, unzigzag(change >> 1));
            else if (change == 1)
                visitor.gaugeIs(value, std::bit_cast<double>(reader.fixed()));
            else
                return false;
            break;
        }
        case MetricType::Histogram: {
            visitor.histogram(value, reader.signedNumber());
            std::uint64_t nextBucket = 0;
            while (const std::uint64_t bucketGap = reader.bounded(HistogramSnapshot::BucketCount)) {
                const std::uint64_t bucket = nextBucket + bucketGap - 1;
                if (bucket >= HistogramSnapshot::BucketCount)
                    return false;
                nextBucket = bucket + 1;
                visitor.bucket(value, static_cast<int>(bucket), reader.signedNumber());
            }
            break;
        }
        }
    }
    return reader.isValid() && reader.atEnd();
}

} // namespace Infra::Detail
