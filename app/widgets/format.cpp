// SPDX-License-Identifier: GPL-3.0-or-later
#include "format.h"

#include <QCoreApplication>

#include <array>
#include <cmath>

namespace InfraConsole {

namespace {

constexpr QChar ThinSpace(0x2009);

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::Format)
};

QString notAvailable()
{
    //: Shown where a number is not known.
    return Text::tr("n/a");
}

// Digits behind the point that leave three significant ones.
int decimals(double magnitude)
{
    if (magnitude >= 100 || magnitude == 0)
        return 0;
    if (magnitude >= 10)
        return 1;
    if (magnitude >= 1)
        return 2;
    return 3;
}

// As it will look after rounding to three digits: decides whether the next prefix is due.
double rounded(double magnitude)
{
    if (magnitude == 0)
        return 0;
    const double scale = std::pow(10.0, 2 - std::floor(std::log10(magnitude)));
    return std::round(magnitude * scale) / scale;
}

FormattedNumber scaled(double value, double base, const QStringList &prefixes, const QString &suffix,
                       const QLocale &locale)
{
    double magnitude = std::abs(value);
    qsizetype prefix = 0;
    while (rounded(magnitude) >= 1000 && prefix + 1 < prefixes.size()) {
        magnitude /= base;
        ++prefix;
    }
    const double shown = rounded(magnitude);
    return {locale.toString(value < 0 ? -magnitude : magnitude, 'f', decimals(shown)), prefixes.at(prefix) + suffix};
}

FormattedNumber duration(double seconds, const QLocale &locale)
{
    const double magnitude = std::abs(seconds);
    if (magnitude == 0)
        return {locale.toString(0), QStringLiteral("s")};
    if (magnitude < 120) {
        static constexpr std::array<double, 3> steps{1e9, 1e6, 1e3};
        static const QStringList units{QStringLiteral("ns"), QStringLiteral("µs"), QStringLiteral("ms")};
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const double shown = rounded(magnitude * steps[i]);
            if (shown < 1000)
                return {locale.toString(seconds * steps[i], 'f', decimals(shown)), units.at(qsizetype(i))};
        }
        return {locale.toString(seconds, 'f', decimals(rounded(magnitude))), QStringLiteral("s")};
    }
    const auto whole = static_cast<qint64>(magnitude);
    const QString sign = seconds < 0 ? locale.negativeSign() : QString();
    const auto pair = [&](qint64 first, const QString &firstUnit, qint64 second, const QString &secondUnit) {
        if (second == 0)
            return FormattedNumber{sign + locale.toString(first), firstUnit};
        return FormattedNumber{sign + locale.toString(first) + ThinSpace + firstUnit + QLatin1Char(' ') + locale.toString(second),
                               secondUnit};
    };
    if (whole < 3600)
        return pair(whole / 60, Text::tr("min"), whole % 60, Text::tr("s"));
    if (whole < 86400)
        return pair(whole / 3600, Text::tr("h"), whole % 3600 / 60, Text::tr("min"));
    return pair(whole / 86400, Text::tr("d", "days"), whole % 86400 / 3600, Text::tr("h"));
}

FormattedNumber percentage(double ratio, const QLocale &locale)
{
    const double percent = ratio * 100;
    const QString sign = QStringLiteral("%");
    if (percent > 0 && percent < 0.01)
        return {QLatin1Char('<') + QString(ThinSpace) + locale.toString(0.01, 'f', 2), sign};
    if (percent < 100 && rounded(percent) >= 100)
        return {locale.toString(99.9, 'f', 1), sign};
    const int digits = percent > 0 && percent < 1 ? 2 : decimals(rounded(std::abs(percent)));
    return {locale.toString(percent, 'f', digits), sign};
}

} // namespace

QString FormattedNumber::text() const
{
    return unit.isEmpty() ? number : QString(number + ThinSpace + unit);
}

