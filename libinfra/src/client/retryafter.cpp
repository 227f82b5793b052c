// SPDX-License-Identifier: MIT
#include "retryafter.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace Infra::Detail {

namespace {

constexpr std::array<const char *, 12> Months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads a text from left to right; the first mismatch makes every later step fail.
class Scanner
{
public:
    explicit Scanner(QByteArrayView text) : m_text(text) {}

    Scanner &literal(const char *expected)
    {
        const auto length = static_cast<qsizetype>(std::strlen(expected));
        if (!m_text.startsWith(QByteArrayView(expected, length)))
            m_good = false;
        else
            m_text = m_text.sliced(length);
        return *this;
    }
    Scanner &number(qsizetype digits, int &value)
    {
        if (m_text.size() < digits) {
            m_good = false;
            return *this;
        }
        value = 0;
        for (qsizetype i = 0; i < digits; ++i) {
            if (m_text[i] < '0' || m_text[i] > '9') {
                m_good = false;
                return *this;
            }
            value = value * 10 + (m_text[i] - '0');
        }
        m_text = m_text.sliced(digits);
        return *this;
    }
    Scanner &month(int &value)
    {
        const auto found = std::find_if(Months.begin(), Months.end(),
                                        [this](const char *name) { return m_text.startsWith(QByteArrayView(name, 3)); });
        if (found == Months.end()) {
            m_good = false;
            return *this;
        }
        value = static_cast<int>(found - Months.begin()) + 1;
        m_text = m_text.sliced(3);
        return *this;
    }
    Scanner &time(int &hour, int &minute, int &second)
    {
        return number(2, hour).literal(":").number(2, minute).literal(":").number(2, second);
    }
    [[nodiscard]] bool atEnd() const { return m_good && m_text.isEmpty(); }
    [[nodiscard]] bool startsWith(char c) const { return m_text.startsWith(c); }

private:
    QByteArrayView m_text;
    bool m_good = true;
};

std::optional<SystemTime> compose(int year, int month, int day, int hour, int minute, int second)
{
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    // Second 60 is a leap second.
    if (!date.ok() || hour > 23 || minute > 59 || second > 60)
        return {};
    return SystemTime(std::chrono::sys_days(date)) + std::chrono::hours(hour) + std::chrono::minutes(minute)
        + std::chrono::seconds(second);
}

} // namespace

std::optional<SystemTime> parseHttpDate(QByteArrayView text)
{
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    const qsizetype comma = text.indexOf(',');
    if (comma == 3) { // Sun, 06 Nov 1994 08:49:37 GMT
        Scanner scanner(text.sliced(comma));
        scanner.literal(", ").number(2, day).literal(" ").month(month).literal(" ").number(4, year).literal(" ");
        if (!scanner.time(hour, minute, second).literal(" GMT").atEnd())
            return {};
    } else if (comma > 3) { // Sunday, 06-Nov-94 08:49:37 GMT
        Scanner scanner(text.sliced(comma));
        scanner.literal(", ").number(2, day).literal("-").month(month).literal("-").number(2, year).literal(" ");
        if (!scanner.time(hour, minute, second).literal(" GMT").atEnd())
            return {};
        year += year < 70 ? 2000 : 1900;
    } else { // Sun Nov  6 08:49:37 1994
        if (text.size() < 4)
            return {};
        Scanner scanner(text.sliced(3));
        scanner.literal(" ").month(month).literal(" ");
        if (scanner.startsWith(' '))
            scanner.literal(" ").number(1, day);
        else
            scanner.number(2, day);
        scanner.literal(" ").time(hour, minute, second).literal(" ").number(4, year);
        if (!scanner.atEnd())
            return {};
    }
    return compose(year, month, day, hour, minute, second);
}

std::optional<std::chrono::milliseconds> parseRetryAfter(QByteArrayView text, SystemTime now,
                                                         std::chrono::milliseconds maximum)
{
    text = text.trimmed();
    if (text.isEmpty() || text.size() > 64)
        return {};
    if (std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        std::int64_t seconds = 0;
        for (const char c : text)
            seconds = std::min<std::int64_t>(seconds * 10 + (c - '0'), 1'000'000'000);
        return std::min<std::chrono::milliseconds>(std::chrono::seconds(seconds), maximum);
    }
    const std::optional<SystemTime> date = parseHttpDate(text);
    if (!date)
        return {};
    return std::clamp(*date - now, std::chrono::milliseconds(0), maximum);
}

} // namespace Infra::Detail
