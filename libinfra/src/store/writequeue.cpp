// SPDX-License-Identifier: MIT
#include "writequeue.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace Infra::Detail {

using State = WriteRequest::State;

namespace {

// Of what a batch takes, the part that a leader waits for the others to come back.
constexpr int GatheringPart = 4;
constexpr std::chrono::nanoseconds MaximumGathering = std::chrono::microseconds(200);
// What a batch takes at most for its callers to stay awake: a commit of a fast disk, synced, is within it.
constexpr std::chrono::nanoseconds LongestAwaitedAwake = std::chrono::microseconds(500);

} // namespace

WriteQueue::WriteQueue(const Clock &clock, WriteTurn &turn) : m_clock(clock), m_turn(turn) {}

Result<std::vector<WriteOutcome>> WriteQueue::write(std::vector<WriteOperation> operations, SteadyTime deadline)
{
    const auto request = std::make_shared<WriteRequest>();
    request->operations = std::move(operations);
    if (auto served = submit(request, deadline); !served)
        return failure(std::move(served.error()));
    return std::move(request->result);
}

Result<void> WriteQueue::run(std::function<Result<void>()> job, SteadyTime deadline)
{
    const auto request = std::make_shared<WriteRequest>();
    request->exclusive = std::move(job);
    if (auto served = submit(request, deadline); !served)
        return failure(std::move(served.error()));
    if (!request->result)
        return failure(std::move(request->result.error()));
    return {};
}

void WriteQueue::await(WriteRequest &request, SteadyTime deadline)
{
    // A short batch is over before a thread has gone to sleep and woken up, which costs as much as writing a row; whoever
    // else can run goes first.
    const std::chrono::nanoseconds batch = m_batchDuration.load(std::memory_order_relaxed);
    if (batch <= LongestAwaitedAwake) {
        const auto limit = std::chrono::steady_clock::now() + 2 * batch;
        do {
            if (request.isCalled())
                return;
            std::this_thread::yield();
        } while (std::chrono::steady_clock::now() < limit);
    }
    MutexLocker locker(request.room->mutex);
    request.room->sleepers.fetch_add(1);
    m_clock.waitUntil(locker.unique(), request.room->changed, deadline, [&request] { return request.isCalled(); });
    request.room->sleepers.fetch_sub(1);
}

void WriteQueue::wakeSleepers(WriteRequest::Room &room)
{
    // Who goes to sleep counts himself before he looks at his state for the last time.
    if (room.sleepers.load() == 0)
        return;
    {
        const MutexLocker locker(room.mutex); // Nobody is between that look and his sleep now.
    }
    room.changed.notify_all();
}

Result<void> WriteQueue::submit(const std::shared_ptr<WriteRequest> &request, SteadyTime deadline)
{
    bool isLeader = false;
    {
        const MutexLocker locker(m_mutex);
        if (m_isLed && m_queue.size() >= MaximumWaiters)
            return failure(Error::Kind::Busy, QStringLiteral("more than %1 writers wait").arg(MaximumWaiters));
        if (m_isLed) {
            if (!m_room)
                m_room = std::make_shared<WriteRequest::Room>();
            request->room = m_room;
            m_queue.push_back(request);
        } else {
            isLeader = m_isLed = true;
        }
    }
    if (!isLeader) {
        await(*request, deadline);
        State state = request->state.load();
        if (state != State::Leading && state != State::Done) {
            const MutexLocker locker(m_mutex); // Whoever calls a request takes it off the queue.
            state = request->state.load();
            if (state == State::Queued)
                std::erase(m_queue, request);
            request->isAbandoned = state == State::Running;
        }
        if (state == State::Done)
            return {};
        if (state == State::Running)
            return failure(Error::Kind::Timeout, QStringLiteral("the transaction still ran at the deadline; it may yet commit"));
        if (state == State::Queued)
            return failure(Error::Kind::Busy, QStringLiteral("other writers of this process had the turn until the deadline"));
    }
    lead(request, deadline);
    return {};
}

std::size_t WriteQueue::waiting()
{
    const MutexLocker locker(m_mutex);
    return m_queue.size();
}

WriteQueue::Requests WriteQueue::takeBatch(const std::shared_ptr<WriteRequest> &own)
{
    Requests batch{own};
    std::size_t operations = own->operations.size();
    const MutexLocker locker(m_mutex);
    while (!m_queue.empty() && !m_queue.front()->exclusive && operations + m_queue.front()->operations.size() <= MaximumBatch) {
        std::shared_ptr<WriteRequest> request = std::move(m_queue.front());
        m_queue.pop_front();
        operations += request->operations.size();
        request->state.store(State::Running, std::memory_order_relaxed);
        batch.push_back(std::move(request));
    }
    m_room.reset();
    return batch;
}

void WriteQueue::finish(const Requests &batch, const WriteRequest *own)
{
    std::shared_ptr<WriteRequest::Room> last;
    for (const auto &request : batch) {
        if (request.get() == own || !request->isServed)
            continue;
        if (last && last != request->room)
            wakeSleepers(*last);
        last = request->room;
        request->state.store(State::Done);
    }
    if (last)
        wakeSleepers(*last);
    if (std::all_of(batch.begin(), batch.end(), [](const auto &request) { return request->isServed; }))
        return;
    const MutexLocker locker(m_mutex);
    for (auto request = batch.rbegin(); request != batch.rend(); ++request) {
        if ((*request)->isServed || (*request)->isAbandoned)
            continue;
        (*request)->isServed = true;
        (*request)->state.store(State::Queued);
        m_queue.push_front(*request);
    }
}

void WriteQueue::gather()
{
    if (1 + waiting() >= m_lastBatch)
        return;
    // Yields rather than sleeps: they need a processor, and a sleep would take longer than they do.
    const auto limit = std::chrono::steady_clock::now()
        + std::min(m_batchDuration.load(std::memory_order_relaxed) / GatheringPart, MaximumGathering);
    do {
        std::this_thread::yield();
    } while (1 + waiting() < m_lastBatch && std::chrono::steady_clock::now() < limit);
}

void WriteQueue::lead(const std::shared_ptr<WriteRequest> &own, SteadyTime deadline)
{
    // Before the turn, which other processes may be waiting for.
    if (!own->exclusive)
        gather();
    auto begun = m_turn.beginTurn(deadline);
    if (!begun) {
        own->result = failure(std::move(begun.error()));
    } else if (own->exclusive) {
        if (auto done = own->exclusive(); !done)
            own->result = failure(std::move(done.error()));
        m_turn.endTurn();
    } else {
        const Requests batch = takeBatch(own);
        const auto before = std::chrono::steady_clock::now();
        m_turn.execute(batch, deadline);
        m_batchDuration.store(std::chrono::steady_clock::now() - before, std::memory_order_relaxed);
        m_lastBatch = batch.size();
        m_turn.endTurn();
        finish(batch, own.get());
    }
    std::shared_ptr<WriteRequest> next;
    {
        const MutexLocker locker(m_mutex);
        if (m_queue.empty()) {
            m_isLed = false;
            return;
        }
        next = std::move(m_queue.front());
        m_queue.pop_front();
        next->state.store(State::Leading);
    }
    wakeSleepers(*next->room);
}

} // namespace Infra::Detail
