// SPDX-License-Identifier: GPL-3.0-or-later
#include "comparedinstances.h"

#include <algorithm>

namespace InfraConsole {

void ComparedInstances::choose(const std::vector<Candidate> &candidates, const QByteArray &selected)
{
    static_cast<void>(take(candidates, selected, false));
}

bool ComparedInstances::keep(const std::vector<Candidate> &candidates, const QByteArray &selected)
{
    return take(candidates, selected, true);
}

bool ComparedInstances::contains(const QByteArray &id) const
{
    return std::find(m_ids.begin(), m_ids.end(), id) != m_ids.end();
}

bool ComparedInstances::take(std::vector<Candidate> candidates, const QByteArray &selected, bool preferPresent)
{
    const auto rank = [&](const Candidate &candidate) {
        const bool isPresent = preferPresent && contains(candidate.id);
        if (candidate.id == selected)
            return 0;
        if (candidate.stale)
            return isPresent ? 3 : 4;
        return isPresent ? 1 : 2;
    };
    std::stable_sort(candidates.begin(), candidates.end(), [&rank](const Candidate &a, const Candidate &b) {
        const int ofA = rank(a);
        const int ofB = rank(b);
        return ofA != ofB ? ofA < ofB : a.weight > b.weight;
    });
    if (candidates.size() > m_ids.size())
        candidates.resize(m_ids.size());
    // Those that come together stand in the legend by name.
    std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate &a, const Candidate &b) { return a.name < b.name; });

    bool isChanged = false;
    for (QByteArray &id : m_ids) {
        const auto isId = [&id](const Candidate &candidate) { return candidate.id == id; };
        if (id.isEmpty() || std::any_of(candidates.begin(), candidates.end(), isId))
            continue;
        id.clear();
        isChanged = true;
    }
    for (const Candidate &candidate : candidates) {
        if (contains(candidate.id) || !candidate.color || !m_ids.at(*candidate.color).isEmpty())
            continue;
        m_ids.at(*candidate.color) = candidate.id;
        isChanged = true;
    }
    for (const Candidate &candidate : candidates) {
        if (contains(candidate.id))
            continue;
        *std::find_if(m_ids.begin(), m_ids.end(), [](const QByteArray &id) { return id.isEmpty(); }) = candidate.id;
        isChanged = true;
    }
    return isChanged;
}

} // namespace InfraConsole
