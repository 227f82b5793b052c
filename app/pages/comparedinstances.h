// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/timechart.h"

#include <QByteArray>

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace InfraConsole {

// Thread safety: a value.
//
// Which instances the charts of one component compare: as many as have a colour each, and each keeps its colour for as long as
// it is compared. Who is the heaviest changes every second; who is compared must not, or lines came without a past and went
// before anybody had read them.
class ComparedInstances
{
public:
    struct Candidate
    {
        QByteArray id;
        QString name;
        bool stale = false;
        double weight = 0; // The heavier, the sooner it is compared.
        std::optional<std::size_t> color; // That it has elsewhere, and gets here unless somebody else has it.
    };

    // Anew: `selected`, then the heaviest that live.
    void choose(const std::vector<Candidate> &candidates, const QByteArray &selected);
    // With what is known now: only who has gone, or is silent while another lives, makes room. True when somebody did.
    [[nodiscard]] bool keep(const std::vector<Candidate> &candidates, const QByteArray &selected);

    // By colour; empty where nobody has it.
    [[nodiscard]] const std::array<QByteArray, TimeChart::MaximumSeries> &ids() const { return m_ids; }

private:
    [[nodiscard]] bool contains(const QByteArray &id) const;
    [[nodiscard]] bool take(std::vector<Candidate> candidates, const QByteArray &selected, bool preferPresent);

    std::array<QByteArray, TimeChart::MaximumSeries> m_ids;
};

} // namespace InfraConsole
