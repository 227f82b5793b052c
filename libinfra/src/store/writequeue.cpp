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

Result<void> WriteQueue::submit(const std::shared_ptr<WriteRequest> &request, SteadyTime deadline)
{
    {
        MutexLocker locker(m_mutex);
        if (m_isLed) {
            if (m_queue.size() >= MaximumWaiters)
                return failure(Error::Kind::Busy, QStringLiteral("more than %1 writers wait").arg(MaximumWaiters));
            m_queue.push_back(request);
            m_clock.waitUntil(locker.unique(), request->changed, deadline, [&request] {
                return request->state == State::Leading || request->state == State::Done;
            });
            if (request->state == State::Done)
                return {};
            if (request->state == State::Running)
                return failure(Error::Kind::Timeout, QStringLiteral("the transaction still ran at the deadline; it may yet commit"));
            if (request->state == State::Queued) {
                std::erase(m_queue, request);
                return failure(Error::Kind::Busy, QStringLiteral("other writers of this process had the turn until the deadline"));
            }
        } else {
            m_isLed = true;
            request->state = State::Leading;
        }
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
        m_queue.front()->state = State::Running;
        batch.push_back(std::move(m_queue.front()));
        m_queue.pop_front();
    }
    return batch;
}

void WriteQueue::finish(const Requests &batch, const WriteRequest *own)
{
    const MutexLocker locker(m_mutex);
    for (const auto &request : batch) {
        if (request.get() == own)
            continue;
        request->state = State::Done;
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
    const MutexLocker locker(m_mutex);
    if (m_queue.empty()) {
        m_isLed = false;
    } else {
        m_queue.front()->state = State::Leading;
        m_queue.front()->changed.notify_one();
        m_queue.pop_front();
    }
}

} // namespace Infra::Detail
