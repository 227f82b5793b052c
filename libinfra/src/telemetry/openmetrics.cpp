// SPDX-License-Identifier: MIT
#include <infra/openmetrics.h>

#include <infra/metriccatalogue.h>

#include <QStringBuilder>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

namespace Infra {

namespace {

using Type = MetricDescription::Type;

// A UCUM unit as exposition formats want it: the base unit's name and the factor to it.
struct BaseUnit
{
    std::string_view ucum;
    const char *name;
    double factor;
};

constexpr BaseUnit BaseUnits[] = {
    {"s", "seconds", 1}, {"ms", "seconds", 1e-3}, {"us", "seconds", 1e-6}, {"ns", "seconds", 1e-9}, {"By", "bytes", 1},
};
constexpr BaseUnit NoUnit{"", "", 1};

const BaseUnit &baseUnit(const QByteArray &ucum)
{
    const auto *found = std::find_if(std::begin(BaseUnits), std::end(BaseUnits), [&](const BaseUnit &unit) {
        return QByteArrayView(unit.ucum) == ucum;
    });
    return found != std::end(BaseUnits) ? *found : NoUnit;
}

Type typeOf(const Metric &metric)
{
    return static_cast<Type>(metric.value.index());
}

// [a-zA-Z_][a-zA-Z0-9_]*
QByteArray identifier(const QByteArray &text)
{
    QByteArray result;
    for (const char each : text) {
        const bool isDigit = each >= '0' && each <= '9';
        const bool isLetter = (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z');
        if (result.isEmpty() && isDigit)
            result += '_';
        result += isDigit || isLetter ? each : '_';
    }
    return result.isEmpty() ? QByteArray("_") : result;
}

QByteArray familyName(const Metric &metric)
{
    QByteArray name = identifier(metric.name);
    // A trailing _count belongs to histograms: thread.count, how many threads there are, becomes threads.
    if (name.endsWith("_count") && typeOf(metric) != Type::Histogram) {
        name.chop(6);
        name += 's';
    }
    const QByteArray unit = baseUnit(metric.unit).name;
    if (!unit.isEmpty() && !name.endsWith(QByteArray('_' + unit)))
        name += '_' + unit;
    return name;
}

const char *componentLabel(ComponentSnapshot::Kind kind)
{
    switch (kind) {
    case ComponentSnapshot::Kind::Cache: return "region";
    case ComponentSnapshot::Kind::Store: return "store";
    case ComponentSnapshot::Kind::Pool: return "pool";
    case ComponentSnapshot::Kind::Client: return "service";
    case ComponentSnapshot::Kind::Health: return "monitor";
    case ComponentSnapshot::Kind::Process: break;
    }
    return "process";
}

// The formats are UTF-8 and escape three characters.
QByteArray labelValue(const QByteArray &text)
{
    QByteArray result;
    for (const char each : QString::fromUtf8(text).toUtf8()) {
        if (each == '\\' || each == '"')
            result += '\\';
        if (each == '\n')
            result += "\\n";
        else
            result += each;
    }
    return result;
}

// A label set holds each name once: the last one counts.
QByteArray labelSet(const Metric::Attributes &common, ComponentSnapshot::Kind kind, const QByteArray &component,
                    const Metric::Attributes &attributes)
{
    std::map<QByteArray, QByteArray> labels;
    const auto add = [&](const Metric::Attributes &from) {
        for (const auto &[name, value] : from)
            labels[identifier(name)] = labelValue(value);
    };
    add(common);
    labels[componentLabel(kind)] = labelValue(component);
    add(attributes);
    QByteArray text;
    for (const auto &[name, value] : labels) {
        if (!text.isEmpty())
            text += ',';
        text += name + "=\"" + value + '"';
    }
    return text;
}

QByteArray number(double value)
{
    if (std::isinf(value))
        return value > 0 ? "+Inf" : "-Inf";
    return QByteArray::number(value, 'g', 15);
}

struct Family
{
    QByteArray help;
    QByteArray unit;
    Type type = Type::Gauge;
    QByteArray samples;
    std::set<QByteArray> labelSets; // A series must not appear twice.
};

void appendHistogram(QByteArray &out, const QByteArray &family, const QByteArray &labels, const HistogramSnapshot &histogram)
{
    constexpr int FirstOctave = 10; // 1.024 µs
    constexpr int LastOctave = 36;  // 68.7 s
    const QByteArray start = family + "_bucket{" + labels + (labels.isEmpty() ? "le=\"" : ",le=\"");
    std::uint64_t below = 0;
    int bucket = 0;
    for (int octave = FirstOctave; octave <= LastOctave; ++octave) {
        const int end = HistogramSnapshot::bucketOf(std::uint64_t{1} << octave);
        for (; bucket < end; ++bucket)
            below += histogram.bucket(bucket);
        const double bound = static_cast<double>(std::uint64_t{1} << octave) * 1e-9;
        out += start + QByteArray::number(bound, 'g', 12) + "\"} " + QByteArray::number(qulonglong(below)) + '\n';
    }
    out += start + "+Inf\"} " + QByteArray::number(qulonglong(histogram.count())) + '\n';
    out += family + "_count{" + labels + "} " + QByteArray::number(qulonglong(histogram.count())) + '\n';
    out += family + "_sum{" + labels + "} " + number(std::chrono::duration<double>(histogram.sum()).count()) + '\n';
}

void appendSample(Family &family, const QByteArray &name, const QByteArray &labels, const Metric &metric)
{
    const double factor = baseUnit(metric.unit).factor;
    if (const auto *counter = std::get_if<std::uint64_t>(&metric.value)) {
        const QByteArray value = factor == 1 ? QByteArray::number(qulonglong(*counter))
                                             : number(static_cast<double>(*counter) * factor);
        family.samples += name + "_total{" + labels + "} " + value + '\n';
    } else if (const auto *gauge = std::get_if<double>(&metric.value)) {
        family.samples += name + '{' + labels + "} " + number(*gauge * factor) + '\n';
    } else {
        appendHistogram(family.samples, name, labels, std::get<HistogramSnapshot>(metric.value));
    }
}

const char *typeName(Type type)
{
    switch (type) {
    case Type::Counter: return "counter";
    case Type::Gauge: return "gauge";
    case Type::Histogram: break;
    }
    return "histogram";
}

} // namespace

MetricsFormat negotiateMetricsFormat(QByteArrayView acceptHeader) noexcept
{
    return acceptHeader.contains("application/openmetrics-text") ? MetricsFormat::OpenMetrics
                                                                 : MetricsFormat::PrometheusText;
}

QByteArray metricsContentType(MetricsFormat format)
{
    return format == MetricsFormat::OpenMetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                                : "text/plain; version=0.0.4; charset=utf-8";
}

QByteArray renderMetrics(const std::vector<ComponentSnapshot> &components, MetricsFormat format,
                         const Metric::Attributes &labels)
{
    // The formats want all samples of a family together.
    std::map<QByteArray, Family> families;
    for (const ComponentSnapshot &component : components) {
        for (const Metric &metric : component.metrics) {
            const auto *gauge = std::get_if<double>(&metric.value);
            if (gauge != nullptr && std::isnan(*gauge))
                continue;
            const QByteArray name = familyName(metric);
            auto [found, isNew] = families.try_emplace(name);
            Family &family = found->second;
            if (isNew) {
                const MetricDescription *description = describeMetric(metric.name);
                family.help = description != nullptr ? QByteArray(description->help) : metric.name + '.';
                family.unit = baseUnit(metric.unit).name;
                family.type = typeOf(metric);
            }
            const QByteArray set = labelSet(labels, component.kind, component.name, metric.attributes);
            if (family.type == typeOf(metric) && family.labelSets.insert(set).second)
                appendSample(family, name, set, metric);
        }
    }
    const bool isOpenMetrics = format == MetricsFormat::OpenMetrics;
    QByteArray text;
    for (const auto &[name, family] : families) {
        const QByteArray shown = family.type == Type::Counter && !isOpenMetrics ? name + "_total" : name;
        text += "# HELP " + shown + ' ' + labelValue(family.help) + '\n';
        text += "# TYPE " + shown + ' ' + typeName(family.type) + '\n';
        if (isOpenMetrics && !family.unit.isEmpty())
            text += "# UNIT " + shown + ' ' + family.unit + '\n';
        text += family.samples;
    }
    if (isOpenMetrics)
        text += "# EOF\n";
    return text;
}

} // namespace Infra
