// SPDX-License-Identifier: MIT
#include "framehistory.h"

#include "framewalk.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace Infra::Detail {

using std::chrono::milliseconds;

namespace {

// Applies a frame's changes to the running values and refuses what no publisher can have meant.
struct RunningValues
{
    std::vector<std::uint64_t> values;
    bool valid = true;

    void counter(std::uint32_t index, std::int64_t difference) { values[index] += static_cast<std::uint64_t>(difference); }
    void gauge(std::uint32_t index, std::int64_t difference)
    {
        const auto before = std::bit_cast<double>(values[index]);
        if (!isWhole(before)) {
            valid = false;
            return;
        }
        const double after = before + static_cast<double>(difference);
        if (!isWhole(after))
            valid = false;
        else
            values[index] = std::bit_cast<std::uint64_t>(after);
    }
    void gaugeIs(std::uint32_t index, double value) { values[index] = std::bit_cast<std::uint64_t>(value); }
    void histogram(std::uint32_t, std::int64_t) {}
    void bucket(std::uint32_t index, int, std::int64_t difference)
    {
        constexpr std::int64_t Limit = std::int64_t{1} << 53;
        const auto before = static_cast<std::int64_t>(values[index]);
        if (difference > Limit - before || difference < -before)
            valid = false;
        else
            values[index] = static_cast<std::uint64_t>(before + difference);
    }
};

// For each value of `schema` the same metric of the same component in `earlier`; none where there is no such.
std::vector<std::optional<std::uint32_t>> counterparts(const FrameSchema &schema, const FrameSchema &earlier)
{
    std::map<std::pair<ComponentSnapshot::Kind, QByteArray>, const FrameSchema::Component *> known;
    for (const FrameSchema::Component &component : earlier.components)
        known.emplace(std::pair(component.kind, component.name), &component);
    std::vector<std::optional<std::uint32_t>> result(schema.types.size());
    for (const FrameSchema::Component &component : schema.components) {
        const auto match = known.find({component.kind, component.name});
        if (match == known.end())
            continue;
        const MetricShape &shape = *match->second->shape;
        for (std::size_t index = 0; index < component.shape->size(); ++index) {
            const auto same = std::find(shape.begin(), shape.end(), (*component.shape)[index]);
            if (same != shape.end())
                result[component.firstValue + index] = match->second->firstValue
                    + static_cast<std::uint32_t>(same - shape.begin());
        }
    }
    return result;
}

std::size_t sizeOfSchema(const FrameSchema &schema)
{
    std::size_t size = sizeof(FrameSchema) + schema.types.size() * sizeof(MetricType) + schema.components.size() * sizeof(FrameSchema::Component);
    std::set<const MetricShape *> shapes;
    for (const FrameSchema::Component &component : schema.components) {
        size += static_cast<std::size_t>(component.name.size());
        if (!shapes.insert(component.shape.get()).second)
            continue;
        for (const MetricDescriptor &descriptor : *component.shape) {
            size += sizeof(MetricDescriptor) + static_cast<std::size_t>(descriptor.name.size() + descriptor.unit.size());
            for (const auto &[name, value] : descriptor.attributes)
                size += 2 * sizeof(QByteArray) + static_cast<std::size_t>(name.size() + value.size());
        }
    }
    return size;
}

// The samples of each histogram, of frames that go on from one another.
struct Totals
{
    std::vector<HistogramSnapshot> &samples;
    bool hasFallen = false;

    void counter(std::uint32_t, std::int64_t) {}
    void gauge(std::uint32_t, std::int64_t) {}
    void gaugeIs(std::uint32_t, double) {}
    void histogram(std::uint32_t index, std::int64_t sum) { samples[index].addToSum(static_cast<std::uint64_t>(sum)); }
    void bucket(std::uint32_t index, int bucket, std::int64_t difference)
    {
        if (difference < 0)
            hasFallen = true;
        else
            samples[index].addToBucket(bucket, static_cast<std::uint64_t>(difference));
    }
};

} // namespace

// What a frame of changes adds to the histograms.
struct FrameHistory::Collector
{
    std::vector<AddedSamples> &added;
    bool hasFallen = false;

    void counter(std::uint32_t, std::int64_t) {}
    void gauge(std::uint32_t, std::int64_t) {}
    void gaugeIs(std::uint32_t, double) {}
    void histogram(std::uint32_t index, std::int64_t sum)
    {
        if (sum > 0)
            added.push_back({index, SumBucket, static_cast<std::uint64_t>(sum)});
    }
    void bucket(std::uint32_t index, int bucket, std::int64_t difference)
    {
        if (difference < 0)
            hasFallen = true;
        else
            added.push_back({index, bucket, static_cast<std::uint64_t>(difference)});
    }
};

