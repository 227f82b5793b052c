// SPDX-License-Identifier: MIT
#pragma once

#include "figures.h"

#include <QMap>
#include <QString>
#include <QStringList>

#include <cstdint>

namespace InfraTorture {

// What one or several arenas came to.
struct Account
{
    double seconds = 0;
    std::uint64_t operations = 0;
    double longestRead = 0; // In milliseconds.
    double longestCall = 0;
    QMap<QString, std::uint64_t> counts;     // What happened.
    QMap<QString, std::uint64_t> guarantees; // How often each was broken.
    QMap<QString, std::uint64_t> errors;     // Of calls, by kind.
    QStringList notes;

    [[nodiscard]] std::uint64_t violations() const;
    void add(const Account &other);
    void addTo(InfraTest::Figures &figures) const;
};

} // namespace InfraTorture
