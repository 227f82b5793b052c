// SPDX-License-Identifier: MIT
#pragma once

#include "memorychannel.h"

#include <telemetry/framecodec.h>

#include <infra/manualclock.h>
#include <infra/telemetryreader.h>

namespace InfraTest {

// A publisher without a thread: one instance whose frames a test writes by hand.
class WrittenProcess
{
public:
    WrittenProcess(std::shared_ptr<MemoryChannel> channel, Infra::ManualClock &clock, QByteArray id, int framesPerKeyframe = 10,
                   std::chrono::milliseconds interval = std::chrono::seconds(1))
        : m_channel(std::move(channel)), m_clock(clock), m_encoder(framesPerKeyframe), m_interval(interval), m_started(clock.steadyNow())
    {
        m_row.id = std::move(id);
        m_row.service = QStringLiteral("orders");
        m_row.startedAt = clock.systemNow();
    }

    void publish()
    {
        if (auto payload = encode(); !m_isLost) {
            m_row.lastSeenAt = m_clock.systemNow();
            m_channel->appendInstance(m_row);
            m_channel->appendFrame({0, m_row.id, m_clock.systemNow(), payload});
        }
    }
    [[nodiscard]] QByteArray encode()
    {
        Infra::ComponentSnapshot cache{Infra::ComponentSnapshot::Kind::Cache, "users",
                                       {Infra::counterMetric(Infra::MetricName::CacheGets, hits, {{"result", "hit"}}),
                                        Infra::counterMetric(Infra::MetricName::CacheGets, misses, {{"result", "miss"}}),
                                        Infra::gaugeMetric(Infra::MetricName::CacheEntries, entries, {{"tier", "memory"}}),
                                        Infra::histogramMetric(Infra::MetricName::CacheLoadDuration, loads.snapshot())}};
        std::vector<Infra::ComponentSnapshot> components{cache};
        if (hasSecondRegion)
            components.insert(components.begin(), {Infra::ComponentSnapshot::Kind::Cache, "a-new-one", cache.metrics});
        return m_encoder.encode(std::move(components), std::chrono::floor<std::chrono::milliseconds>(m_clock.steadyNow() - m_started), m_interval);
    }
    // The next frames are encoded, and never arrive.
    void setLost(bool lost) { m_isLost = lost; }
    void requireKeyframe() { m_encoder.requireKeyframe(); }

    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    double entries = 0;
    Infra::Histogram loads;
    bool hasSecondRegion = false;

private:
    std::shared_ptr<MemoryChannel> m_channel;
    Infra::ManualClock &m_clock;
    Infra::Detail::FrameEncoder m_encoder;
    std::chrono::milliseconds m_interval;
    Infra::SteadyTime m_started;
    Infra::Detail::InstanceRow m_row;
    bool m_isLost = false;
};

inline Infra::MetricSelector selector(const char *metric, Infra::Metric::Attributes attributes = {}, QByteArrayList instances = {})
{
    return {Infra::ComponentSnapshot::Kind::Cache, "users", metric, std::move(attributes), std::move(instances)};
}

inline const Infra::Metric::Attributes Hit{{"result", "hit"}};

} // namespace InfraTest