FormattedNumber formatNumber(double value, Unit unit, const QLocale &locale)
{
    if (!std::isfinite(value))
        return {notAvailable(), {}};
    static const QStringList metric{QString(), QStringLiteral("k"), QStringLiteral("M"), QStringLiteral("G"),
                                    QStringLiteral("T")};
    static const QStringList binary{QString(), QStringLiteral("Ki"), QStringLiteral("Mi"), QStringLiteral("Gi"),
                                    QStringLiteral("Ti"), QStringLiteral("Pi")};
    switch (unit) {
    case Unit::Count:
        if (std::abs(value) < 10'000 && value == std::floor(value))
            return {locale.toString(static_cast<qint64>(value)), {}};
        return scaled(value, 1000, metric, {}, locale);
    case Unit::CountPerSecond:
        return scaled(value, 1000, metric, QStringLiteral("/s"), locale);
    case Unit::Bytes:
        return scaled(value, 1024, binary, QStringLiteral("B"), locale);
    case Unit::BytesPerSecond:
        return scaled(value, 1024, binary, QStringLiteral("B/s"), locale);
    case Unit::Seconds:
        return duration(value, locale);
    case Unit::Ratio:
        return percentage(value, locale);
    }
    return {notAvailable(), {}};
}

QString formatText(double value, Unit unit, const QLocale &locale)
{
    return formatNumber(value, unit, locale).text();
}

QString formatExact(double value, Unit unit, const QLocale &locale)
{
    if (!std::isfinite(value))
        return notAvailable();
    const bool whole = value == std::floor(value) && std::abs(value) < 9e15;
    const QString number = whole ? locale.toString(static_cast<qint64>(value)) : locale.toString(value, 'f', 2);
    switch (unit) {
    case Unit::Count:
        return number;
    case Unit::CountPerSecond:
        return QString(number + ThinSpace + QStringLiteral("/s"));
    case Unit::Bytes:
        //: %1 is a number that is already formatted.
        return Text::tr("%1 bytes").arg(number);
    case Unit::BytesPerSecond:
        return Text::tr("%1 bytes/s").arg(number);
    case Unit::Seconds:
        return QString(locale.toString(value, 'g', 9) + ThinSpace + QStringLiteral("s"));
    case Unit::Ratio:
        return QString(locale.toString(value * 100, 'g', 6) + ThinSpace + QStringLiteral("%"));
    }
    return number;
}

QString formatSpan(double seconds, const QLocale &locale)
{
    const double magnitude = std::abs(seconds);
    const auto say = [&](double number, const QString &unit) {
        const bool whole = number == std::floor(number);
        return QString(locale.toString(number, 'f', whole ? 0 : 1) + ThinSpace + unit);
    };
    if (magnitude < 120)
        return say(magnitude, Text::tr("s"));
    if (magnitude < 7200)
        return say(magnitude / 60, Text::tr("min"));
    if (magnitude < 172800)
        return say(magnitude / 3600, Text::tr("h"));
    return say(magnitude / 86400, Text::tr("d", "days"));
}

QString formatRelative(const QDateTime &moment, const QDateTime &now, const QLocale &locale)
{
    if (!moment.isValid() || !now.isValid())
        return notAvailable();
    return formatRelative(std::chrono::milliseconds(moment.msecsTo(now)), locale);
}

QString formatRelative(std::chrono::milliseconds ago, const QLocale &locale)
{
    const qint64 seconds = std::abs(ago.count()) / 1000;
    if (seconds == 0)
        return Text::tr("just now");
    const auto whole = [&] {
        if (seconds < 120)
            return QString(locale.toString(seconds) + ThinSpace + Text::tr("s"));
        if (seconds < 7200)
            return QString(locale.toString(seconds / 60) + ThinSpace + Text::tr("min"));
        if (seconds < 172800)
            return QString(locale.toString(seconds / 3600) + ThinSpace + Text::tr("h"));
        return QString(locale.toString(seconds / 86400) + ThinSpace + Text::tr("d", "days"));
    }();
    //: %1 is a span of time such as "12 s".
    return ago.count() >= 0 ? Text::tr("%1 ago").arg(whole) : Text::tr("in %1").arg(whole);
}

QString formatAbsolute(const QDateTime &moment, const QLocale &locale)
{
    if (!moment.isValid())
        return notAvailable();
    const QDateTime local = moment.toLocalTime();
    return QString(locale.toString(local.date(), QLocale::ShortFormat) + QLatin1Char(' ')
                   + local.time().toString(QStringLiteral("HH:mm:ss")));
}

} // namespace InfraConsole
