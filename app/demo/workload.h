// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "readings.h"

#include <infra/cache.h>
#include <infra/correlationcache.h>
#include <infra/serviceclient.h>

#include <QFuture>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

namespace InfraDemo {

// Thread safety: setPeers() may be called from any thread; the rest belongs to the thread that created it.
//
// What a service does all day, on a thread of its own ("demo-load"): asks for correlations, a few of them far more
// often than others, and for descriptions of sensors, calls its peers, and sometimes changes or invalidates something.
// The rate swells and ebbs within two minutes. The same seed asks for the same things.
class Workload
{
public:
    struct Parts
    {
        Infra::CorrelationCache &correlations;
        Infra::Cache &descriptions;
        Infra::Cache &answers;
        const Readings &readings;
    };

    Workload(Parts parts, std::uint64_t seed, double load);
    ~Workload();
    Workload(const Workload &) = delete;
    Workload &operator=(const Workload &) = delete;

    // The first is the next in the ring. The clients must outlive the workload.
    void setPeers(std::vector<Infra::ServiceClient *> peers);

    // A sensor's description, computed from its readings when nobody did lately.
    [[nodiscard]] static Infra::Result<Infra::Cache::Value> description(Infra::Cache &descriptions, const Readings &readings,
                                                                        int sensor, Infra::Deadline deadline);

private:
    void run();
    void step();
    void askForCorrelation();
    void askForDescription();
    void askPeer();
    void changeSomething();
    [[nodiscard]] int popularSensor();
    [[nodiscard]] int below(int bound);

    Parts m_parts;
    double m_load;
    std::mt19937_64 m_random;
    std::deque<QFuture<Infra::ServiceResult>> m_calls; // Bounded: a call is skipped when too many are out.

    std::mutex m_mutex;
    std::condition_variable m_condition;
    bool m_stopping = false;
    std::vector<Infra::ServiceClient *> m_peers;
    std::thread m_thread;
};

// Thread safety: belongs to the thread that created it.
//
// Now and then borrows every connection of a pool for some seconds, as a forgotten report would, on a thread of its own
// ("demo-squeeze").
class PoolSqueeze
{
public:
    struct Rhythm
    {
        std::chrono::milliseconds first{15'000};
        std::chrono::milliseconds every{45'000};
        std::chrono::milliseconds held{4'000};
    };

    PoolSqueeze(Infra::ConnectionPool &pool, Rhythm rhythm);
    ~PoolSqueeze();
    PoolSqueeze(const PoolSqueeze &) = delete;
    PoolSqueeze &operator=(const PoolSqueeze &) = delete;

private:
    void run();
    [[nodiscard]] bool wait(std::chrono::milliseconds duration);

    Infra::ConnectionPool &m_pool;
    const Rhythm m_rhythm;
    std::mutex m_mutex;
    std::condition_variable m_condition;
    bool m_stopping = false;
    std::thread m_thread;
};

} // namespace InfraDemo
