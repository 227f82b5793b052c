// SPDX-License-Identifier: MIT
#pragma once

#include "storebackend.h"
#include "threadannotations.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace Infra::Detail {

// One caller's operations on their way through a shared transaction.
struct WriteRequest
{
    std::vector<WriteOperation> operations;
    Result<std::vector<WriteOutcome>> result{std::vector<WriteOutcome>()};
    // Set instead of operations: wants the turn for itself.
    std::function<Result<void>()> exclusive;

    enum class State { Queued, Leading, Running, Done };
    // Its own, so that those who are woken do not meet at the queue's. Locked behind that one, when both are.
    Mutex mutex;
    State state INFRA_GUARDED_BY(mutex) = State::Queued;
    std::condition_variable changed;
};

// What happens in a turn; implemented by the store.
class WriteTurn
{
public:
    virtual ~WriteTurn() = default;
    // Takes the lock across processes; Busy at the deadline.
    [[nodiscard]] virtual Result<void> beginTurn(SteadyTime deadline) = 0;
    // Sets the result of every request.
    virtual void execute(std::span<const std::shared_ptr<WriteRequest>> batch, SteadyTime deadline) = 0;
    virtual void endTurn() = 0;
};

// Thread safety: every member may be called from any thread at once.
//
// One turn at a time in this process, first come, first served. A caller that finds the queue empty runs its turn
// on its own thread; whoever comes meanwhile waits and is then taken along, many to one transaction (group commit,
// as in leveldb and PostgreSQL). The leader serves a few rounds and hands the lead to the next in the queue, so that
// nobody works for the others for long.
class WriteQueue
{
public:
    static constexpr std::size_t MaximumBatch = 512; // Operations; a single larger request is still one transaction.
    static constexpr int MaximumRounds = 4;
    static constexpr std::size_t MaximumWaiters = 4096;

    WriteQueue(const Clock &clock, WriteTurn &turn);

    [[nodiscard]] Result<std::vector<WriteOutcome>> write(std::vector<WriteOperation> operations, SteadyTime deadline);
    // Runs `job` in a turn of its own.
    [[nodiscard]] Result<void> run(std::function<Result<void>()> job, SteadyTime deadline);
    // Requests that wait for their turn.
    [[nodiscard]] std::size_t waiting();

private:
    using Requests = std::vector<std::shared_ptr<WriteRequest>>;

    // What went wrong before the request had its turn; its own result otherwise.
    [[nodiscard]] Result<void> submit(const std::shared_ptr<WriteRequest> &request, SteadyTime deadline);
    void lead(const std::shared_ptr<WriteRequest> &own, SteadyTime deadline);
    [[nodiscard]] Requests takeBatch(const std::shared_ptr<WriteRequest> &own);
    // Until its state is Leading or Done, or the deadline.
    [[nodiscard]] WriteRequest::State await(WriteRequest &request, SteadyTime deadline);
    static void enter(WriteRequest &request, WriteRequest::State state);
    static void finish(const Requests &batch, const WriteRequest *own);

    const Clock &m_clock;
    WriteTurn &m_turn;
    Mutex m_mutex;
    bool m_isLed INFRA_GUARDED_BY(m_mutex) = false;
    std::deque<std::shared_ptr<WriteRequest>> m_queue INFRA_GUARDED_BY(m_mutex);
};

} // namespace Infra::Detail
