// SPDX-License-Identifier: GPL-3.0-or-later
#include "chartscale.h"

#include "widgets/values.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cmath>

namespace InfraConsole {

namespace {

constexpr int MaximumIntervals = 4;

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::ChartScale)
};

double niceStep(double rough, Unit unit)
{
    if (unit == Unit::Bytes || unit == Unit::BytesPerSecond)
        return std::max(1.0, std::exp2(std::ceil(std::log2(rough))));
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
        if (factor * power >= rough * 0.999999)
            return factor * power;
    }
    return 10 * power;
}

bool isBefore(const Sample &sample, SystemTime moment)
{
    return sample.at < moment;
}

} // namespace

std::vector<double> ValueScale::ticks() const
{
    std::vector<double> result;
    const int count = static_cast<int>(std::lround((high - low) / step));
    for (int i = 0; i <= count; ++i)
        result.push_back(low + i * step);
    return result;
}

ValueScale valueScale(double lowest, double highest, Unit unit)
{
    if (!std::isfinite(lowest) || !std::isfinite(highest))
        return unit == Unit::Ratio ? ValueScale{0, 1, 0.25} : ValueScale{0, 1, 1};
    const double minimumOfUnit = unit == Unit::Seconds ? 1e-6 : 1.0;
    if (unit == Unit::Ratio) {
        if (lowest < 0.8 || lowest > highest)
            return {0, std::max(1.0, std::ceil(highest * 4) / 4), std::max(1.0, std::ceil(highest * 4) / 4) / 4};
        for (const double low : {0.996, 0.98, 0.96}) {
            if (lowest >= low)
                return {low, 1, (1 - low) / 4};
        }
        return {0.8, 1, 0.05};
    }
    const double low = std::min(0.0, lowest);
    const double high = std::max(highest, low + minimumOfUnit * 0.5);
    const double step = niceStep((high - low) / MaximumIntervals, unit);
    ValueScale scale{std::floor(low / step) * step, std::ceil(high / step - 1e-9) * step, step};
    if ((unit == Unit::Count) && scale.step < 1)
        scale = {std::floor(low), std::max(1.0, std::ceil(high)), 1};
    while ((scale.high - scale.low) / scale.step > MaximumIntervals + 0.5) {
        scale.step = niceStep(scale.step * 1.5, unit);
        scale.low = std::floor(low / scale.step) * scale.step;
        scale.high = std::ceil(high / scale.step - 1e-9) * scale.step;
    }
    return scale;
}

QString axisLabel(double value, double high, Unit unit)
{
    const QLocale locale;
    if (value == 0 && unit != Unit::Ratio)
        return locale.toString(0);
    const FormattedNumber top = formatNumber(high, unit, QLocale::c());
    bool isPlain = false;
    const double shown = QString(top.number).remove(QLatin1Char(',')).toDouble(&isPlain);
    if (!isPlain || shown == 0)
        return formatText(value, unit);
    // As many decimals as the tick needs and no more than two.
    const double scaled = value * shown / high;
    int decimals = 0;
    while (decimals < 2 && std::abs(scaled * std::pow(10.0, decimals) - std::round(scaled * std::pow(10.0, decimals))) > 0.005)
        ++decimals;
    return FormattedNumber{locale.toString(scaled, 'f', decimals), top.unit}.text();
}

std::vector<TimeTick> timeTicks(std::chrono::seconds length, const std::optional<SystemTime> &end)
{
    static constexpr std::array<int, 14> steps{1, 2, 5, 10, 15, 20, 30, 60, 120, 150, 180, 225, 300, 600};
    const int span = static_cast<int>(length.count());
    int step = 0;
    for (const int candidate : steps) {
        if (span % candidate == 0 && span / candidate <= MaximumIntervals && candidate != 225) {
            step = candidate;
            break;
        }
    }
    for (const int candidate : steps) {
        if (step == 0 && span / candidate <= MaximumIntervals)
            step = candidate;
    }
    if (step == 0)
        step = std::max(1, span / MaximumIntervals);
    std::vector<TimeTick> ticks;
    for (int offset = 0; offset <= span; offset += step) {
        QString label;
        if (end)
            label = toDateTime(*end - std::chrono::seconds(offset)).toString(QStringLiteral("HH:mm:ss"));
        else if (offset == 0)
            label = Text::tr("now", "right end of a time axis");
        else
            label = QLocale().negativeSign() + formatSpan(offset);
        ticks.push_back({-static_cast<double>(offset), label.replace(QLatin1Char('-'), QChar(0x2212))});
    }
    std::reverse(ticks.begin(), ticks.end());
    return ticks;
}

QList<QPointF> decimate(const Series &series, SystemTime end, std::chrono::seconds length, int columns)
{
    const SystemTime start = end - length;
    auto first = std::lower_bound(series.begin(), series.end(), start, isBefore);
    auto last = std::upper_bound(first, series.end(), end, [](SystemTime moment, const Sample &s) { return moment < s.at; });
    if (first != series.begin())
        --first;
    if (last != series.end())
        ++last;
    const auto point = [&](const Sample &sample) {
        return QPointF(static_cast<double>((sample.at - end).count()) / 1000.0, sample.value);
    };
    QList<QPointF> result;
    const auto count = std::distance(first, last);
    if (columns <= 0 || count <= 2 * columns) {
        result.reserve(count);
        for (auto it = first; it != last; ++it)
            result.append(point(*it));
        return result;
    }
    result.reserve(2 * columns + 4);
    const double width = std::chrono::duration<double>(length).count() * 1000.0 / columns;
    auto column = [&](const Sample &sample) {
        return static_cast<int>(std::floor(static_cast<double>((sample.at - start).count()) / width));
    };
    for (auto it = first; it != last;) {
        const int current = column(*it);
        auto low = last, high = last;
        bool gap = false;
        for (; it != last && column(*it) == current; ++it) {
            if (std::isnan(it->value)) {
                gap = true;
                continue;
            }
            if (low == last || it->value < low->value)
                low = it;
            if (high == last || it->value > high->value)
                high = it;
        }
        if (low == last) {
            result.append(QPointF((current + 0.5) * width / 1000.0 - std::chrono::duration<double>(length).count(), Unknown));
            continue;
        }
        result.append(point(low <= high ? *low : *high));
        if (low != high)
            result.append(point(low <= high ? *high : *low));
        // A gap shorter than a pixel is kept as a break after its column rather than bridged.
        if (gap)
            result.append(QPointF(result.constLast().x(), Unknown));
    }
    return result;
}

double valueAt(const Series &series, SystemTime moment, std::chrono::milliseconds reach)
{
    const auto after = std::lower_bound(series.begin(), series.end(), moment, isBefore);
    auto nearest = after;
    if (after == series.end() || (after != series.begin() && moment - std::prev(after)->at < after->at - moment)) {
        if (after == series.begin())
            return Unknown;
        nearest = std::prev(after);
    }
    const auto distance = nearest->at > moment ? nearest->at - moment : moment - nearest->at;
    return distance <= reach ? nearest->value : Unknown;
}

double lastValue(const Series &series)
{
    return series.empty() ? Unknown : series.back().value;
}

} // namespace InfraConsole
