// SPDX-License-Identifier: MIT
#pragma once

#include "history.h"
#include "store/storecontext.h"

#include <QByteArray>
#include <QString>

#include <chrono>
#include <cstdint>

namespace InfraTorture {

// What each of the tormented processes does: random operations of two threads on four regions of a store, every one of them logged. Keys of
// the first are changed all the time. Those of the second, which follow them, are read as often but left alone for long enough
// that a life can end. Those of the third, behind these, are set by write-behind. Those of the last expire soon, are loaded again
// in the background before and, by factories that often fail, served for some time afterwards.
struct Workload
{
    QString path;
    std::uint64_t seed = 0;
    Infra::Detail::StoreFaults faults;
    // Of the busy region; a multiple of KeysPerTag.
    std::uint32_t keyCount = 8;
    // Values are a number and up to so many bytes that follow from it.
    std::uint32_t maximumPadding = 0;
    std::chrono::milliseconds operationTimeout{10'000};
    // Short, so that what is wrong with the files is seen soon. But what has expired is culled as often, and cannot be served
    // any more then: with SeldomHousekeeping it can.
    std::chrono::milliseconds housekeepingInterval{50};
    static constexpr std::chrono::milliseconds SeldomHousekeeping{800};
    // Processes from this one on open the store read-only, and only read.
    int firstReadOnly = OperationLog::MostProcesses;

    static constexpr std::uint32_t CalmKeyCount = 16;
    static constexpr std::uint32_t BehindKeyCount = 8;
    static constexpr std::uint32_t LapsingKeyCount = 8;
    // So many keys that follow each other have one tag.
    static constexpr std::uint32_t KeysPerTag = 4;
    // Of all regions.
    [[nodiscard]] std::uint32_t allKeys() const noexcept { return keyCount + CalmKeyCount + BehindKeyCount + LapsingKeyCount; }

    [[nodiscard]] static QByteArray key(std::uint32_t number);
    [[nodiscard]] QByteArray value(std::uint64_t number) const;
    // 0 for no value; WrongValue for one that was never written.
    [[nodiscard]] std::uint64_t numberIn(const QByteArray &value) const;
    static constexpr std::uint64_t WrongValue = ~std::uint64_t{0};

    // In a process of its own: works until it is killed, or told to end by SIGTERM.
    [[noreturn]] void run(OperationLog &log, int process, std::uint32_t incarnation) const;
    // The busy region once, filled with values from `first` on: for a store that is put in another's place. In a
    // process of its own, which dies of it when the store is not to be closed. Returns an exit status.
    enum class AtEnd { Close, Die };
    [[nodiscard]] int fill(const QString &database, std::uint64_t first, AtEnd atEnd) const;
};

inline constexpr char RegionName[] = "torture";
inline constexpr char CalmRegionName[] = "calm";
inline constexpr char BehindRegionName[] = "behind";
inline constexpr char LapsingRegionName[] = "lapsing";

} // namespace InfraTorture
