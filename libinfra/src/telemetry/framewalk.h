// SPDX-License-Identifier: MIT
#pragma once

#include "framehistory.h"

#include <vector>

namespace Infra::Detail {

// Thread safety: none.
//
// Follows some metrics of one instance from frame to frame, through changes of the schema, and says what each
// frame adds. A counter that fell, and a metric that is new, add nothing in that frame.
class FrameWalk
{
public:
    // Before each chunk.
    void useSchema(const FrameSchema &schema, const MetricSelector &selector);
    // Fills in what the frame says.
    void apply(QByteArrayView values, const FrameSchema &schema, bool keyframe, FrameReading &reading);

private:
    struct Slot
    {
        const FrameSchema::Component *component = nullptr;
        const MetricDescriptor *descriptor = nullptr;
        bool isKnown = false;       // It had a value in the frame before.
        bool hasFallen = false;
        std::uint64_t value = 0;    // Counter, or bits of a gauge.
        std::uint64_t before = 0;
        HistogramSnapshot samples;  // All of them.
        HistogramSnapshot added;    // In this frame.
    };
    struct Visitor;

    void applyKeyframe(QByteArrayView values, const FrameSchema &schema);
    void sumUp(FrameReading &reading);

    const FrameSchema *m_schema = nullptr;
    std::vector<Slot> m_slots;
    std::vector<std::int32_t> m_slotOf; // By value; -1: not selected.
};

} // namespace Infra::Detail
