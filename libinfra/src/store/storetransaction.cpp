// SPDX-License-Identifier: MIT
#include "storetransaction.h"

#include "keyhash.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <thread>

namespace Infra::Detail {

void StoreTransaction::Scope::markEntry(std::uint32_t regionId, std::uint64_t keyHash) noexcept
{
    m_changed.emplace_back(regionId, keyHash);
    if (m_faults.lateMarks)
        m_late.push_back(keyHash);
    else if (!m_faults.skipMarks)
        m_isSound &= m_file.markStripe(keyHash);
}

SqliteWriter::Done StoreTransaction::Scope::removeEntry(std::uint32_t regionId, const MatchedRow &row)
{
    markEntry(regionId, keyHash(row.key));
    if (auto removed = writer.removeRow(regionId, row); !removed)
        return removed;
    record = {CommitRecord::Kind::Absent, regionId, 0, row.key};
    return {};
}

void StoreTransaction::Scope::markLate() noexcept
{
    // Long enough for a reader to come in between.
    if (!m_late.empty())
        std::this_thread::sleep_for(std::chrono::microseconds(200));
    for (const std::uint64_t keyHash : m_late)
        m_isSound &= m_file.markStripe(keyHash);
}

void StoreTransaction::Scope::markRegion(std::uint32_t regionId) noexcept
{
    if (!m_faults.skipMarks)
        m_isSound &= m_file.markRegion(regionId);
    if (!m_faults.skipLoadGenerations)
        m_file.advanceLoads(regionId);
}

void StoreTransaction::Scope::markAllRegions() noexcept
{
    if (!m_faults.skipMarks)
        m_isSound &= m_file.markAllRegions();
    if (!m_faults.skipLoadGenerations)
        m_file.advanceAllLoads();
}

bool StoreTransaction::Scope::isUnchanged(const WriteOperation &operation) const noexcept
{
    if (!operation.onlyIfUnchanged || m_faults.skipLoadGenerations)
        return true;
    const LoadToken &token = *operation.onlyIfUnchanged;
    if (m_file.regionLoads(operation.regionId) != token.regionLoads || CoherenceView::isInFlight(token.stamp))
        return false;
    const CoherenceStamp now = m_file.capture(operation.regionId, operation.keyHash);
    if (now == token.stamp)
        return true;
    return m_file.captureBefore(operation.regionId, operation.keyHash) == token.stamp
        && std::find(m_changed.begin(), m_changed.end(), std::pair(operation.regionId, operation.keyHash)) == m_changed.end();
}

void StoreTransaction::dieAt(StoreFaults::Death instant) const noexcept
{
    if (m_context.faults.death == instant)
        ::kill(::getpid(), SIGKILL);
}

tl::expected<void, SqliteError> StoreTransaction::attempt(SteadyTime deadline, const Body &body)
{
    CoherenceFile &coherence = m_keeper.coherence();
    SqliteWriter &writer = m_keeper.writer();
    const auto before = std::chrono::steady_clock::now();
    const bool counts = coherence.beginFlight();
    Scope scope(writer, coherence, m_context.faults);
    bool mayHaveCommitted = false;
    auto done = writer.begin(deadline);
    if (done) {
        done = body(scope);
        if (done && (!scope.isSound() || !counts)) {
            m_keeper.condemnCoherence();
            done = tl::unexpected(SqliteError{SqliteFault::Damage, {Error::Kind::Corrupt, QStringLiteral("the coherence file is damaged"), {}}});
        }
        if (done) {
            // A change of no entry leaves the last changed one as it was.
            coherence.recordPending(scope.record ? *scope.record : coherence.lastCommit());
            coherence.publishMarks();
            dieAt(StoreFaults::Death::BeforeCommit);
            mayHaveCommitted = true;
            done = writer.commit();
            scope.markLate();
            dieAt(StoreFaults::Death::AfterCommit);
        }
        if (!done)
            writer.rollBack();
    }
    if (!done && m_context.faults.ignoreErrors)
        done = {};
    // Words that moved for nothing would make the next attempt drop what carries a token as overtaken, though it was
    // overtaken by itself alone.
    if (mayHaveCommitted)
        coherence.endFlight();
    else
        coherence.abandonFlight();
    if (done) {
        m_context.counters.transactions.fetch_add(1, std::memory_order_relaxed);
        m_context.counters.commitDuration.record(std::chrono::steady_clock::now() - before);
    }
    return done;
}

Result<void> StoreTransaction::run(SteadyTime deadline, const Body &body)
{
    Error last;
    m_hasCommitted = false;
    for (int attempts = 0; attempts < MaximumAttempts; ++attempts) {
        if (auto ready = attempts > 0 ? m_keeper.recover(deadline) : m_keeper.ensureWriter(deadline); !ready)
            return ready;
        auto done = attempt(deadline, body);
        if (done) {
            m_hasCommitted = true;
            if (m_keeper.verifyFiles()) {
                m_keeper.recordCommitted();
                m_context.health.set(StoreHealth::State::Available, {});
                return {};
            }
            last = {Error::Kind::Unavailable, QStringLiteral("the files of %1 were replaced").arg(m_context.paths.database), {}};
            continue;
        }
        last = done.error().error;
        switch (done.error().fault) {
        case SqliteFault::Damage:
            if (last.kind != Error::Kind::Corrupt || m_keeper.verifyFiles())
                m_keeper.writer().session()->condemn(last.kind == Error::Kind::Corrupt ? StoreSession::Verdict::Damaged : StoreSession::Verdict::Stale);
            continue;
        case SqliteFault::Busy:
            m_context.counters.busy.fetch_add(1, std::memory_order_relaxed);
            return failure(std::move(last));
        default:
            m_context.health.set(StoreHealth::State::Degraded, last.message);
            // A file that was taken away shows itself in many ways.
            if (!m_keeper.verifyFiles())
                continue;
            m_context.counters.errors.fetch_add(1, std::memory_order_relaxed);
            return failure(std::move(last));
        }
    }
    m_context.counters.errors.fetch_add(1, std::memory_order_relaxed);
    return failure(std::move(last));
}

} // namespace Infra::Detail
