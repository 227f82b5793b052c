// SPDX-License-Identifier: MIT
#pragma once

#include <QString>

namespace InfraTorture {

// Mounts an empty file system of `bytes` at a directory, in a mount namespace of this process: it goes with the process
// and nobody else sees it. False, and the reason, where that is not allowed. Call while there is one thread.
[[nodiscard]] bool mountSmallDisk(const QString &directory, qint64 bytes, QString *reason);
void unmountSmallDisk(const QString &directory);

} // namespace InfraTorture
