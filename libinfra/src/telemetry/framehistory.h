// SPDX-License-Identifier: MIT
#pragma once

#include "framecodec.h"
#include "telemetrychannel.h"

#include <infra/telemetryreader.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace Infra::Detail {

// One selected metric of one frame schema.
struct SelectedValue
{
    std::uint32_t index = 0;
    const FrameSchema::Component *component = nullptr;
    const MetricDescriptor *descriptor = nullptr;
};

[[nodiscard]] bool hasAttributes(const MetricDescriptor &descriptor, const Metric::Attributes &wanted);
[[nodiscard]] std::vector<SelectedValue> select(const FrameSchema &schema, const MetricSelector &selector);

// What one frame says of all selected metrics together.
struct FrameReading
{
    SystemTime at{};
    SystemTime previousAt{};                // Of the frame before; `at` when there is none.
    std::chrono::milliseconds elapsed{};    // Since the frame before, on the publisher's steady clock.
    bool continues = false;                 // There is a frame before to compare with.
    bool endsGap = false;                   // The frame before is more than three intervals away.
    std::optional<std::uint64_t> increase;  // Of counters, and of histograms' samples; none when nothing is comparable.
    std::optional<double> value;            // Of gauges.
    HistogramSnapshot samples;              // New in this frame.
};

// Thread safety: none; under the reader's lock.
//
// The frames of one instance: kept in chunks, each a keyframe and the changes behind it, as compact as they came;
// and the running values of the newest one.
class FrameHistory
{
public:
    // A longer time between two frames is a gap.
    static constexpr int GapIntervals = 3;

    enum class Outcome { Taken, Repeated, Gap, Unreadable };

    // Checks the payload and takes it in. Gap: it does not continue what is known; what follows is left out
    // until the next keyframe.
    Outcome append(const FrameRow &row);

    [[nodiscard]] bool isEmpty() const { return m_chunks.empty(); }
    [[nodiscard]] std::size_t bytes() const { return m_bytes; }
    [[nodiscard]] std::size_t frameCount() const { return m_frameCount; }
    [[nodiscard]] SystemTime oldestAt() const;
    [[nodiscard]] SystemTime newestAt() const;
    [[nodiscard]] std::chrono::milliseconds interval() const { return m_interval; }
    // Null before the first keyframe.
    [[nodiscard]] const std::shared_ptr<const FrameSchema> &schema() const { return m_schema; }

    // Whether there is a chunk besides the newest.
    [[nodiscard]] bool canDrop() const { return m_chunks.size() > 1; }
    // Drops chunks that end before `limit`, but never the newest.
    void dropBefore(SystemTime limit);
    // Drops the oldest chunk unless it is the newest; returns how many frames that were.
    std::size_t dropOldest();

    // The newest value: a counter, the bits of a gauge, or how many samples a histogram has.
    [[nodiscard]] std::uint64_t current(std::uint32_t index) const { return m_values[index]; }
    // Growth per second of a counter or of a histogram's samples over the last frames.
    [[nodiscard]] std::optional<double> recentRate(std::uint32_t index) const;
    // New samples of a histogram in the last ten frames, less those of which it cannot be told what they added.
    [[nodiscard]] const HistogramSnapshot &recentSamples(std::uint32_t index) const;

    // Calls `reading` for each frame from `from` on, oldest first. Of times that came twice, as the clock was set back, only
    // for the later.
    void walk(const MetricSelector &selector, SystemTime from, const std::function<void(const FrameReading &)> &reading) const;

private:
    struct Frame
    {
        SystemTime at{};
        std::chrono::milliseconds elapsed{};
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
    };
    struct Chunk
    {
        std::shared_ptr<const FrameSchema> schema;
        std::size_t sizeOfSchema = 0;     // In bytes; 0 when a later chunk has the same.
        std::vector<Frame> frames;
        QByteArray bytes;
    };
    // Samples of one histogram that a frame brought: into a bucket, or, with SumBucket, nanoseconds to their sum.
    struct AddedSamples
    {
        std::uint32_t index = 0;
        std::int32_t bucket = 0;
        std::uint64_t count = 0;

        void addTo(HistogramSnapshot &samples) const;
    };
    static constexpr std::int32_t SumBucket = -1;
    // What a frame adds to a value's bits; it may wrap around, as taking it back does.
    struct Change
    {
        std::uint32_t index = 0;
        std::uint64_t difference = 0;
    };
    // Few of the values change within an interval, and there are many instances.
    struct Recent
    {
        SystemTime at{};
        std::chrono::milliseconds elapsed{};
        std::vector<Change> changes;      // By index.
        std::vector<AddedSamples> added;  // By index.
        bool addedIsKnown = false;        // Else only walking from a keyframe tells.
    };
    struct Collector;

    void remember(Recent frame, const std::vector<std::uint64_t> &values);
    [[nodiscard]] static std::uint64_t changeOf(const Recent &frame, std::uint32_t index);
    // In `frame`, in any order of buckets.
    [[nodiscard]] static std::span<const AddedSamples> addedTo(const Recent &frame, std::uint32_t index);
    [[nodiscard]] std::vector<bool> overtaken(std::size_t begin) const;
    void beginChunk();
    // Whether it is another one.
    bool adoptSchema(std::shared_ptr<const FrameSchema> schema);
    // What `keyframe` adds to the frame before it; false when that cannot be told.
    [[nodiscard]] bool addedByKeyframe(const FrameSchema &schema, QByteArrayView keyframe, std::vector<AddedSamples> &added) const;
    // walk() for the last frames, which needs no decoding; false when `from` lies before them.
    [[nodiscard]] bool walkRecent(const MetricSelector &selector, SystemTime from,
                                  const std::function<void(const FrameReading &)> &reading) const;
    [[nodiscard]] QByteArrayView values(const Chunk &chunk, const Frame &frame) const;
    [[nodiscard]] std::size_t sizeOf(const Chunk &chunk) const;
    [[nodiscard]] bool isGap(std::chrono::milliseconds elapsed) const { return elapsed > GapIntervals * m_interval; }

    // As many as a reader that follows its series looks back, and the rate of the last ones.
    static constexpr std::size_t RecentFrames = 20;
    static constexpr std::size_t RateFrames = 6;
    static constexpr std::size_t RecentSampleFrames = 10;

    std::deque<Chunk> m_chunks;
    std::size_t m_bytes = 0;
    std::size_t m_frameCount = 0;
    std::uint64_t m_sequence = 0;
    bool m_awaitsKeyframe = true;
    std::chrono::milliseconds m_interval{1000};
    std::shared_ptr<const FrameSchema> m_schema;
    std::vector<std::uint64_t> m_values;
    std::chrono::milliseconds m_schemaSince{};           // Of the first frame under this schema.
    std::vector<std::chrono::milliseconds> m_knownSince; // Since when a value counts up without a break.
    std::deque<Recent> m_recent;                          // Newest last, which leads to the current values.
    std::vector<std::uint64_t> m_rateBase;                // The values at the first of the last RateFrames of them.
    mutable std::uint64_t m_recentSamplesOf = 0;          // The sequence that m_recentSamples is of.
    mutable std::vector<HistogramSnapshot> m_recentSamples;
};

} // namespace Infra::Detail
