// SPDX-License-Identifier: GPL-3.0-or-later
#include "keypattern.h"

#include <algorithm>

namespace InfraConsole {

namespace {

// Matches one byte against the set that begins at `at` (behind the bracket) and moves `at` behind it.
bool matchesSet(const QByteArray &pattern, qsizetype &at, uchar byte, bool &closed)
{
    const bool inverted = at < pattern.size() && pattern.at(at) == '^';
    if (inverted)
        ++at;
    bool found = false;
    bool first = true;
    for (; at < pattern.size(); first = false) {
        const auto low = static_cast<uchar>(pattern.at(at));
        if (low == ']' && !first) {
            ++at;
            closed = true;
            return found != inverted;
        }
        if (at + 2 < pattern.size() && pattern.at(at + 1) == '-' && pattern.at(at + 2) != ']') {
            const auto high = static_cast<uchar>(pattern.at(at + 2));
            found = found || (byte >= low && byte <= high);
            at += 3;
        } else {
            found = found || byte == low;
            ++at;
        }
    }
    closed = false;
    return false;
}

} // namespace

bool globMatches(const QByteArray &pattern, const QByteArray &key)
{
    // On a mismatch the last star takes one byte more; earlier stars never need to be tried again.
    qsizetype at = 0, position = 0, starAt = -1, starPosition = 0;
    while (position < key.size()) {
        bool matched = false;
        if (at < pattern.size()) {
            const char symbol = pattern.at(at);
            if (symbol == '*') {
                starAt = at++;
                starPosition = position;
                continue;
            }
            if (symbol == '?') {
                ++at;
                matched = true;
            } else if (symbol == '[') {
                qsizetype behind = at + 1;
                bool closed = false;
                matched = matchesSet(pattern, behind, static_cast<uchar>(key.at(position)), closed);
                if (!closed)
                    return false;
                at = behind;
            } else {
                matched = symbol == key.at(position);
                ++at;
            }
        }
        if (matched) {
            ++position;
        } else if (starAt >= 0) {
            at = starAt + 1;
            position = ++starPosition;
        } else {
            return false;
        }
    }
    while (at < pattern.size() && pattern.at(at) == '*')
        ++at;
    return at == pattern.size();
}

QByteArray literalPrefix(const QByteArray &pattern)
{
    const auto special = std::find_if(pattern.begin(), pattern.end(), [](char c) { return c == '*' || c == '?' || c == '['; });
    return pattern.left(std::distance(pattern.begin(), special));
}

QByteArray nextSegment(const QByteArray &key, const QByteArray &prefix)
{
    if (!key.startsWith(prefix))
        return {};
    for (qsizetype i = prefix.size(); i < key.size(); ++i) {
        const char c = key.at(i);
        if (c == ':' || c == '/' || c == '|')
            return key.mid(prefix.size(), i + 1 - prefix.size());
    }
    return {};
}

} // namespace InfraConsole
