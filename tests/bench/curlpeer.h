// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>

#include <vector>

namespace InfraTest {

// libcurl as a peer of `infra-bench client`: in this process and thread, with kept connections.
namespace CurlPeer {

// Whether the bench was built with it.
[[nodiscard]] bool isAvailable();
// Nanoseconds of each of `count` GETs, one after the other. Ends the process when an answer is not `size` bytes long.
[[nodiscard]] std::vector<double> sequential(const QByteArray &url, int count, qsizetype size);
// Requests per second with `workers` GETs at any time.
[[nodiscard]] double parallel(const QByteArray &url, int count, int workers, qsizetype size);

} // namespace CurlPeer

} // namespace InfraTest
