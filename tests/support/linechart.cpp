// SPDX-License-Identifier: MIT
#include "linechart.h"

#include <QFile>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace InfraTest {

namespace {

constexpr double Width = 760;
constexpr double Height = 420;
constexpr double Left = 84;
constexpr double Right = 24;
constexpr double Top = 74;
constexpr double Bottom = 58;

// Told apart without colour too: by lightness and by the form of the marks' line.
struct Pen
{
    const char *colour;
    const char *dash;
};
constexpr std::array<Pen, 4> Pens{{{"#1f5fa8", ""}, {"#c2571a", "7 4"}, {"#2e7d4f", "2 4"}, {"#6b3fa0", "10 3 2 3"}}};

// 1,000 as "1 k"; ticks are short.
QString tickText(double value)
{
    if (value >= 1e6)
        return QString::number(value / 1e6, 'g', 4) + QStringLiteral(" M");
    if (value >= 1e3)
        return QString::number(value / 1e3, 'g', 4) + QStringLiteral(" k");
    return QString::number(value, 'g', 4);
}

// One, two or five times a power of ten: the step that makes about five ticks up to `highest`.
double niceStep(double highest)
{
    const double rough = highest / 5;
    const double power = std::pow(10, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (factor * power >= rough * 0.999)
            return factor * power;
    }
    return 10 * power;
}

class Axis
{
public:
    Axis(LineChart::Scale scale, double lowest, double highest, double from, double to)
        : m_isLogarithmic(scale == LineChart::Scale::Logarithmic), m_from(from), m_to(to)
    {
        if (m_isLogarithmic) {
            m_lowest = std::floor(std::log10(lowest) + 1e-9);
            m_highest = std::max(m_lowest + 1, std::ceil(std::log10(highest) - 1e-9));
            for (double power = m_lowest; power <= m_highest; ++power)
                m_ticks.push_back(std::pow(10, power));
        } else {
            const double step = niceStep(highest);
            m_highest = std::ceil(highest / step - 1e-9) * step;
            for (int tick = 0; tick * step <= m_highest * 1.001; ++tick)
                m_ticks.push_back(tick * step);
        }
    }
    // An axis of counts shows the counts that were measured and ends at the last.
    void setTicks(std::vector<double> ticks)
    {
        m_ticks = std::move(ticks);
        m_lowest = m_isLogarithmic ? std::log10(m_ticks.front()) : 0;
        m_highest = m_isLogarithmic ? std::log10(m_ticks.back()) : m_ticks.back();
    }

