// SPDX-License-Identifier: GPL-3.0-or-later
#include "workload.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <algorithm>
#include <cmath>
#include <numbers>

#include <pthread.h>

namespace InfraDemo {

using Infra::Result;
using namespace std::chrono_literals;

namespace {

constexpr double StepsPerSecond = 60; // At a load of 1, on average.
constexpr std::size_t MaximumCalls = 8;
constexpr auto QueryTimeout = 1500ms;

QByteArray sensorKey(int sensor)
{
    return "sensor/" + QByteArray::number(sensor);
}

QByteArray answerKey(int number)
{
    return "answer/" + QByteArray::number(number);
}

} // namespace

Workload::Workload(Parts parts, std::uint64_t seed, double load)
    : m_parts(parts), m_load(load), m_random(seed), m_thread([this] { run(); })
{
}

Workload::~Workload()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_condition.notify_all();
    m_thread.join();
}

void Workload::setPeers(std::vector<Infra::ServiceClient *> peers)
{
    const std::lock_guard lock(m_mutex);
    m_peers = std::move(peers);
}

void Workload::run()
{
    ::pthread_setname_np(::pthread_self(), "demo-load");
    const auto begin = std::chrono::steady_clock::now();
    const double phase = std::uniform_real_distribution<double>(0, 2 * std::numbers::pi)(m_random);
    std::unique_lock lock(m_mutex);
    while (!m_stopping) {
        const double time = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        const double rate = m_load * StepsPerSecond * (1 + 0.6 * std::sin(phase + time * 2 * std::numbers::pi / 120));
        const auto pause = rate > 0 ? std::chrono::duration<double>(1 / rate) : std::chrono::duration<double>(1);
        m_condition.wait_for(lock, pause, [this] { return m_stopping; });
        if (m_stopping || rate <= 0)
            continue;
        lock.unlock();
        step();
        lock.lock();
    }
    lock.unlock();
    m_calls.clear(); // Dropping a future aborts its call.
}

void Workload::step()
{
    const int choice = below(100);
    if (choice < 62)
        askForCorrelation();
    else if (choice < 80)
        askForDescription();
    else if (choice < 90)
        (void)m_parts.answers.get(answerKey(below(2000)));
    else if (choice < 98)
        askPeer();
    else
        changeSomething();
}

void Workload::askForCorrelation()
{
    const int first = popularSensor();
    const int second = (first + 1 + below(Readings::SensorCount - 1)) % Readings::SensorCount;
    // A failure shows in the statistics, which is what the demo is for.
    (void)m_parts.correlations.getOrCompute(
        Readings::sensorName(first), Readings::sensorName(second),
        [this, first, second] { return m_parts.readings.correlation(first, second, QueryTimeout); }, 2s);
}

Result<Infra::Cache::Value> Workload::description(Infra::Cache &descriptions, const Readings &readings, int sensor,
                                                  Infra::Deadline deadline)
{
    Infra::EntryOptions options = descriptions.options().entry;
    options.tags = {"rhythm-" + QByteArray::number(sensor % 5)};
    return descriptions.getOrCompute(
        sensorKey(sensor),
        [&readings, sensor]() -> Result<Infra::Cache::Value> {
            const auto series = readings.series(sensor, QueryTimeout);
            if (!series)
                return Infra::failure(series.error());
            const auto [low, high] = std::minmax_element(series->begin(), series->end());
            const QJsonObject object{{QStringLiteral("name"), Readings::sensorName(sensor)},
                                     {QStringLiteral("minimum"), *low},
                                     {QStringLiteral("maximum"), *high},
                                     {QStringLiteral("last"), series->back()}};
            return QJsonDocument(object).toJson(QJsonDocument::Compact);
        },
        options, deadline);
}

void Workload::askForDescription()
{
    (void)description(m_parts.descriptions, m_parts.readings, below(Readings::SensorCount), 2s);
}

void Workload::askPeer()
{
    std::vector<Infra::ServiceClient *> peers;
    {
        const std::lock_guard lock(m_mutex);
        peers = m_peers;
    }
    std::erase_if(m_calls, [](const auto &call) { return call.isFinished(); });
    if (peers.empty() || m_calls.size() >= MaximumCalls)
        return;
    // Half of the calls go round the ring, the others anywhere.
    const auto peer = below(2) == 0 ? 0U : static_cast<std::size_t>(below(static_cast<int>(peers.size())));
    const QString path = QStringLiteral("/items/%1").arg(below(Readings::SensorCount));
    if (below(4) != 0) {
        m_calls.push_back(peers[peer]->get(path));
        return;
    }
    const QJsonObject question{{QStringLiteral("first"), Readings::sensorName(popularSensor())},
                               {QStringLiteral("second"), Readings::sensorName(below(Readings::SensorCount))}};
    m_calls.push_back(peers[peer]->post(QStringLiteral("/correlate"), QJsonDocument(question)));
}

void Workload::changeSomething()
{
    const int sensor = below(Readings::SensorCount);
    switch (below(4)) {
    case 0:
        (void)m_parts.correlations.invalidateEntity(Readings::sensorName(sensor));
        break;
    case 1:
        (void)m_parts.descriptions.invalidate(Infra::Target::key(sensorKey(sensor)));
        break;
    default:
        (void)m_parts.answers.set(answerKey(below(2000)),
                                  QByteArray(64 + below(4000), static_cast<char>('a' + below(26))));
        break;
    }
}

// Squaring favours the low numbers: a quarter of the sensors gets half of the requests.
int Workload::popularSensor()
{
    const double draw = std::uniform_real_distribution<double>(0, 1)(m_random);
    return std::min(static_cast<int>(draw * draw * Readings::SensorCount), Readings::SensorCount - 1);
}

int Workload::below(int bound)
{
    return std::uniform_int_distribution<int>(0, bound - 1)(m_random);
}

PoolSqueeze::PoolSqueeze(Infra::ConnectionPool &pool, Rhythm rhythm)
    : m_pool(pool), m_rhythm(rhythm), m_thread([this] { run(); })
{
}

PoolSqueeze::~PoolSqueeze()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_condition.notify_all();
    m_thread.join();
}

// False when it is time to end.
bool PoolSqueeze::wait(std::chrono::milliseconds duration)
{
    std::unique_lock lock(m_mutex);
    return !m_condition.wait_for(lock, duration, [this] { return m_stopping; });
}

void PoolSqueeze::run()
{
    ::pthread_setname_np(::pthread_self(), "demo-squeeze");
    for (bool goOn = wait(m_rhythm.first); goOn; goOn = wait(m_rhythm.every)) {
        std::vector<Infra::PooledConnection> leases;
        const int most = m_pool.options().poolSize + m_pool.options().maxOverflow;
        while (static_cast<int>(leases.size()) < most) {
            auto lease = m_pool.acquire(200ms, Infra::ConnectionAccess::ReadOnly);
            if (!lease)
                break; // Nothing left for anybody.
            leases.push_back(std::move(*lease));
        }
        if (!wait(m_rhythm.held))
            return;
    }
}

} // namespace InfraDemo
