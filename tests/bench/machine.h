// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonObject>
#include <QString>

namespace InfraTest {

// What figures depend on: cores, processor, memory, kernel, versions, how busy the machine was at this moment.
[[nodiscard]] QJsonObject describeMachine();
// The same as half a sentence: "2 cores of AMD EPYC (virtual machine), 23.4 GiB, Linux 6.1, …".
[[nodiscard]] QString machineText(const QJsonObject &machine);
// Bytes that new memory may take without swapping; 0 when that cannot be told.
[[nodiscard]] double availableMemory();

} // namespace InfraTest
