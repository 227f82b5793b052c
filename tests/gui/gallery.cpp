// SPDX-License-Identifier: MIT
// Renders every page with made-up data into PNG files, light and dark: for looking at. Not a test.
//   infra-gallery DIRECTORY [WIDTHxHEIGHT]
#include "fakesession.h"
#include "mainwindow.h"
#include "pages/cachespage.h"
#include "pages/invalidationdialog.h"
#include "pages/keyspage.h"
#include "pages/page.h"
#include "pages/poolspage.h"
#include "settings.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QDir>
#include <QSettings>
#include <QTemporaryDir>
#include <QVBoxLayout>

using namespace InfraConsole;

namespace {

void shoot(QWidget *content, const QString &path, const QSize &size)
{
    QWidget frame;
    auto *const column = new QVBoxLayout(&frame);
    column->setContentsMargins(Spacing::Page, Spacing::Page, Spacing::Page, Spacing::Page);
    column->addWidget(content);
    frame.resize(size);
    frame.show();
    for (int i = 0; i < 20; ++i)
        QApplication::processEvents();
    frame.grab().save(path);
    content->setParent(nullptr);
}

// Every page in the whole window.
void shootWindow(InfraTest::FakeSession &session, const QDir &directory, const QString &suffix, const QSize &size)
{
    const QTemporaryDir home;
    Settings settings(std::make_unique<QSettings>(home.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat));
    MainWindow window(settings);
    window.resize(size);
    window.setSession(&session);
    window.show();
    for (int page = 0; page < PageCount; ++page) {
        window.goTo(static_cast<PageId>(page));
        window.currentPage()->prepareCapture();
        session.publish();
        for (int i = 0; i < 20; ++i)
            QApplication::processEvents();
        window.grab().save(directory.filePath(QStringLiteral("window%1").arg(page + 1) + suffix));
    }
}

} // namespace

int main(int argc, char **argv)
{
    QApplication application(argc, argv);
    const QStringList arguments = application.arguments();
    const QDir directory(arguments.value(1, QStringLiteral(".")));
    const QStringList parts = arguments.value(2, QStringLiteral("1280x800")).split(QLatin1Char('x'));
    // What the window's navigation, header and status bar leave.
    const QSize size(parts.value(0).toInt() - 190, parts.value(1).toInt() - 90);
    for (const bool dark : {false, true}) {
        QApplication::setPalette(dark ? Theme::darkPalette() : Theme::lightPalette());
        const QString suffix = dark ? QStringLiteral("-dark.png") : QStringLiteral("-light.png");
        InfraTest::FakeSession session;
        ViewContext view;
        CachesPage caches(session, view);
        const auto feed = [&](Page &page) {
            page.setSnapshot(session.snapshot());
            page.prepareCapture();
            session.setWatchedSeries(page.watchedSeries());
            page.setSnapshot(session.snapshot());
        };
        feed(caches);
        shoot(&caches, directory.filePath(QStringLiteral("caches") + suffix), size);
        caches.setMerged(false);
        feed(caches);
        PoolsPage pools(session, view);
        feed(pools);
        shoot(&pools, directory.filePath(QStringLiteral("pools") + suffix), size);
        KeysPage keys(session, view);
        keys.setSnapshot(session.snapshot());
        keys.showSubject(QStringLiteral("orders"));
        for (int i = 0; i < 20; ++i)
            QApplication::processEvents();
        keys.prepareCapture();
        shoot(&keys, directory.filePath(QStringLiteral("keys") + suffix), size);
        auto *const dialog = new InvalidationDialog(session, "orders", Infra::Target::prefix("order:7:"));
        dialog->show();
        for (int i = 0; i < 20; ++i)
            QApplication::processEvents();
        dialog->grab().save(directory.filePath(QStringLiteral("invalidate") + suffix));
        delete dialog;
        shootWindow(session, directory, suffix, size + QSize(190, 90));
        view.setCrosshair(session.snapshot()->at - std::chrono::seconds(96));
        shoot(&caches, directory.filePath(QStringLiteral("caches-instances") + suffix), size);
    }
    return 0;
}