bool hasAttributes(const MetricDescriptor &descriptor, const Metric::Attributes &wanted)
{
    return std::all_of(wanted.begin(), wanted.end(), [&](const auto &attribute) {
        return std::find(descriptor.attributes.begin(), descriptor.attributes.end(), attribute)
            != descriptor.attributes.end();
    });
}

std::vector<SelectedValue> select(const FrameSchema &schema, const MetricSelector &selector)
{
    std::vector<SelectedValue> selected;
    for (const FrameSchema::Component &component : schema.components) {
        if (component.kind != selector.kind || (!selector.component.isEmpty() && component.name != selector.component))
            continue;
        for (std::size_t index = 0; index < component.shape->size(); ++index) {
            const MetricDescriptor &descriptor = (*component.shape)[index];
            if (descriptor.name == selector.metric && hasAttributes(descriptor, selector.attributes))
                selected.push_back({component.firstValue + static_cast<std::uint32_t>(index), &component, &descriptor});
        }
    }
    return selected;
}

FrameHistory::Outcome FrameHistory::append(const FrameRow &row)
{
    const Result<ParsedFrame> parsed = parseFrame(row.payload);
    if (!parsed) {
        m_awaitsKeyframe = true;
        return Outcome::Unreadable;
    }
    if (parsed->sequence <= m_sequence)
        return Outcome::Repeated;
    const bool keyframe = parsed->schema != nullptr;
    if (!keyframe && (m_awaitsKeyframe || parsed->sequence != m_sequence + 1)) {
        m_awaitsKeyframe = true;
        return Outcome::Gap;
    }
    const FrameSchema &schema = keyframe ? *parsed->schema : *m_schema;
    RunningValues running;
    if (keyframe)
        running.values.assign(schema.types.size(), 0);
    else
        running.values = m_values;
    if (!decodeValues(parsed->values, schema, running) || !running.valid) {
        m_awaitsKeyframe = true;
        return Outcome::Unreadable;
    }
    const bool afterGap = m_sequence != 0 && parsed->sequence != m_sequence + 1;
    std::vector<AddedSamples> added;
    bool addedIsKnown = false;
    if (keyframe) {
        m_interval = parsed->interval;
        addedIsKnown = !afterGap && addedByKeyframe(schema, parsed->values, added);
        if (adoptSchema(parsed->schema))
            m_schemaSince = parsed->elapsed;
        beginChunk();
    } else {
        Collector collector{added};
        addedIsKnown = decodeValues(parsed->values, schema, collector) && !collector.hasFallen;
    }
    m_awaitsKeyframe = false;
    m_sequence = parsed->sequence;
    // Also where the clock was set back: walk() tells which of the frames before it are still told of.
    if (!m_recent.empty() && (parsed->elapsed <= m_recent.back().elapsed || isGap(parsed->elapsed - m_recent.back().elapsed)
                              || row.at < m_recent.back().at))
        m_recent.clear();
    for (std::size_t index = 0; index < running.values.size(); ++index) {
        if (m_knownSince[index] == milliseconds::max()
            || (schema.types[index] != MetricType::Gauge && running.values[index] < m_values[index]))
            m_knownSince[index] = parsed->elapsed;
    }
    remember({row.at, parsed->elapsed, {}, std::move(added), addedIsKnown}, running.values);
    m_values = std::move(running.values);

    Chunk &chunk = m_chunks.back();
    m_bytes -= sizeOf(chunk);
    chunk.frames.push_back({row.at, parsed->elapsed, static_cast<std::uint32_t>(chunk.bytes.size()),
                            static_cast<std::uint32_t>(parsed->values.size())});
    chunk.bytes.append(parsed->values.data(), parsed->values.size());
    m_bytes += sizeOf(chunk);
    ++m_frameCount;
    return afterGap ? Outcome::Gap : Outcome::Taken;
}

