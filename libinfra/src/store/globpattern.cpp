// SPDX-License-Identifier: MIT
#include "globpattern.h"

#include <utility>

namespace Infra::Detail {

GlobPattern::GlobPattern(QByteArray pattern) : m_pattern(std::move(pattern)) {}

QByteArray GlobPattern::literalPrefix() const
{
    qsizetype length = 0;
    while (length < m_pattern.size() && m_pattern[length] != '*' && m_pattern[length] != '?' && m_pattern[length] != '[')
        ++length;
    return m_pattern.left(length);
}

namespace {

// Whether `byte` is in the set that opens at `at`; moves `at` behind the set. An unclosed set matches nothing.
bool matchesSet(const QByteArray &pattern, qsizetype &at, unsigned char byte)
{
    qsizetype i = at + 1;
    const bool inverted = i < pattern.size() && pattern[i] == '^';
    if (inverted)
        ++i;
    bool found = false;
    for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
        const auto low = static_cast<unsigned char>(pattern[i]);
        found |= byte == low; // Also as the lower end of a range whose ends are exchanged.
        const bool beginsRange = !(first && low == ']');
        if (beginsRange && i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
            found |= byte >= low && byte <= static_cast<unsigned char>(pattern[i + 2]);
            i += 3;
        } else {
            ++i;
        }
    }
    if (i >= pattern.size()) {
        at = pattern.size();
        return false;
    }
    at = i + 1;
    return found != inverted;
}

} // namespace

QByteArray GlobPattern::longestLiteral() const
{
    QByteArray longest;
    qsizetype begin = 0;
    for (qsizetype at = 0; at <= m_pattern.size(); ++at) {
        const bool ends = at == m_pattern.size() || m_pattern[at] == '*' || m_pattern[at] == '?' || m_pattern[at] == '[';
        if (!ends)
            continue;
        if (at - begin > longest.size())
            longest = m_pattern.mid(begin, at - begin);
        if (at < m_pattern.size() && m_pattern[at] == '[') {
            // Any byte will do for finding where the set ends.
            static_cast<void>(matchesSet(m_pattern, at, 0));
            --at;
        }
        begin = at + 1;
    }
    return longest;
}

bool GlobPattern::matches(QByteArrayView text) const noexcept
{
    qsizetype at = 0;
    qsizetype in = 0;
    // Where the last * stood, and how much it has taken: only the last one ever needs to give way.
    qsizetype star = -1;
    qsizetype taken = 0;
    while (in < text.size()) {
        bool advanced = false;
        if (at < m_pattern.size()) {
            const char c = m_pattern[at];
            if (c == '*') {
                star = at++;
                taken = in;
                continue;
            }
            qsizetype next = at + 1;
            if (c == '?')
                advanced = true;
            else if (c == '[')
                advanced = matchesSet(m_pattern, next = at, static_cast<unsigned char>(text[in]));
            else
                advanced = c == text[in];
            if (advanced) {
                at = next;
                ++in;
                continue;
            }
        }
        if (star < 0)
            return false;
        at = star + 1;
        in = ++taken;
    }
    while (at < m_pattern.size() && m_pattern[at] == '*')
        ++at;
    return at == m_pattern.size();
}

} // namespace Infra::Detail
