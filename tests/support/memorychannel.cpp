// SPDX-License-Identifier: MIT
#include "memorychannel.h"

#include <algorithm>

namespace InfraTest {

using namespace Infra;
using Detail::EventRow;
using Detail::FrameRow;
using Detail::InstanceRow;
using Detail::MutexLocker;

namespace {

template<class Row>
std::vector<Row> behind(const std::vector<Row> &rows, std::uint64_t after, int limit)
{
    std::vector<Row> result;
    for (const Row &row : rows) {
        if (row.position > after && result.size() < static_cast<std::size_t>(limit))
            result.push_back(row);
    }
    return result;
}

} // namespace

Result<void> MemoryChannel::publish(const InstanceRow &instance, const FrameRow &frame, Deadline)
{
    const MutexLocker locker(m_mutex);
    ++m_publishCalls;
    if (m_error)
        return failure(*m_error);
    m_instances[instance.id] = instance;
    m_frames.push_back(frame);
    m_frames.back().position = m_frames.size();
    return {};
}

Result<std::vector<InstanceRow>> MemoryChannel::instances(Deadline)
{
    const MutexLocker locker(m_mutex);
    if (m_error)
        return failure(*m_error);
    std::vector<InstanceRow> rows;
    for (const auto &[id, row] : m_instances)
        rows.push_back(row);
    return rows;
}

Result<std::vector<FrameRow>> MemoryChannel::frames(std::uint64_t after, int limit, Deadline)
{
    const MutexLocker locker(m_mutex);
    if (m_error)
        return failure(*m_error);
    return behind(m_frames, after, limit);
}

Result<std::uint64_t> MemoryChannel::appendEvent(const EventRow &event, Deadline)
{
    const MutexLocker locker(m_mutex);
    if (m_error)
        return failure(*m_error);
    m_events.push_back(event);
    m_events.back().position = m_events.size();
    return m_events.back().position;
}

Result<std::vector<EventRow>> MemoryChannel::events(std::uint64_t after, int limit, Deadline)
{
    const MutexLocker locker(m_mutex);
    if (m_error)
        return failure(*m_error);
    return behind(m_events, after, limit);
}

void MemoryChannel::setError(std::optional<Error> error)
{
    const MutexLocker locker(m_mutex);
    m_error = std::move(error);
}

std::size_t MemoryChannel::publishCalls() const
{
    const MutexLocker locker(m_mutex);
    return m_publishCalls;
}

std::vector<FrameRow> MemoryChannel::allFrames() const
{
    const MutexLocker locker(m_mutex);
    return m_frames;
}

void MemoryChannel::appendFrame(FrameRow frame)
{
    const MutexLocker locker(m_mutex);
    m_frames.push_back(std::move(frame));
    m_frames.back().position = m_frames.size();
}

void MemoryChannel::appendInstance(const InstanceRow &instance)
{
    const MutexLocker locker(m_mutex);
    m_instances[instance.id] = instance;
}

void MemoryChannel::clear()
{
    const MutexLocker locker(m_mutex);
    m_frames.clear();
    m_events.clear();
}

} // namespace InfraTest
