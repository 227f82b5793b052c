// SPDX-License-Identifier: GPL-3.0-or-later
#include "capture.h"

#include "mainwindow.h"
#include "pages/invalidationdialog.h"
#include "pages/page.h"

#include <QAction>
#include <QApplication>
#include <QDialog>
#include <QPixmap>

#include <array>
#include <cstdio>
#include <functional>
#include <utility>

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
    if (m_page >= PageCount) {
        const auto *const counting = m_window.findChild<InvalidationDialog *>();
        if (m_ticks < PageSettles || (counting && counting->isCounting() && m_ticks < PageWaits))
            return;
        m_ticks = 0;
        ++m_page;
        captureDialog();
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
    if (++m_page >= PageCount) {
        captureDialog();
        return;
    }
    m_window.goTo(static_cast<PageId>(m_page));
    if (Page *const next = m_window.page(static_cast<PageId>(m_page)))
        next->prepareCapture();
}

// One a round: opened when the one before it is on disk, written when it has come to rest.
void Capture::captureDialog()
{
    const std::array<std::pair<const char *, std::function<void()>>, 6> dialogs{{
        {"dialog-invalidate", [this] {
             const SnapshotPointer snapshot = m_session->snapshot();
             m_window.openInvalidation(snapshot->caches.empty() ? QByteArray() : snapshot->caches.front().region, Infra::Target::region());
         }},
        {"dialog-service", [this] { trigger(QStringLiteral("addService")); }},
        {"dialog-settings", [this] { m_window.openSettings(); }},
        {"dialog-shortcuts", [this] { trigger(QStringLiteral("shortcuts")); }},
        {"dialog-about", [this] { trigger(QStringLiteral("about")); }},
        {"dialog-commands", [this] { m_window.openPalette(); }},
    }};
    const auto number = static_cast<std::size_t>(m_page - PageCount);
    if (number > 0 && number - 1 < dialogs.size()) {
        // The command palette lies in the window; every other dialog is a window of its own.
        QDialog *const dialog = m_window.findChild<QDialog *>();
        QWidget *const shown = dialog && dialog->isVisible() ? static_cast<QWidget *>(dialog) : &m_window;
        if (!write(QString::fromLatin1(dialogs[number - 1].first), shown)) {
            m_timer.stop();
            QCoreApplication::exit(2);
            return;
        }
        delete dialog;
    }
    if (number >= dialogs.size()) {
        m_timer.stop();
        QCoreApplication::quit();
        return;
    }
    dialogs[number].second();
}

void Capture::trigger(const QString &action)
{
    if (auto *const found = m_window.findChild<QAction *>(action))
        found->trigger();
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