// Takes the frame behind the ones it continues; `values` are what it leads to.
void FrameHistory::remember(Recent frame, const std::vector<std::uint64_t> &values)
{
    for (std::uint32_t index = 0; index < values.size(); ++index) {
        if (values[index] != m_values[index])
            frame.changes.push_back({index, values[index] - m_values[index]});
    }
    frame.changes.shrink_to_fit();
    frame.added.shrink_to_fit();
    m_recent.push_back(std::move(frame));
    if (m_recent.size() == 1) {
        m_rateBase = values;
    } else if (m_recent.size() > RateFrames) {
        for (const Change &change : m_recent[m_recent.size() - RateFrames].changes)
            m_rateBase[change.index] += change.difference;
    }
    if (m_recent.size() > RecentFrames)
        m_recent.pop_front();
}

void FrameHistory::AddedSamples::addTo(HistogramSnapshot &samples) const
{
    if (bucket == SumBucket)
        samples.addToSum(count);
    else
        samples.addToBucket(bucket, count);
}

std::uint64_t FrameHistory::changeOf(const Recent &frame, std::uint32_t index)
{
    const auto found = std::lower_bound(frame.changes.begin(), frame.changes.end(), index,
                                        [](const Change &change, std::uint32_t wanted) { return change.index < wanted; });
    return found != frame.changes.end() && found->index == index ? found->difference : 0;
}

std::span<const FrameHistory::AddedSamples> FrameHistory::addedTo(const Recent &frame, std::uint32_t index)
{
    const auto range = std::ranges::equal_range(frame.added, index, {}, &AddedSamples::index);
    return {range.begin(), range.end()};
}

// Carries the running values of metrics that both schemas have over to the new one.
bool FrameHistory::adoptSchema(std::shared_ptr<const FrameSchema> schema)
{
    if (m_schema != nullptr && *m_schema == *schema)
        return false;
    const std::size_t size = schema->types.size();
    std::vector<std::uint64_t> carried(size, 0);
    std::vector<std::uint64_t> rateBase(size, 0);
    std::vector<milliseconds> knownSince(size, milliseconds::max());
    const auto before = m_schema != nullptr ? counterparts(*schema, *m_schema)
                                            : std::vector<std::optional<std::uint32_t>>(size);
    for (std::size_t index = 0; index < size; ++index) {
        if (before[index]) {
            carried[index] = m_values[*before[index]];
            knownSince[index] = m_knownSince[*before[index]];
            if (!m_recent.empty())
                rateBase[index] = m_rateBase[*before[index]];
        }
    }
    for (Recent &recent : m_recent) {
        std::vector<Change> changes;
        std::vector<AddedSamples> added;
        for (std::uint32_t index = 0; index < size; ++index) {
            if (!before[index])
                continue;
            if (const std::uint64_t difference = changeOf(recent, *before[index]); difference != 0)
                changes.push_back({index, difference});
            for (AddedSamples samples : addedTo(recent, *before[index])) {
                samples.index = index;
                added.push_back(samples);
            }
        }
        recent.changes = std::move(changes);
        recent.added = std::move(added);
    }
    m_rateBase = std::move(rateBase);
    m_values = std::move(carried);
    m_knownSince = std::move(knownSince);
    m_schema = std::move(schema);
    m_recentSamplesOf = 0;
    return true;
}

bool FrameHistory::addedByKeyframe(const FrameSchema &schema, QByteArrayView keyframe, std::vector<AddedSamples> &added) const
{
    if (m_chunks.empty() || m_schema == nullptr)
        return false;
    std::vector<HistogramSnapshot> before(m_schema->types.size());
    std::vector<HistogramSnapshot> after(schema.types.size());
    const Chunk &chunk = m_chunks.back();
    Totals totals{before};
    for (const Frame &frame : chunk.frames) {
        if (!decodeValues(values(chunk, frame), *m_schema, totals) || totals.hasFallen)
            return false;
    }
    Totals ofKeyframe{after};
    if (!decodeValues(keyframe, schema, ofKeyframe))
        return false;
    // A pool whose borrowers change has other metrics each second; its histograms go on.
    const auto earlier = counterparts(schema, *m_schema);
    for (std::size_t index = 0; index < after.size(); ++index) {
        if (!earlier[index])
            continue;
        const HistogramSnapshot &counted = before[*earlier[index]];
        if (after[index].count() < counted.count())
            return false;
        const HistogramSnapshot difference = after[index].since(counted);
        const auto value = static_cast<std::uint32_t>(index);
        if (difference.isEmpty())
            continue;
        added.push_back({value, SumBucket, static_cast<std::uint64_t>(difference.sum().count())});
        for (int bucket = 0; bucket < HistogramSnapshot::BucketCount; ++bucket) {
            if (const std::uint64_t count = difference.bucket(bucket); count > 0)
                added.push_back({value, bucket, count});
        }
    }
    return true;
}

