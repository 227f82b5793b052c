// SPDX-License-Identifier: MIT
#include "writequeue.h"

#include <utility>

namespace Infra::Detail {

using State = WriteRequest::State;

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

void WriteQueue::enter(WriteRequest &request, State state)
{
    const MutexLocker locker(request.mutex);
    request.state = state;
}

State WriteQueue::await(WriteRequest &request, SteadyTime deadline)
{
    MutexLocker locker(request.mutex);
    m_clock.waitUntil(locker.unique(), request.changed, deadline, [&request] {
        request.mutex.assertHeld();
        return request.state == State::Leading || request.state == State::Done;
    });
    return request.state;
}

Result<void> WriteQueue::submit(const std::shared_ptr<WriteRequest> &request, SteadyTime deadline)
{
    bool isLeader = false;
    {
        const MutexLocker locker(m_mutex);
        if (m_isLed && m_queue.size() >= MaximumWaiters)
            return failure(Error::Kind::Busy, QStringLiteral("more than %1 writers wait").arg(MaximumWaiters));
        if (m_isLed)
            m_queue.push_back(request);
        else
            isLeader = m_isLed = true;
    }
    if (!isLeader) {
        State state = await(*request, deadline);
        if (state != State::Leading && state != State::Done) {
            const MutexLocker locker(m_mutex);
            const MutexLocker own(request->mutex);
            state = request->state;
            if (state == State::Queued)
                std::erase(m_queue, request);
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
    Requests batch;
    std::size_t operations = 0;
    if (own) {
        batch.push_back(own);
        operations = own->operations.size();
    }
    const MutexLocker locker(m_mutex);
    while (!m_queue.empty() && !m_queue.front()->exclusive
           && (batch.empty() || operations + m_queue.front()->operations.size() <= MaximumBatch)) {
        operations += m_queue.front()->operations.size();
        enter(*m_queue.front(), State::Running);
        batch.push_back(std::move(m_queue.front()));
        m_queue.pop_front();
    }
    return batch;
}

void WriteQueue::finish(const Requests &batch, const WriteRequest *own)
{
    for (const auto &request : batch) {
        if (request.get() == own)
            continue;
        enter(*request, State::Done);
        request->changed.notify_one();
    }
}

void WriteQueue::lead(const std::shared_ptr<WriteRequest> &own, SteadyTime deadline)
{
    auto begun = m_turn.beginTurn(deadline);
    if (!begun) {
        own->result = failure(std::move(begun.error()));
    } else if (own->exclusive) {
        if (auto done = own->exclusive(); !done)
            own->result = failure(std::move(done.error()));
        m_turn.endTurn();
    } else {
        for (int round = 0; round < MaximumRounds; ++round) {
            const Requests batch = takeBatch(round == 0 ? own : nullptr);
            if (batch.empty())
                break;
            m_turn.execute(batch, deadline);
            finish(batch, own.get());
        }
        m_turn.endTurn();
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
        enter(*next, State::Leading);
    }
    next->changed.notify_one();
}

} // namespace Infra::Detail
