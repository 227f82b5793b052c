// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonArray>
#include <QString>

namespace InfraTest {

// README's table "what | figure | aim | command": a line for each row with an aim or a peer, of `benchmarks`, each an
// object with "command" and the "rows" of its Figures.
[[nodiscard]] QString markdownTable(const QJsonArray &benchmarks);

} // namespace InfraTest
