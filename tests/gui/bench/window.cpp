// SPDX-License-Identifier: MIT
#include "window.h"

#include "fixture.h"

#include <QElapsedTimer>
#include <QSettings>

namespace InfraBench {

using namespace std::chrono_literals;
using namespace InfraConsole;

Window::Window(const QString &url, std::vector<Infra::ServiceEndpoint> services)
{
    m_settings = std::make_unique<Settings>(
        std::make_unique<QSettings>(m_home.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat));
    SessionOptions options;
    options.storeUrl = url;
    options.sourceName = QStringLiteral("cache.db");
    options.services = std::move(services);
    options.health.interval = 2s;
    m_session = std::make_unique<LiveSession>(std::move(options));
    m_window = std::make_unique<MainWindow>(*m_settings);
    m_window->resize(1280, 800);
    m_session->start();
    m_window->setSession(m_session.get());
    m_window->show();
}

Window::~Window()
{
    close();
}

void Window::waitForData(int regions)
{
    if (!spinUntil(20s, [this, regions] {
            return m_session->snapshot()->source == SourceState::Live && static_cast<int>(m_session->snapshot()->caches.size()) >= regions;
        }))
        die(QStringLiteral("no live data within 20 s: %1").arg(m_session->snapshot()->sourceMessage));
}

void Window::walkPages(std::chrono::milliseconds during)
{
    QElapsedTimer timer;
    timer.start();
    for (int page = 0; timer.elapsed() < during.count(); ++page) {
        m_window->goTo(static_cast<PageId>(page % PageCount));
        spin(400ms);
    }
}

void Window::close()
{
    if (m_window) {
        m_window->close();
        m_window->setSession(nullptr);
    }
    m_session.reset();
    m_window.reset();
}

} // namespace InfraBench
