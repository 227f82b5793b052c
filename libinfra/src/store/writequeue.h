// SPDX-License-Identifier: MIT
#pragma once

#include "storebackend.h"
#include "threadannotations.h"

#include <atomic>
#include <chrono>
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
    // By the turn: false when the leader's time ended before this one was tried alone; whoever leads next takes it along.
    bool isServed = true;
    // Under the queue's lock: its caller has gone, so it must not be queued again.
    bool isAbandoned = false;
    // Set instead of operations: wants the turn for itself.
    std::function<Result<void>()> exclusive;

    // Where the callers of one batch sleep, apart from the queue's lock, and woken by one system call: waking them one
    // by one took the leader a fifth of its time.
    struct Room
    {
        Mutex mutex;
        std::condition_variable changed;
        std::atomic<int> sleepers{0};
    };
    enum class State { Queued, Leading, Running, Done };
    std::shared_ptr<Room> room; // None for a caller that found the queue empty.
    std::atomic<State> state{State::Queued};

    // The caller may go on.
    [[nodiscard]] bool isCalled() const noexcept
    {
        const State now = state.load();
        return now == State::Leading || now == State::Done;
    }
};

// What happens in a turn; implemented by the store.
class WriteTurn
{
public:
    virtual ~WriteTurn() = default;
    // Takes the lock across processes; Busy at the deadline.
    [[nodiscard]] virtual Result<void> beginTurn(SteadyTime deadline) = 0;
    // Sets the result of every request, by the deadline of the first, whose caller runs it; others may be left
    // unserved behind that.
    virtual void execute(std::span<const std::shared_ptr<WriteRequest>> batch, SteadyTime deadline) = 0;
    virtual void endTurn() = 0;
};

// Thread safety: every member may be called from any thread at once.
//
// One turn at a time in this process, first come, first served. A caller that finds the queue empty runs its turn
// on its own thread; whoever comes meanwhile waits and is then taken along, many to one transaction (group commit,
// as in leveldb and PostgreSQL). Callers that write one entry after the other come back together, a moment after their
// batch; a leader waits for that moment, or each would end with a transaction of its own (compare PostgreSQL's
// commit_delay, which is a fixed time). It hands the lead to the next in the queue after its batch, so that nobody
// works for the others.
class WriteQueue
{
public:
    static constexpr std::size_t MaximumBatch = 512; // Operations; a single larger request is still one transaction.
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
    // Until it is called, or the deadline.
    void await(WriteRequest &request, SteadyTime deadline);
    // Waits a moment for those of the last batch who are about to come back.
    void gather();
    // Puts what is not served back to where it came from.
    void finish(const Requests &batch, const WriteRequest *own);
    static void wakeSleepers(WriteRequest::Room &room);

    const Clock &m_clock;
    WriteTurn &m_turn;
    Mutex m_mutex;
    bool m_isLed INFRA_GUARDED_BY(m_mutex) = false;
    std::deque<std::shared_ptr<WriteRequest>> m_queue INFRA_GUARDED_BY(m_mutex);
    std::shared_ptr<WriteRequest::Room> m_room INFRA_GUARDED_BY(m_mutex); // For the next to come.
    // How long a batch takes of late.
    std::atomic<std::chrono::nanoseconds> m_batchDuration{std::chrono::nanoseconds(0)};
    // Of the leader.
    std::size_t m_lastBatch = 1;
};

} // namespace Infra::Detail
