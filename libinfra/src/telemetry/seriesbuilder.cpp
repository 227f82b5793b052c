// SPDX-License-Identifier: MIT
#include "seriesbuilder.h"

#include <algorithm>
#include <cmath>

namespace Infra::Detail {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::optional<double> inSeconds(const HistogramSnapshot &samples, double quantile)
{
    if (samples.isEmpty())
        return std::nullopt;
    return std::chrono::duration<double>(samples.quantile(quantile)).count();
}

std::optional<double> valueOf(const FrameReading &reading, SeriesKind kind)
{
    if (kind == SeriesKind::Value)
        return reading.value;
    if (!reading.increase || reading.endsGap)
        return std::nullopt;
    return static_cast<double>(*reading.increase) * 1000.0 / static_cast<double>(reading.elapsed.count());
}

Series ownPoints(const FrameHistory &history, const MetricSelector &selector, SeriesKind kind, double quantile,
                 SystemTime from)
{
    Series series;
    history.walk(selector, from, [&](const FrameReading &reading) {
        if (reading.endsGap)
            series.push_back({reading.previousAt + history.interval(), std::nullopt});
        if (kind == SeriesKind::Quantile) {
            series.push_back({reading.at, reading.endsGap ? std::nullopt : inSeconds(reading.samples, quantile)});
            return;
        }
        // The first frame of a process has no rate, which is not a gap.
        const std::optional<double> value = valueOf(reading, kind);
        if (value || reading.continues)
            series.push_back({reading.at, value});
    });
    return series;
}

// Whether what a frame says holds since the frame before it: behind a gap, or a step of the clock, nothing says since when.
bool reachesBack(const FrameReading &reading, const FrameHistory &history)
{
    return reading.continues && !reading.endsGap
        && reading.at - reading.previousAt <= FrameHistory::GapIntervals * history.interval();
}

// Seconds since the epoch.
using GridCell = std::int64_t;

GridCell cellOf(SystemTime at)
{
    return std::chrono::floor<seconds>(at).time_since_epoch().count();
}

// The cells whose middle lies in (begin, end].
void addToCells(std::map<GridCell, double> &cells, SystemTime begin, SystemTime end, double value)
{
    constexpr milliseconds Half(500);
    const GridCell last = cellOf(end - Half);
    for (GridCell cell = cellOf(begin - Half) + 1; cell <= last; ++cell)
        cells[cell] += value;
}

// No point behind the second that the slowest live instance has completed.
GridCell lastCompleteCell(const std::vector<SeriesSource> &sources)
{
    SystemTime newest{};
    SystemTime slowest = SystemTime::max();
    for (const SeriesSource &source : sources) {
        newest = std::max(newest, source.history->newestAt());
        if (source.live)
            slowest = std::min(slowest, source.history->newestAt());
    }
    return cellOf(std::min(newest, slowest) - milliseconds(500));
}

SystemTime middleOf(GridCell cell)
{
    return SystemTime(seconds(cell)) + milliseconds(500);
}

template<class Cells, class Value>
Series gridSeries(const Cells &cells, GridCell last, const Value &value)
{
    Series series;
    GridCell previous = 0;
    for (const auto &[cell, content] : cells) {
        if (cell > last)
            break;
        if (!series.empty() && cell > previous + 1) {
            series.push_back({middleOf(previous + 1), std::nullopt});
            if (cell > previous + 2)
                series.push_back({middleOf(cell - 1), std::nullopt});
        }
        series.push_back({middleOf(cell), value(content)});
        previous = cell;
    }
    return series;
}

} // namespace

Series buildSeries(const std::vector<SeriesSource> &sources, const MetricSelector &selector, SeriesKind kind,
                   double quantile, SystemTime from)
{
    if (sources.empty())
        return {};
    if (sources.size() == 1)
        return ownPoints(*sources.front().history, selector, kind, quantile, from);
    const GridCell last = lastCompleteCell(sources);
    if (kind == SeriesKind::Quantile) {
        std::map<GridCell, HistogramSnapshot> cells;
        for (const SeriesSource &source : sources) {
            source.history->walk(selector, from, [&](const FrameReading &reading) {
                if (reading.endsGap || !reading.increase)
                    return;
                // All seconds since the frame before: a frame that is late has nothing to say of one, and speaks for it.
                const GridCell end = cellOf(reading.at);
                const GridCell begin = reachesBack(reading, *source.history) ? std::min(end, cellOf(reading.previousAt) + 1) : end;
                for (GridCell cell = begin; cell <= end; ++cell)
                    cells[cell].merge(reading.samples);
            });
        }
        return gridSeries(cells, last, [&](const HistogramSnapshot &samples) { return inSeconds(samples, quantile); });
    }
    std::map<GridCell, double> cells;
    for (const SeriesSource &source : sources) {
        const FrameHistory &history = *source.history;
        history.walk(selector, from, [&](const FrameReading &reading) {
            const std::optional<double> value = valueOf(reading, kind);
            if (!value)
                return;
            const SystemTime begin = reachesBack(reading, history) ? reading.previousAt : reading.at - history.interval();
            addToCells(cells, begin, reading.at, *value);
        });
    }
    return gridSeries(cells, last, [](double value) { return std::optional(value); });
}

} // namespace Infra::Detail
