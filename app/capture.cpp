// SPDX-License-Identifier: GPL-3.0-or-later
#include "capture.h"

#include "mainwindow.h"
#include "pages/page.h"

#include <QApplication>
#include <QPixmap>

#include <cstdio>

namespace InfraConsole {

using namespace std::chrono_literals;

namespace {

constexpr auto Tick = 100ms;
// Ticks: how long a demo collects, how long a page may wait for its data, and for its picture to settle.
constexpr int DemoCollects = 130;
constexpr int PageWaits = 40;
constexpr int PageSettles = 4;
constexpr std::chrono::seconds DemoRange{30};

constexpr const char *Names[] = {"overview", "caches", "keys", "pools", "services", "events"};

} // namespace

Infra::Result<std::unique_ptr<Capture>> Capture::create(const QString &path, MainWindow &window)
{
    QDir directory(path);
    if (!directory.mkpath(QStringLiteral(".")))
        return Infra::failure(Infra::Error::Kind::Io, tr("Cannot create the directory %1.").arg(path));
    return std::unique_ptr<Capture>(new Capture(directory, window));
}

Capture::Capture(QDir directory, MainWindow &window) : m_directory(std::move(directory)), m_window(window)
{
    m_timer.setInterval(Tick);
    connect(&m_timer, &QTimer::timeout, this, &Capture::step);
}

Capture::~Capture() = default;

void Capture::start(Session *session, bool isDemo)
{
    m_session = session;
    m_ticksBefore = isDemo ? DemoCollects : 15;
    if (isDemo)
        m_window.viewContext().setTimeRange({DemoRange, std::nullopt});
    m_timer.start();
}

void Capture::step()
{
    ++m_ticks;
    if (m_page < 0) {
        if (m_ticks < m_ticksBefore)
            return;
        m_page = 0;
        m_ticks = 0;
        m_window.goTo(static_cast<PageId>(m_page));
        if (Page *const page = m_window.currentPage())
            page->prepareCapture();
        return;
    }
    Page *const page = m_window.page(static_cast<PageId>(m_page));
    if (page) {
        if (m_ticks < PageSettles || (!page->isReadyForCapture() && m_ticks < PageWaits))
            return;
        if (!write(QString::fromLatin1(Names[m_page]), &m_window)) {
            m_timer.stop();
            QCoreApplication::exit(2);
            return;
        }
    }
    m_ticks = 0;
    if (++m_page == PageCount) {
        m_timer.stop();
        QCoreApplication::quit();
        return;
    }
    m_window.goTo(static_cast<PageId>(m_page));
    if (Page *const next = m_window.page(static_cast<PageId>(m_page)))
        next->prepareCapture();
}

bool Capture::write(const QString &name, QWidget *widget)
{
    const QString path = m_directory.filePath(name + QStringLiteral(".png"));
    if (widget->grab().save(path))
        return true;
    std::fprintf(stderr, "infra-console: %s\n", qPrintable(tr("Cannot write %1.").arg(path)));
    return false;
}

} // namespace InfraConsole
