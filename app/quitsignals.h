// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>

namespace InfraConsole {

// While it lives, SIGINT and SIGTERM end the event loop in good order instead of the process. One at a time.
class QuitSignals : public QObject
{
    Q_OBJECT

public:
    explicit QuitSignals(QObject *parent = nullptr);
    ~QuitSignals() override;
};

} // namespace InfraConsole
