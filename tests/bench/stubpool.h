// SPDX-License-Identifier: MIT
#pragma once

#include "figures.h"
#include "peerprocess.h"
#include "stubconnector.h"

#include <infra/connectionpool.h>

#include <chrono>
#include <functional>
#include <memory>

namespace InfraTest {

// Our pool over a driver that does nothing, and HikariCP over another.
namespace StubPool {

// Returns when `minimum` connections are idle.
[[nodiscard]] std::unique_ptr<Infra::ConnectionPool> make(const std::shared_ptr<StubConnector> &connector, int minimum,
                                                          int maximum);
void onThreads(int threads, const std::function<void()> &body);
// Cycles of acquire and release per second of all threads together.
[[nodiscard]] double contend(int threads, int connections, std::chrono::milliseconds time);
// Null, with the peer named as missing, when it is not there.
[[nodiscard]] std::unique_ptr<PeerProcess> startHikari(Figures &figures);

} // namespace StubPool

} // namespace InfraTest
