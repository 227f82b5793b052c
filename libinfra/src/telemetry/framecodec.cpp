// SPDX-License-Identifier: MIT
#include "framecodec.h"

#include <QHash>

#include <algorithm>

namespace Infra::Detail {

namespace {

constexpr std::uint8_t FrameMagic = 'I';
constexpr std::uint8_t FrameVersion = 1;
enum FrameKind : std::uint8_t { Keyframe = 0, Delta = 1 };
constexpr std::chrono::minutes LongestWithoutKeyframe{2};
constexpr auto LastKind = static_cast<std::uint8_t>(ComponentSnapshot::Kind::Process);

MetricType typeOf(const Metric::Value &value)
{
    switch (value.index()) {
    case 0: return MetricType::Counter;
    case 1: return MetricType::Gauge;
    default: return MetricType::Histogram;
    }
}

bool describes(const MetricDescriptor &descriptor, const Metric &metric)
{
    return descriptor.type == typeOf(metric.value) && descriptor.name == metric.name && descriptor.unit == metric.unit
        && descriptor.attributes == metric.attributes;
}

bool describes(const FrameSchema::Component &component, const ComponentSnapshot &snapshot)
{
    return component.kind == snapshot.kind && component.name == snapshot.name
        && std::equal(component.shape->begin(), component.shape->end(), snapshot.metrics.begin(), snapshot.metrics.end(),
                      [](const MetricDescriptor &descriptor, const Metric &metric) { return describes(descriptor, metric); });
}

void truncate(QByteArray &text)
{
    if (text.size() > static_cast<qsizetype>(FrameLimits::StringSize))
        text.truncate(static_cast<qsizetype>(FrameLimits::StringSize));
}

// Leaves out what a reader would refuse.
void applyLimits(std::vector<ComponentSnapshot> &components)
{
    if (components.size() > FrameLimits::Components)
        components.resize(FrameLimits::Components);
    std::size_t values = 0;
    for (ComponentSnapshot &component : components) {
        truncate(component.name);
        const std::size_t room = std::min<std::size_t>(FrameLimits::MetricsPerShape, FrameLimits::Values - values);
        if (component.metrics.size() > room)
            component.metrics.resize(room);
        values += component.metrics.size();
        for (Metric &metric : component.metrics) {
            truncate(metric.name);
            truncate(metric.unit);
            if (metric.attributes.size() > FrameLimits::AttributesPerMetric)
                metric.attributes.resize(FrameLimits::AttributesPerMetric);
            for (auto &[key, value] : metric.attributes) {
                truncate(key);
                truncate(value);
            }
        }
    }
}

// The distinct strings of a schema, numbered in order of first use.
class StringTable
{
public:
    std::uint64_t indexOf(const QByteArray &text)
    {
        const auto found = m_indexes.constFind(text);
        if (found != m_indexes.cend())
            return *found;
        const auto index = static_cast<std::uint64_t>(m_strings.size());
        m_indexes.insert(text, index);
        m_strings.push_back(text);
        return index;
    }
    [[nodiscard]] const std::vector<QByteArray> &strings() const { return m_strings; }

private:
    QHash<QByteArray, std::uint64_t> m_indexes;
    std::vector<QByteArray> m_strings;
};

Result<ParsedFrame> corrupt(const char *what)
{
    return failure(Error::Kind::Corrupt, QStringLiteral("telemetry frame: %1").arg(QLatin1StringView(what)));
}

std::shared_ptr<const FrameSchema> readSchema(ByteReader &reader)
{
    const std::uint64_t stringCount = reader.bounded(FrameLimits::Strings);
    std::vector<QByteArray> strings;
    for (std::uint64_t index = 0; index < stringCount && reader.isValid(); ++index)
        strings.push_back(reader.text(FrameLimits::StringSize).toByteArray());
    const auto text = [&]() -> QByteArray {
        const std::uint64_t index = reader.number();
        if (index < strings.size())
            return strings[index];
        reader.invalidate();
        return {};
    };
    const std::uint64_t shapeCount = reader.bounded(FrameLimits::Shapes);
    std::vector<std::shared_ptr<const MetricShape>> shapes;
    for (std::uint64_t each = 0; each < shapeCount && reader.isValid(); ++each) {
        auto shape = std::make_shared<MetricShape>();
        const std::uint64_t metricCount = reader.bounded(FrameLimits::MetricsPerShape);
        for (std::uint64_t metric = 0; metric < metricCount && reader.isValid(); ++metric) {
            MetricDescriptor descriptor;
            descriptor.type = static_cast<MetricType>(reader.bounded(static_cast<std::uint64_t>(MetricType::Histogram)));
            descriptor.name = text();
            descriptor.unit = text();
            const std::uint64_t attributeCount = reader.bounded(FrameLimits::AttributesPerMetric);
            for (std::uint64_t attribute = 0; attribute < attributeCount && reader.isValid(); ++attribute) {
                QByteArray key = text();
                descriptor.attributes.emplace_back(std::move(key), text());
            }
            shape->push_back(std::move(descriptor));
        }
        shapes.push_back(std::move(shape));
    }
    auto schema = std::make_shared<FrameSchema>();
    const std::uint64_t componentCount = reader.bounded(FrameLimits::Components);
    for (std::uint64_t each = 0; each < componentCount && reader.isValid(); ++each) {
        FrameSchema::Component component;
        component.kind = static_cast<ComponentSnapshot::Kind>(reader.bounded(LastKind));
        component.name = text();
        const std::uint64_t shape = reader.number();
        if (shape >= shapes.size()) {
            reader.invalidate();
            break;
        }
        component.shape = shapes[shape];
        component.firstValue = static_cast<std::uint32_t>(schema->types.size());
        if (schema->types.size() + component.shape->size() > FrameLimits::Values) {
            reader.invalidate();
            break;
        }
        for (const MetricDescriptor &descriptor : *component.shape)
            schema->types.push_back(descriptor.type);
        schema->components.push_back(std::move(component));
    }
    return reader.isValid() ? schema : nullptr;
}

} // namespace

bool operator==(const FrameSchema &left, const FrameSchema &right)
{
    return std::equal(left.components.begin(), left.components.end(), right.components.begin(), right.components.end(),
                      [](const FrameSchema::Component &a, const FrameSchema::Component &b) {
                          return a.kind == b.kind && a.name == b.name
                              && (a.shape == b.shape || *a.shape == *b.shape);
                      });
}

Result<ParsedFrame> parseFrame(QByteArrayView payload)
{
    if (payload.size() > FrameLimits::Payload)
        return corrupt("larger than 1 MiB");
    const auto content = unsealed(payload);
    if (!content)
        return corrupt("wrong checksum");
    ByteReader reader(*content);
    if (reader.byte() != FrameMagic)
        return corrupt("not a frame");
    if (reader.byte() != FrameVersion)
        return failure(Error::Kind::Incompatible, QStringLiteral("telemetry frame of another version"));
    const std::uint8_t kind = reader.byte();
    if (kind > Delta)
        return corrupt("unknown kind");
    ParsedFrame frame;
    frame.sequence = reader.number();
    frame.elapsed = std::chrono::milliseconds(reader.bounded(FrameLimits::ElapsedMilliseconds));
    if (kind == Keyframe) {
        frame.interval = std::chrono::milliseconds(reader.bounded(FrameLimits::IntervalMilliseconds));
        frame.schema = readSchema(reader);
    }
    if (!reader.isValid() || (kind == Keyframe && frame.interval.count() == 0))
        return corrupt("malformed header");
    frame.values = QByteArrayView(reader.position(), content->data() + content->size() - reader.position());
    return frame;
}

FrameEncoder::FrameEncoder(int framesPerKeyframe) : m_framesPerKeyframe(framesPerKeyframe) {}

QByteArray FrameEncoder::encode(std::vector<ComponentSnapshot> components, std::chrono::milliseconds elapsed,
                                std::chrono::milliseconds interval)
{
    const bool changed = adoptSchema(components);
    const bool keyframe = changed || m_framesUntilKeyframe <= 0 || elapsed - m_keyframeAt >= LongestWithoutKeyframe;
    if (keyframe) {
        m_keyframeAt = elapsed;
        m_framesUntilKeyframe = m_framesPerKeyframe;
        m_scalars.assign(m_schema.types.size(), 0);
        m_histograms.assign(m_schema.types.size(), {});
    }
    --m_framesUntilKeyframe;
    QByteArray payload;
    payload.reserve(keyframe ? 8192 : 1024);
    ByteWriter writer(payload);
    writer.byte(FrameMagic);
    writer.byte(FrameVersion);
    writer.byte(keyframe ? Keyframe : Delta);
    writer.number(++m_sequence);
    writer.number(static_cast<std::uint64_t>(std::max<std::int64_t>(0, elapsed.count())));
    if (keyframe) {
        writer.number(static_cast<std::uint64_t>(interval.count()));
        writeSchema(writer);
    }
    writeValues(writer, components);
    return sealed(std::move(payload));
}

// Returns whether the schema is another than the last frame's.
bool FrameEncoder::adoptSchema(std::vector<ComponentSnapshot> &components)
{
    if (m_sequence > 0
        && std::equal(m_schema.components.begin(), m_schema.components.end(), components.begin(), components.end(),
                      [](const FrameSchema::Component &component, const ComponentSnapshot &snapshot) {
                          return describes(component, snapshot);
                      }))
        return false;
    applyLimits(components);
    FrameSchema schema;
    std::vector<std::shared_ptr<const MetricShape>> shapes;
    for (const ComponentSnapshot &snapshot : components) {
        MetricShape shape;
        for (const Metric &metric : snapshot.metrics)
            shape.push_back({typeOf(metric.value), metric.name, metric.unit, metric.attributes});
        const auto known = std::find_if(shapes.begin(), shapes.end(), [&](const auto &each) { return *each == shape; });
        const auto shared = known != shapes.end() ? *known : std::make_shared<const MetricShape>(std::move(shape));
        if (known == shapes.end())
            shapes.push_back(shared);
        schema.components.push_back(
            {snapshot.kind, snapshot.name, shared, static_cast<std::uint32_t>(schema.types.size())});
        for (const MetricDescriptor &descriptor : *shared)
            schema.types.push_back(descriptor.type);
    }
    const bool changed = m_sequence == 0 || !(schema == m_schema);
    if (changed)
        m_schema = std::move(schema);
    return changed;
}

void FrameEncoder::writeSchema(ByteWriter &writer) const
{
    StringTable table;
    QByteArray body;
    ByteWriter bodyWriter(body);
    std::vector<const MetricShape *> shapes;
    for (const FrameSchema::Component &component : m_schema.components) {
        if (std::find(shapes.begin(), shapes.end(), component.shape.get()) == shapes.end())
            shapes.push_back(component.shape.get());
    }
    bodyWriter.number(shapes.size());
    for (const MetricShape *shape : shapes) {
        bodyWriter.number(shape->size());
        for (const MetricDescriptor &descriptor : *shape) {
            bodyWriter.number(static_cast<std::uint64_t>(descriptor.type));
            bodyWriter.number(table.indexOf(descriptor.name));
            bodyWriter.number(table.indexOf(descriptor.unit));
            bodyWriter.number(descriptor.attributes.size());
            for (const auto &[key, value] : descriptor.attributes) {
                bodyWriter.number(table.indexOf(key));
                bodyWriter.number(table.indexOf(value));
            }
        }
    }
    bodyWriter.number(m_schema.components.size());
    for (const FrameSchema::Component &component : m_schema.components) {
        bodyWriter.number(static_cast<std::uint64_t>(component.kind));
        bodyWriter.number(table.indexOf(component.name));
        bodyWriter.number(static_cast<std::uint64_t>(
            std::find(shapes.begin(), shapes.end(), component.shape.get()) - shapes.begin()));
    }
    writer.number(table.strings().size());
    for (const QByteArray &text : table.strings())
        writer.text(text);
    writer.append(body);
}

void FrameEncoder::writeValues(ByteWriter &writer, const std::vector<ComponentSnapshot> &components)
{
    std::size_t index = 0;
    std::uint64_t gap = 1;
    for (const ComponentSnapshot &component : components) {
        for (const Metric &metric : component.metrics) {
            std::uint64_t &known = m_scalars[index];
            if (const auto *counter = std::get_if<std::uint64_t>(&metric.value)) {
                if (*counter != known) {
                    writer.number(gap);
                    gap = 0;
                    writer.signedNumber(static_cast<std::int64_t>(*counter - known));
                    known = *counter;
                }
            } else if (const auto *gauge = std::get_if<double>(&metric.value)) {
                const auto bits = std::bit_cast<std::uint64_t>(*gauge);
                if (bits != known) {
                    writer.number(gap);
                    gap = 0;
                    const auto before = std::bit_cast<double>(known);
                    if (isWhole(*gauge) && isWhole(before)) {
                        writer.number(zigzag(static_cast<std::int64_t>(*gauge) - static_cast<std::int64_t>(before)) << 1);
                    } else {
                        writer.number(1);
                        writer.fixed(bits);
                    }
                    known = bits;
                }
            } else if (const auto &histogram = std::get<HistogramSnapshot>(metric.value);
                       histogram != m_histograms[index]) {
                writer.number(gap);
                gap = 0;
                HistogramSnapshot &before = m_histograms[index];
                writer.signedNumber(histogram.sum().count() - before.sum().count());
                std::uint64_t bucketGap = 1;
                const int end = std::max(histogram.bucketEnd(), before.bucketEnd());
                for (int bucket = 0; bucket < end; ++bucket, ++bucketGap) {
                    const std::uint64_t change = histogram.bucket(bucket) - before.bucket(bucket);
                    if (change == 0)
                        continue;
                    writer.number(bucketGap);
                    bucketGap = 0;
                    writer.signedNumber(static_cast<std::int64_t>(change));
                }
                writer.number(0);
                before = histogram;
            }
            ++index;
            ++gap;
        }
    }
    writer.number(0);
}

} // namespace Infra::Detail
