// SPDX-License-Identifier: MIT
#pragma once

#include "account.h"
#include "core/random.h"
#include "history.h"
#include "processgroup.h"
#include "workload.h"

#include <QMap>
#include <QString>
#include <QTemporaryDir>

#include <chrono>
#include <limits>
#include <memory>
#include <vector>

namespace InfraTorture {

struct ArenaOptions
{
    Workload workload;           // Its path is the arena's to set.
    int processes = 4;
    // Faults may take entries away, as a damaged store is rebuilt empty. Else each lost one is a violation.
    bool mayLose = false;
    // A key is loaded by one process at a time: as long as nobody takes the lock file away, or the store is out of reach.
    bool oneLoadPerKey = false;
    // Opening the store may fail for a while.
    bool mayRefuse = false;
    // What a call may take at most; 0: its deadline, and a little for the machine.
    std::chrono::milliseconds callBound{0};
    // The store lies on a file system of its own of so many bytes; 0: in the temporary directory.
    qint64 diskBytes = 0;
};

// A store, the processes that work on it, and the account of what went wrong.
class Arena
{
public:
    // Null, and the reason, when it cannot be had here.
    [[nodiscard]] static std::unique_ptr<Arena> create(const ArenaOptions &options, QString *problem);
    ~Arena();

    [[nodiscard]] const ArenaOptions &options() const noexcept { return m_options; }
    [[nodiscard]] const Workload &workload() const noexcept { return m_options.workload; }
    [[nodiscard]] QString path() const { return m_options.workload.path; }
    // Behind the store's path.
    [[nodiscard]] QString file(const char *suffix) const { return path() + QLatin1String(suffix); }
    [[nodiscard]] QString directory() const { return m_directory.path(); }
    [[nodiscard]] Infra::Detail::Random &random() noexcept { return m_random; }
    [[nodiscard]] OperationLog &log() noexcept { return *m_log; }
    [[nodiscard]] ProcessGroup &group() noexcept { return *m_group; }
    // The store lies on a file system that is its own. Else the disk is made full by RLIMIT_FSIZE.
    [[nodiscard]] bool hasDisk() const noexcept { return m_hasDisk; }

    // From now on what is found is put down to this.
    void event(const QString &what);
    // Something that must not happen did.
    void violation(const QString &kind, const QString &what);
    [[nodiscard]] bool hasViolations() const noexcept { return !m_violations.isEmpty(); }
    // Something happened, for the report.
    void count(const QString &what, std::uint64_t times = 1) { m_counts[what] += times; }
    // Everybody reads and writes again within a minute, by themselves.
    void expectService(const QString &behind);
    // What was written before `begin` may be gone from then on, and must be at `end` at the latest.
    void logReplacement(std::uint64_t begin, std::uint64_t end);
    // A value that came into the store from elsewhere in that time.
    void logForeignValue(std::uint32_t key, std::uint64_t value, std::uint64_t begin, std::uint64_t end);

    // Ends the processes and judges the history.
    [[nodiscard]] Account judge();

private:
    explicit Arena(const ArenaOptions &options);
    // What was going on.
    [[nodiscard]] QString eventAt(std::uint64_t moment) const;
    // Lives are measured by the wall clock, the history is not: how far they went apart so far.
    void lookAtWallClock();

    ArenaOptions m_options;
    QTemporaryDir m_directory;
    bool m_hasDisk = false;
    Infra::Detail::Random m_random;
    std::unique_ptr<OperationLog> m_log;
    std::unique_ptr<ProcessGroup> m_group;
    QMap<QString, std::uint64_t> m_violations;
    QMap<QString, std::uint64_t> m_counts;
    std::vector<std::pair<std::uint64_t, QString>> m_events;
    QStringList m_notes;
    std::int64_t m_leastLead = std::numeric_limits<std::int64_t>::max(); // Of the wall clock, in nanoseconds.
    std::int64_t m_largestLead = std::numeric_limits<std::int64_t>::min();
    std::chrono::steady_clock::time_point m_begin = std::chrono::steady_clock::now();
};

// Something that happens to a store and its processes; leaves them in service, or says that they are not.
class Fault
{
public:
    virtual ~Fault() = default;
    virtual void inflict(Arena &arena) = 0;
};

} // namespace InfraTorture
