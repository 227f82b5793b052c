// SPDX-License-Identifier: MIT
#pragma once

#include <core/threadannotations.h>
#include <telemetry/telemetrychannel.h>

#include <map>
#include <optional>

namespace InfraTest {

// Thread safety: every member may be called from any thread at once.
//
// A telemetry channel that keeps its rows in memory, and fails when told to: for faults that a real store only
// shows by chance.
class MemoryChannel final : public Infra::Detail::TelemetryChannel
{
public:
    Infra::Result<void> publish(const Infra::Detail::InstanceRow &instance, const Infra::Detail::FrameRow &frame,
                                Infra::Deadline deadline) override;
    Infra::Result<std::vector<Infra::Detail::InstanceRow>> instances(Infra::Deadline deadline) override;
    Infra::Result<std::vector<Infra::Detail::FrameRow>> frames(std::uint64_t after, int limit,
                                                               Infra::Deadline deadline) override;
    Infra::Result<std::uint64_t> appendEvent(const Infra::Detail::EventRow &event, Infra::Deadline deadline) override;
    Infra::Result<std::vector<Infra::Detail::EventRow>> events(std::uint64_t after, int limit,
                                                               Infra::Deadline deadline) override;

    // While set, every call fails with it.
    void setError(std::optional<Infra::Error> error);
    // What publish() got, also when it was told to fail.
    [[nodiscard]] std::size_t publishCalls() const;
    [[nodiscard]] std::vector<Infra::Detail::FrameRow> allFrames() const;
    void appendFrame(Infra::Detail::FrameRow frame);
    void appendInstance(const Infra::Detail::InstanceRow &instance);
    // As if the store had been replaced by an empty one.
    void clear();

private:
    mutable Infra::Detail::Mutex m_mutex;
    std::optional<Infra::Error> m_error INFRA_GUARDED_BY(m_mutex);
    std::size_t m_publishCalls INFRA_GUARDED_BY(m_mutex) = 0;
    std::map<QByteArray, Infra::Detail::InstanceRow> m_instances INFRA_GUARDED_BY(m_mutex);
    std::vector<Infra::Detail::FrameRow> m_frames INFRA_GUARDED_BY(m_mutex);
    std::vector<Infra::Detail::EventRow> m_events INFRA_GUARDED_BY(m_mutex);
};

} // namespace InfraTest
