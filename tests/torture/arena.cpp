// SPDX-License-Identifier: MIT
#include "arena.h"

#include "smalldisk.h"

#include <infra/error.h>

#include <algorithm>

namespace InfraTorture {

namespace {

constexpr std::size_t LogCapacity = 16'000'000;
constexpr qsizetype EventsToName = 3;
// What a call may take beyond its deadline: the machine has other things to do.
constexpr std::chrono::milliseconds Lateness{2500};
// How far the clocks of two processes may differ: a cache adopts what the wall clock is ahead by more than 2 ms, keeps time
// in milliseconds, and takes a hit in memory for up to a tick of the kernel later than it is. The rest is for a process that
// loses the processor between looking at the one clock and at the other.
constexpr std::chrono::nanoseconds ClockError = std::chrono::milliseconds(25);
// Clocks that are read further apart than this say little about each other.
constexpr std::uint64_t OneLook = 50'000;
constexpr int MostLooks = 100;

} // namespace

Arena::Arena(const ArenaOptions &options) : m_options(options), m_random(options.workload.seed) {}

Arena::~Arena()
{
    m_group.reset();
    if (m_hasDisk)
        unmountSmallDisk(directory());
}

std::unique_ptr<Arena> Arena::create(const ArenaOptions &options, QString *problem)
{
    std::unique_ptr<Arena> arena(new Arena(options));
    arena->m_log = OperationLog::create(LogCapacity);
    if (!arena->m_directory.isValid() || !arena->m_log) {
        *problem = QStringLiteral("no room for a history: ") + arena->m_directory.errorString();
        return nullptr;
    }
    if (options.diskBytes > 0) {
        QString reason;
        arena->m_hasDisk = mountSmallDisk(arena->directory(), options.diskBytes, &reason);
        if (!arena->m_hasDisk)
            std::printf("note: %s; writes are refused by RLIMIT_FSIZE instead\n", qPrintable(reason));
    }
    arena->m_options.workload.path = arena->m_directory.filePath(QStringLiteral("cache.db"));
    arena->lookAtWallClock();
    arena->m_group = std::make_unique<ProcessGroup>(arena->m_options.workload, *arena->m_log, options.processes);
    return arena;
}

void Arena::event(const QString &what)
{
    lookAtWallClock();
    m_events.emplace_back(OperationLog::now(), what);
}

void Arena::lookAtWallClock()
{
    std::uint64_t before = 0;
    std::chrono::nanoseconds wall{0};
    int looks = 0;
    do {
        before = OperationLog::now();
        wall = std::chrono::system_clock::now().time_since_epoch();
    } while (OperationLog::now() - before > OneLook && ++looks < MostLooks);
    const std::int64_t lead = wall.count() - static_cast<std::int64_t>(before);
    m_leastLead = std::min(m_leastLead, lead);
    m_largestLead = std::max(m_largestLead, lead);
}

void Arena::violation(const QString &kind, const QString &what)
{
    ++m_violations[kind];
    m_notes += kind + QStringLiteral(": ") + what + QStringLiteral(" [") + eventAt(OperationLog::now()) + QLatin1Char(']');
}

QString Arena::eventAt(std::uint64_t moment) const
{
    QStringList found;
    for (auto event = m_events.rbegin(); event != m_events.rend() && found.size() < EventsToName; ++event) {
        if (event->first <= moment)
            found += QStringLiteral("%1 us behind: %2").arg((moment - event->first) / 1000).arg(event->second);
    }
    return found.isEmpty() ? QStringLiteral("before anything happened") : found.join(QStringLiteral("; "));
}

void Arena::expectService(const QString &behind)
{
    if (!m_group->waitForService())
        violation(QStringLiteral("did not recover"), QStringLiteral("no service behind ") + behind);
}

void Arena::logReplacement(std::uint64_t begin, std::uint64_t end)
{
    if (Operation *operation = m_log->begin(Operation::Kind::Invalidate, 0, Operation::AllKeys)) {
        operation->begin = begin;
        operation->end = end;
    }
}

void Arena::logForeignValue(std::uint32_t key, std::uint64_t value, std::uint64_t begin, std::uint64_t end)
{
    if (Operation *operation = m_log->begin(Operation::Kind::Set, 0, key)) {
        operation->value = value;
        operation->begin = begin;
        operation->end = end;
    }
}

Account Arena::judge()
{
    Account account;
    if (!m_group->endAll())
        violation(QStringLiteral("did not end when told to"), QStringLiteral("a process did not end within 30 s"));
    lookAtWallClock();
    Permissions permissions;
    permissions.losses = m_options.mayLose;
    permissions.parallelLoads = !m_options.oneLoadPerKey;
    permissions.clockError = static_cast<std::uint64_t>(ClockError.count() + m_largestLead - m_leastLead);
    const Verdict verdict = InfraTorture::judge(m_log->operations(), m_options.workload.allKeys(), permissions);
    account.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_begin).count();
    account.operations = verdict.operations;
    account.longestRead = static_cast<double>(verdict.longestRead) / 1e6;
    account.longestCall = static_cast<double>(verdict.longest) / 1e6;
    account.counts = m_counts;
    account.counts[QStringLiteral("misses behind a TTL")] = verdict.expiredMisses;
    std::uint64_t refusedOpens = 0;
    for (int process = 0; process < m_group->count(); ++process) {
        const ProcessState &state = m_log->state(process);
        refusedOpens += state.refusedOpens.load();
        account.counts[QStringLiteral("loads served by fail-safe")] += state.servedStale.load();
        account.counts[QStringLiteral("loads in the background")] += state.loadedBehind.load();
        account.counts[QStringLiteral("reads that failed")] += state.failedReads.load();
        account.counts[QStringLiteral("loads that failed")] += state.failedLoads.load();
        account.counts[QStringLiteral("loads that timed out")] += state.timedOutLoads.load();
        account.counts[QStringLiteral("writes that failed")] += state.failedWrites.load();
        for (std::size_t kind = 0; kind < std::size(state.errorsByKind); ++kind) {
            if (const std::uint64_t times = state.errorsByKind[kind].load(); times > 0)
                account.errors[QString::fromLatin1(Infra::errorKindName(static_cast<Infra::Error::Kind>(kind)))] += times;
        }
    }
    const std::chrono::nanoseconds bound = m_options.callBound.count() > 0 ? m_options.callBound : m_options.workload.operationTimeout + Lateness;
    account.guarantees = m_violations;
    account.guarantees[QStringLiteral("calls beyond their deadline")] += verdict.longest > static_cast<std::uint64_t>(bound.count()) ? 1 : 0;
    account.guarantees[QStringLiteral("stale reads")] = verdict.staleReads;
    account.guarantees[QStringLiteral("resurrections")] = verdict.resurrections;
    account.guarantees[QStringLiteral("entries that outlived their TTL")] = verdict.outlivedLives;
    account.guarantees[QStringLiteral("values that nobody wrote")] = verdict.unknownValues;
    account.guarantees[QStringLiteral("processes that died by themselves")] = static_cast<std::uint64_t>(m_group->deaths());
    if (m_options.oneLoadPerKey)
        account.guarantees[QStringLiteral("parallel loads")] = verdict.parallelLoads;
    if (m_options.mayLose)
        account.counts[QStringLiteral("misses behind a lost store")] += verdict.lostWrites;
    else
        account.guarantees[QStringLiteral("lost acknowledged writes")] = verdict.lostWrites;
    if (m_options.mayRefuse)
        account.counts[QStringLiteral("refused opens")] += refusedOpens;
    else
        account.guarantees[QStringLiteral("refused opens")] = refusedOpens;
    account.notes = m_notes;
    for (const Verdict::Finding &finding : verdict.findings)
        account.notes += finding.text + QStringLiteral(" [") + eventAt(finding.moment) + QLatin1Char(']');
    if (m_group->deaths() > 0)
        account.notes += m_group->firstDeath();
    return account;
}

} // namespace InfraTorture
