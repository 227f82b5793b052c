// SPDX-License-Identifier: MIT
#include "framewalk.h"

#include <algorithm>

namespace Infra::Detail {

namespace {

// `histogram` with `difference` (negative) added to one bucket.
HistogramSnapshot reduced(const HistogramSnapshot &histogram, int bucket, std::int64_t difference)
{
    HistogramSnapshot result;
    const auto loss = static_cast<std::uint64_t>(-(difference + 1)) + 1;
    for (int index = HistogramSnapshot::BucketCount - 1; index >= 0; --index) {
        const std::uint64_t count = histogram.bucket(index);
        result.addToBucket(index, index == bucket ? count - std::min(count, loss) : count);
    }
    result.addToSum(static_cast<std::uint64_t>(histogram.sum().count()));
    return result;
}

} // namespace

struct FrameWalk::Visitor
{
    FrameWalk &walk;

    [[nodiscard]] Slot *slot(std::uint32_t index) const
    {
        const std::int32_t number = walk.m_slotOf[index];
        return number < 0 ? nullptr : &walk.m_slots[static_cast<std::size_t>(number)];
    }
    void counter(std::uint32_t index, std::int64_t difference) const
    {
        if (Slot *slot = this->slot(index))
            slot->value += static_cast<std::uint64_t>(difference);
    }
    void gauge(std::uint32_t index, std::int64_t difference) const
    {
        if (Slot *slot = this->slot(index))
            slot->value = std::bit_cast<std::uint64_t>(std::bit_cast<double>(slot->value) + static_cast<double>(difference));
    }
    void gaugeIs(std::uint32_t index, double value) const
    {
        if (Slot *slot = this->slot(index))
            slot->value = std::bit_cast<std::uint64_t>(value);
    }
    void histogram(std::uint32_t index, std::int64_t sum) const
    {
        if (Slot *slot = this->slot(index)) {
            slot->samples.addToSum(static_cast<std::uint64_t>(sum));
            if (sum > 0)
                slot->added.addToSum(static_cast<std::uint64_t>(sum));
        }
    }
    void bucket(std::uint32_t index, int bucket, std::int64_t difference) const
    {
        Slot *slot = this->slot(index);
        if (slot == nullptr)
            return;
        if (difference >= 0) {
            slot->samples.addToBucket(bucket, static_cast<std::uint64_t>(difference));
            slot->added.addToBucket(bucket, static_cast<std::uint64_t>(difference));
        } else {
            slot->samples = reduced(slot->samples, bucket, difference);
            slot->hasFallen = true;
        }
    }
};

void FrameWalk::useSchema(const FrameSchema &schema, const MetricSelector &selector)
{
    if (m_schema == &schema)
        return;
    const std::vector<SelectedValue> selected = select(schema, selector);
    std::vector<Slot> newSlots(selected.size());
    m_slotOf.assign(schema.types.size(), -1);
    for (std::size_t number = 0; number < selected.size(); ++number) {
        m_slotOf[selected[number].index] = static_cast<std::int32_t>(number);
        const auto known = std::find_if(m_slots.begin(), m_slots.end(), [&](const Slot &slot) {
            return slot.component->name == selected[number].component->name && *slot.descriptor == *selected[number].descriptor;
        });
        if (known != m_slots.end())
            newSlots[number] = std::move(*known);
        newSlots[number].component = selected[number].component;
        newSlots[number].descriptor = selected[number].descriptor;
    }
    m_slots = std::move(newSlots);
    m_schema = &schema;
}

void FrameWalk::apply(QByteArrayView values, const FrameSchema &schema, bool keyframe, FrameReading &reading)
{
    if (m_slots.empty())
        return; // Nothing of the frame is asked for.
    for (Slot &slot : m_slots) {
        slot.before = slot.value;
        slot.hasFallen = false;
        slot.added = {};
    }
    if (keyframe)
        applyKeyframe(values, schema);
    else
        (void)decodeValues(values, schema, Visitor{*this});
    sumUp(reading);
    for (Slot &slot : m_slots)
        slot.isKnown = true;
}

// A keyframe says the totals, so what it adds is their difference to the frame before.
void FrameWalk::applyKeyframe(QByteArrayView values, const FrameSchema &schema)
{
    std::vector<HistogramSnapshot> before;
    before.reserve(m_slots.size());
    for (Slot &slot : m_slots) {
        before.push_back(std::move(slot.samples));
        slot.samples = {};
        slot.value = 0;
    }
    (void)decodeValues(values, schema, Visitor{*this});
    for (std::size_t number = 0; number < m_slots.size(); ++number) {
        Slot &slot = m_slots[number];
        slot.added = slot.samples.since(before[number]);
        slot.hasFallen = slot.samples.count() < before[number].count();
    }
}

void FrameWalk::sumUp(FrameReading &reading)
{
    for (const Slot &slot : m_slots) {
        if (slot.descriptor->type == MetricType::Gauge) {
            const auto value = std::bit_cast<double>(slot.value);
            if (!std::isnan(value))
                reading.value = reading.value.value_or(0) + value;
            continue;
        }
        if (!slot.isKnown || !reading.continues)
            continue;
        if (slot.descriptor->type == MetricType::Counter) {
            if (slot.value >= slot.before)
                reading.increase = reading.increase.value_or(0) + (slot.value - slot.before);
        } else if (!slot.hasFallen) {
            reading.increase = reading.increase.value_or(0) + slot.added.count();
            reading.samples.merge(slot.added);
        }
    }
}

} // namespace Infra::Detail