    [[nodiscard]] double place(double value) const
    {
        const double at = m_isLogarithmic ? std::log10(value) : value;
        return m_from + (m_to - m_from) * (at - m_lowest) / (m_highest - m_lowest);
    }
    [[nodiscard]] const std::vector<double> &ticks() const { return m_ticks; }

private:
    const bool m_isLogarithmic;
    const double m_from;
    const double m_to;
    double m_lowest = 0;
    double m_highest = 1;
    std::vector<double> m_ticks;
};

QString number(double value)
{
    return QString::number(value, 'f', 1);
}

QString line(double x1, double y1, double x2, double y2, const char *attributes)
{
    return QStringLiteral("<line x1=\"%1\" y1=\"%2\" x2=\"%3\" y2=\"%4\" %5/>\n")
        .arg(number(x1), number(y1), number(x2), number(y2), QLatin1String(attributes));
}

QString text(double x, double y, const QString &what, const QString &attributes)
{
    return QStringLiteral("<text x=\"%1\" y=\"%2\" %3>%4</text>\n")
        .arg(number(x), number(y), attributes, what.toHtmlEscaped());
}

QString grid(const Axis &x, const Axis &y)
{
    QString svg;
    for (const double tick : y.ticks()) {
        const double at = y.place(tick);
        svg += line(Left, at, Width - Right, at, "stroke=\"#dddddd\"");
        svg += text(Left - 8, at + 4, tickText(tick), QStringLiteral("text-anchor=\"end\""));
    }
    for (const double tick : x.ticks()) {
        const double at = x.place(tick);
        svg += line(at, Top, at, Height - Bottom, "stroke=\"#eeeeee\"");
        svg += text(at, Height - Bottom + 18, tickText(tick), QStringLiteral("text-anchor=\"middle\""));
    }
    svg += line(Left, Height - Bottom, Width - Right, Height - Bottom, "stroke=\"#333333\"");
    return svg + line(Left, Top, Left, Height - Bottom, "stroke=\"#333333\"");
}

QString curve(const LineChart::Series &series, const Pen &pen, const Axis &x, const Axis &y)
{
    QString svg;
    QString path;
    for (const LineChart::Point &point : series.points) {
        const double at = x.place(point.x);
        path += QStringLiteral("%1,%2 ").arg(number(at), number(y.place(point.y)));
        if (point.lowest > 0 && point.highest > point.lowest) {
            svg += line(at, y.place(point.lowest), at, y.place(point.highest),
                        qPrintable(QStringLiteral("stroke=\"%1\" stroke-width=\"1\"").arg(QLatin1String(pen.colour))));
        }
        svg += QStringLiteral("<circle cx=\"%1\" cy=\"%2\" r=\"3.5\" fill=\"%3\"/>\n")
                   .arg(number(at), number(y.place(point.y)), QLatin1String(pen.colour));
    }
    return svg
        + QStringLiteral(
              "<polyline points=\"%1\" fill=\"none\" stroke=\"%2\" stroke-width=\"2\" stroke-dasharray=\"%3\"/>\n")
              .arg(path.trimmed(), QLatin1String(pen.colour), QLatin1String(pen.dash));
}

QString legend(const std::vector<LineChart::Series> &series)
{
    QString svg;
    double x = Left;
    for (std::size_t i = 0; i < series.size(); ++i) {
        const Pen &pen = Pens[i % Pens.size()];
        svg += line(x, 52, x + 28, 52,
                    qPrintable(QStringLiteral("stroke=\"%1\" stroke-width=\"2\" stroke-dasharray=\"%2\"")
                                   .arg(QLatin1String(pen.colour), QLatin1String(pen.dash))));
        svg += text(x + 34, 56, series[i].name, QStringLiteral("text-anchor=\"start\""));
        x += 34 + 7.2 * static_cast<double>(series[i].name.size()) + 24;
    }
    return svg;
}

} // namespace

QString LineChart::toSvg() const
{
    double lowestY = 0;
    double highestY = 0;
    std::vector<double> places;
    for (const Series &each : series) {
        for (const Point &point : each.points) {
            const double lowest = point.lowest > 0 ? point.lowest : point.y;
            lowestY = lowestY > 0 ? std::min(lowestY, lowest) : lowest;
            highestY = std::max({highestY, point.highest, point.y});
            places.push_back(point.x);
        }
    }
    if (places.empty() || highestY <= 0)
        return {};
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    Axis x(xScale, places.front(), places.back(), Left, Width - Right);
    x.setTicks(places);
    const Axis y(yScale, lowestY, highestY, Height - Bottom, Top);

    QString svg =
        QStringLiteral("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %1 %2\" width=\"%1\" height=\"%2\" "
                       "font-family=\"sans-serif\" font-size=\"13\" fill=\"#222222\">\n"
                       "<rect width=\"%1\" height=\"%2\" fill=\"#ffffff\"/>\n")
            .arg(Width)
            .arg(Height);
    svg += text(Left, 28, title, QStringLiteral("font-size=\"16\" font-weight=\"bold\""));
    svg += legend(series) + grid(x, y);
    svg += text((Left + Width - Right) / 2, Height - 14, xLabel, QStringLiteral("text-anchor=\"middle\""));
    svg += text(0, 0, yLabel,
                QStringLiteral("text-anchor=\"middle\" transform=\"translate(20 %1) rotate(-90)\"")
                    .arg((Top + Height - Bottom) / 2));
    for (std::size_t i = 0; i < series.size(); ++i)
        svg += curve(series[i], Pens[i % Pens.size()], x, y);
    return svg + QStringLiteral("</svg>\n");
}

bool LineChart::write(const QString &path) const
{
    QFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(toSvg().toUtf8()) > 0 && file.flush())
        return true;
    std::fprintf(stderr, "cannot write %s: %s\n", qPrintable(path), qPrintable(file.errorString()));
    return false;
}

} // namespace InfraTest
