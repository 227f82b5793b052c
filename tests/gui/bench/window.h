// SPDX-License-Identifier: MIT
#pragma once

#include "mainwindow.h"
#include "session/livesession.h"
#include "settings.h"

#include <QTemporaryDir>

#include <memory>

namespace InfraBench {

// The console's window on a store, without what the operator's settings would bring in.
class Window
{
public:
    explicit Window(const QString &url, std::vector<Infra::ServiceEndpoint> services = {});
    ~Window();

    InfraConsole::MainWindow &window() { return *m_window; }
    InfraConsole::LiveSession &session() { return *m_session; }
    // Runs the event loop until data has arrived.
    void waitForData(int regions = 1);
    // Shows each page in turn while `during` goes on, a new one every 400 ms.
    void walkPages(std::chrono::milliseconds during);
    void close();

private:
    QTemporaryDir m_home;
    std::unique_ptr<InfraConsole::Settings> m_settings;
    std::unique_ptr<InfraConsole::LiveSession> m_session;
    std::unique_ptr<InfraConsole::MainWindow> m_window;
};

} // namespace InfraBench