void FrameHistory::beginChunk()
{
    if (!m_chunks.empty()) {
        Chunk &complete = m_chunks.back();
        m_bytes -= sizeOf(complete);
        complete.bytes.squeeze();
        complete.frames.shrink_to_fit();
        m_bytes += sizeOf(complete);
    }
    // The last chunk of a schema answers for it: chunks are dropped from the front.
    std::size_t ofSchema = 0;
    if (!m_chunks.empty() && m_chunks.back().schema == m_schema) {
        ofSchema = std::exchange(m_chunks.back().sizeOfSchema, 0);
        m_bytes -= ofSchema;
    } else {
        ofSchema = sizeOfSchema(*m_schema);
    }
    m_chunks.push_back({m_schema, ofSchema, {}, {}});
    m_bytes += sizeOf(m_chunks.back());
}

std::size_t FrameHistory::sizeOf(const Chunk &chunk) const
{
    return sizeof(Chunk) + chunk.sizeOfSchema + chunk.frames.capacity() * sizeof(Frame) + static_cast<std::size_t>(chunk.bytes.capacity());
}

QByteArrayView FrameHistory::values(const Chunk &chunk, const Frame &frame) const
{
    return QByteArrayView(chunk.bytes).sliced(frame.offset, frame.size);
}

SystemTime FrameHistory::oldestAt() const
{
    return m_chunks.empty() ? SystemTime::max() : m_chunks.front().frames.front().at;
}

SystemTime FrameHistory::newestAt() const
{
    return m_chunks.empty() ? SystemTime{} : m_chunks.back().frames.back().at;
}

void FrameHistory::dropBefore(SystemTime limit)
{
    while (m_chunks.size() > 1 && m_chunks.front().frames.back().at < limit)
        (void)dropOldest();
}

std::size_t FrameHistory::dropOldest()
{
    if (m_chunks.size() < 2)
        return 0;
    const std::size_t frames = m_chunks.front().frames.size();
    m_bytes -= sizeOf(m_chunks.front());
    m_frameCount -= frames;
    m_chunks.pop_front();
    return frames;
}

std::optional<double> FrameHistory::recentRate(std::uint32_t index) const
{
    if (m_recent.empty())
        return std::nullopt;
    const Recent &last = m_recent.back();
    auto first = m_recent.end() - static_cast<std::ptrdiff_t>(std::min(m_recent.size(), RateFrames));
    std::uint64_t base = m_rateBase[index];
    while (first->elapsed < m_knownSince[index]) {
        if (++first == m_recent.end())
            return std::nullopt;
        base += changeOf(*first, index);
    }
    if (first->elapsed >= last.elapsed)
        return std::nullopt;
    return static_cast<double>(m_values[index] - base) * 1000.0 / static_cast<double>((last.elapsed - first->elapsed).count());
}

const HistogramSnapshot &FrameHistory::recentSamples(std::uint32_t index) const
{
    if (m_recentSamplesOf != m_sequence) {
        m_recentSamplesOf = m_sequence;
        m_recentSamples.assign(m_schema->types.size(), {});
        const auto frames = std::min(m_recent.size(), RecentSampleFrames);
        for (auto frame = m_recent.end() - static_cast<std::ptrdiff_t>(frames); frame != m_recent.end(); ++frame) {
            if (!frame->addedIsKnown)
                continue;
            for (const AddedSamples &added : frame->added)
                added.addTo(m_recentSamples[added.index]);
        }
    }
    return m_recentSamples[index];
}

