// SPDX-License-Identifier: MIT
#pragma once

#include "faultystore.h"

#include <infra/cache.h>
#include <infra/manualclock.h>

#include <chrono>
#include <memory>
#include <optional>
#include <thread>

namespace InfraTest {

// A manual clock, a store on it, and caches on that. Two caches are like two processes.
struct CacheFixture
{
    Infra::ManualClock clock;
    std::shared_ptr<FaultyStore> store = std::make_shared<FaultyStore>(clock);

    [[nodiscard]] std::unique_ptr<Infra::Cache> open(const Infra::CacheOptions &options = {}) const
    {
        auto cache = Infra::Cache::create(store, QByteArrayLiteral("region"), options, clock);
        return cache ? *std::move(cache) : nullptr;
    }
    // So that a test can wait for threads of the cache without sleeping.
    template<class Condition>
    [[nodiscard]] static bool eventually(Condition condition)
    {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end)
                return false;
            std::this_thread::yield();
        }
        return true;
    }
};

inline Infra::Cache::Value valueOf(const Infra::Result<Infra::Cache::Value> &result)
{
    return result ? *result : Infra::Cache::Value(QByteArrayLiteral("unexpected error"));
}

template<class T>
std::optional<Infra::Error::Kind> errorOf(const Infra::Result<T> &result)
{
    return result ? std::nullopt : std::optional(result.error().kind);
}

} // namespace InfraTest
