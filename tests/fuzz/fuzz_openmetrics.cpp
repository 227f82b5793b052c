// SPDX-License-Identifier: MIT
#include "fuzzinput.h"

#include <infra/openmetrics.h>

#include <QByteArrayList>
#include <QString>

#include <cstring>
#include <set>

using namespace Infra;
using InfraFuzz::require;

namespace {

bool isNameByte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Reads `text` as a scraper does, strictly.
class Line
{
public:
    explicit Line(QByteArrayView text) : m_text(text) {}

    QByteArray name()
    {
        qsizetype length = 0;
        while (length < m_text.size() && isNameByte(m_text[length]))
            ++length;
        require(length > 0 && !(m_text[0] >= '0' && m_text[0] <= '9'));
        return take(length);
    }
    void expect(const char *wanted) { require(take(static_cast<qsizetype>(std::strlen(wanted))) == wanted); }
    [[nodiscard]] bool startsWith(const char *wanted) const { return m_text.startsWith(QByteArrayView(wanted)); }
    void quoted()
    {
        expect("\"");
        while (!startsWith("\"")) {
            if (take(1) == "\\")
                require(QByteArray("\\\"n").contains(take(1)));
        }
        expect("\"");
    }
    QByteArray rest() { return take(m_text.size()); }

private:
    QByteArray take(qsizetype length)
    {
        require(length <= m_text.size());
        const QByteArray taken = m_text.first(length).toByteArray();
        m_text = m_text.sliced(length);
        return taken;
    }

    QByteArrayView m_text;
};

void checkSample(Line &line, std::set<QByteArray> &series, QByteArrayView text)
{
    static_cast<void>(line.name());
    line.expect("{");
    std::set<QByteArray> names;
    while (!line.startsWith("}")) {
        if (!names.empty())
            line.expect(",");
        require(names.insert(line.name()).second);
        line.expect("=");
        line.quoted();
    }
    line.expect("} ");
    const QByteArray value = line.rest();
    bool isNumber = false;
    static_cast<void>(value.toDouble(&isNumber));
    require(isNumber || value == "+Inf" || value == "-Inf");
    require(series.insert(text.first(text.size() - value.size()).toByteArray()).second);
}

void check(const QByteArray &text, bool isOpenMetrics)
{
    require(text.isEmpty() || text.endsWith('\n'));
    require(QString::fromUtf8(text).toUtf8() == text);
    QByteArrayList lines = text.split('\n');
    lines.removeLast();
    if (isOpenMetrics)
        require(!lines.isEmpty() && lines.takeLast() == "# EOF");
    std::set<QByteArray> families;
    std::set<QByteArray> series;
    for (const QByteArray &each : std::as_const(lines)) {
        Line line(each);
        if (line.startsWith("# ")) {
            line.expect("# ");
            const QByteArray keyword = line.name();
            require(keyword == "HELP" || keyword == "TYPE" || (isOpenMetrics && keyword == "UNIT"));
            line.expect(" ");
            const QByteArray family = line.name();
            // All of a family stands together.
            if (keyword == "HELP")
                require(families.insert(family).second);
            line.expect(" ");
        } else {
            checkSample(line, series, each);
        }
    }
}

Metric metricFrom(InfraFuzz::Input &input)
{
    static const QByteArray names[] = {"http.client.request.duration", "thread.count", "process.uptime"};
    static const QByteArray units[] = {"s", "ms", "By", "{thing}", "1", "us", "ns", ""};
    const std::uint8_t choice = input.byte();
    Metric metric;
    metric.name = (choice & 3) < 3 ? names[choice & 3] : input.shortBytes();
    metric.unit = units[(choice >> 2) & 7];
    for (int attribute = choice >> 6; attribute > 0; --attribute) {
        const QByteArray name = input.shortBytes();
        metric.attributes.emplace_back(name, input.shortBytes());
    }
    switch (input.byte() % 3) {
    case 0: metric.value = input.number<std::uint64_t>(); break;
    case 1: metric.value = input.number<double>(); break;
    default: {
        HistogramSnapshot histogram;
        histogram.addToSum(input.number<std::uint64_t>());
        for (int bucket = input.byte() % 4; bucket > 0; --bucket)
            histogram.addToBucket(input.number<std::uint16_t>(), input.number<std::uint32_t>());
        metric.value = histogram;
    }
    }
    return metric;
}

} // namespace

// What an endpoint answers a scraper with: names, labels and values are whatever a process of the store has published, and
// each line is one that the format allows.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size)
{
    InfraFuzz::Input input(data, size);
    Metric::Attributes labels;
    if ((input.byte() & 1) != 0) {
        const QByteArray name = input.shortBytes();
        labels.emplace_back(name, input.shortBytes());
    }
    std::vector<ComponentSnapshot> components;
    while (!input.isEmpty() && components.size() < 8) {
        ComponentSnapshot component;
        const std::uint8_t choice = input.byte();
        component.kind = static_cast<ComponentSnapshot::Kind>(choice % 6);
        component.name = input.shortBytes();
        for (int metric = 1 + (choice >> 6); metric > 0; --metric)
            component.metrics.push_back(metricFrom(input));
        components.push_back(std::move(component));
    }
    check(renderMetrics(components, MetricsFormat::OpenMetrics, labels), true);
    check(renderMetrics(components, MetricsFormat::PrometheusText, labels), false);
    return 0;
}