bool FrameHistory::walkRecent(const MetricSelector &selector, SystemTime from,
                              const std::function<void(const FrameReading &)> &reading) const
{
    const auto begin = std::find_if(m_recent.begin(), m_recent.end(), [from](const Recent &frame) { return frame.at >= from; });
    // A frame needs the one before it to compare with, and one that means the same.
    if (begin == m_recent.begin() || (begin - 1)->elapsed < m_schemaSince)
        return false;
    const std::vector<SelectedValue> selected = select(*m_schema, selector);
    const bool hasHistograms = std::any_of(selected.begin(), selected.end(), [](const SelectedValue &value) {
        return value.descriptor->type == MetricType::Histogram;
    });
    if (hasHistograms && !std::all_of(begin, m_recent.end(), [](const Recent &frame) { return frame.addedIsKnown; }))
        return false;
    // Of each selected value, at the frame before the one that is read.
    std::vector<std::uint64_t> running;
    for (const SelectedValue &value : selected) {
        std::uint64_t atBegin = m_values[value.index];
        for (auto frame = begin; frame != m_recent.end(); ++frame)
            atBegin -= changeOf(*frame, value.index);
        running.push_back(atBegin);
    }
    for (auto frame = begin; frame != m_recent.end(); ++frame) {
        const Recent &before = *(frame - 1);
        FrameReading next;
        next.at = frame->at;
        next.previousAt = before.at;
        next.elapsed = frame->elapsed - before.elapsed;
        next.continues = true; // A frame that does not continue empties m_recent.
        for (std::size_t number = 0; number < selected.size(); ++number) {
            const SelectedValue &value = selected[number];
            const std::uint64_t earlier = running[number];
            const std::uint64_t now = running[number] += changeOf(*frame, value.index);
            switch (value.descriptor->type) {
            case MetricType::Gauge:
                if (const auto gauge = std::bit_cast<double>(now); !std::isnan(gauge))
                    next.value = next.value.value_or(0) + gauge;
                break;
            case MetricType::Counter:
                if (now >= earlier)
                    next.increase = next.increase.value_or(0) + (now - earlier);
                break;
            case MetricType::Histogram: {
                const std::uint64_t samplesBefore = next.samples.count();
                for (const AddedSamples &added : addedTo(*frame, value.index))
                    added.addTo(next.samples);
                next.increase = next.increase.value_or(0) + (next.samples.count() - samplesBefore);
                break;
            }
            }
        }
        reading(next);
    }
    return true;
}

// Of each frame from chunk `begin` on: whether its time came again, or is still to come, since the clock was set back. Such a
// second is the later frame's; told of twice it would count twice.
std::vector<bool> FrameHistory::overtaken(std::size_t begin) const
{
    struct Span
    {
        SystemTime first;
        SystemTime last;
    };
    std::vector<bool> result;
    std::vector<Span> later; // Between two steps of the clock each, the newest first; the last is under way.
    const SystemTime newest = newestAt();
    milliseconds elapsed{};
    for (std::size_t number = m_chunks.size(); number-- > begin;) {
        const std::vector<Frame> &frames = m_chunks[number].frames;
        for (auto frame = frames.rbegin(); frame != frames.rend(); ++frame) {
            const bool isStepped = later.empty() || frame->at > later.back().first
                || isGap(later.back().first - frame->at - (elapsed - frame->elapsed));
            if (isStepped)
                later.push_back({frame->at, frame->at});
            result.push_back(frame->at > newest || std::any_of(later.begin(), later.end() - 1, [&](const Span &span) {
                return frame->at >= span.first && frame->at <= span.last;
            }));
            later.back().first = frame->at;
            elapsed = frame->elapsed;
        }
    }
    std::reverse(result.begin(), result.end());
    return result;
}

void FrameHistory::walk(const MetricSelector &selector, SystemTime from,
                        const std::function<void(const FrameReading &)> &reading) const
{
    if (walkRecent(selector, from, reading))
        return;
    // From the front: a clock that was wrong for a moment would end a search from the back too early.
    const auto first = std::find_if(m_chunks.begin(), m_chunks.end(), [from](const Chunk &chunk) { return chunk.frames.back().at >= from; });
    auto begin = static_cast<std::size_t>(first - m_chunks.begin());
    // A frame needs the one before it to compare with.
    if (begin > 0 && first != m_chunks.end() && first->frames.front().at >= from)
        --begin;
    const std::vector<bool> isOvertaken = overtaken(begin);
    std::size_t frameNumber = 0;
    FrameWalk walk;
    std::optional<Frame> previous;
    for (std::size_t number = begin; number < m_chunks.size(); ++number) {
        const Chunk &chunk = m_chunks[number];
        walk.useSchema(*chunk.schema, selector);
        for (std::size_t index = 0; index < chunk.frames.size(); ++index) {
            const Frame &frame = chunk.frames[index];
            FrameReading next;
            next.at = frame.at;
            next.previousAt = previous ? previous->at : frame.at;
            next.elapsed = previous ? frame.elapsed - previous->elapsed : milliseconds{};
            next.continues = next.elapsed.count() > 0;
            next.endsGap = isGap(next.elapsed);
            walk.apply(values(chunk, frame), *chunk.schema, index == 0, next);
            previous = frame;
            if (frame.at >= from && !isOvertaken[frameNumber])
                reading(next);
            ++frameNumber;
        }
    }
}

} // namespace Infra::Detail
