// SPDX-License-Identifier: MIT
#include "poollogging.h"

namespace Infra::Detail {

Q_LOGGING_CATEGORY(poolLog, "infra.pool", QtInfoMsg)

QString borrowerText(const std::source_location &location)
{
    const QString path = QString::fromUtf8(location.file_name());
    return path.mid(path.lastIndexOf(u'/') + 1) + u':' + QString::number(location.line()) + u' '
        + QString::fromUtf8(location.function_name());
}

} // namespace Infra::Detail
