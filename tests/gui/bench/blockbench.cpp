// SPDX-License-Identifier: MIT
#include "fixture.h"
#include "measures.h"
#include "watchdog.h"
#include "window.h"

#include "models/keytablemodel.h"
#include "pages/keyspage.h"

#include <QElapsedTimer>
#include <QFile>
#include <QScrollBar>
#include <QSqlDatabase>
#include <QSqlQuery>
#include <QTableView>
#include <QTcpServer>

#include <thread>

namespace InfraBench {

using namespace std::chrono_literals;
using namespace InfraConsole;

namespace {

// A foreign program that keeps both files locked; `locked` tells when it has them.
enum class Locking { Waits, Holds, Ended };

void lockFiles(const QString &path, std::chrono::milliseconds duration, std::atomic<Locking> &state)
{
    const QStringList names{QStringLiteral("bench-lock-0"), QStringLiteral("bench-lock-1")};
    {
        const QStringList files{path, path + QStringLiteral(".telemetry")};
        for (int file = 0; file < 2; ++file) {
            QSqlDatabase database = QSqlDatabase::addDatabase(QStringLiteral("QSQLITE"), names.at(file));
            database.setDatabaseName(files.at(file));
            database.setConnectOptions(QStringLiteral("QSQLITE_BUSY_TIMEOUT=5000"));
            if (!database.open())
                die(QStringLiteral("cannot open %1 to lock it").arg(files.at(file)));
            if (!QSqlQuery(database).exec(QStringLiteral("BEGIN EXCLUSIVE")))
                die(QStringLiteral("cannot lock %1").arg(files.at(file)));
        }
        state = Locking::Holds;
        std::this_thread::sleep_for(duration);
        for (const QString &name : names)
            QSqlDatabase::database(name).close();
    }
    for (const QString &name : names)
        QSqlDatabase::removeDatabase(name);
    state = Locking::Ended;
}

class Blocks
{
public:
    void note(const char *what)
    {
        const Watchdog::Report report = m_watchdog.take();
        say(what, QStringLiteral("longest %1, 99.9 % within %2 (%3 samples)")
                      .arg(milliseconds(report.longestMilliseconds), milliseconds(report.p999Milliseconds))
                      .arg(report.samples),
            "<= 50 ms, <= 16 ms");
        m_missed = m_missed || report.longestMilliseconds > 50 || report.p999Milliseconds > 16;
    }
    void forget() { static_cast<void>(m_watchdog.take()); }
    [[nodiscard]] bool missed() const { return m_missed; }

private:
    Watchdog m_watchdog;
    bool m_missed = false;
};

void browse(Window &console, std::chrono::milliseconds during)
{
    console.window().goTo(PageId::Keys, QStringLiteral("orders"));
    auto *const page = qobject_cast<KeysPage *>(console.window().page(PageId::Keys));
    QElapsedTimer timer;
    timer.start();
    int step = 0;
    while (timer.elapsed() < during.count()) {
        QScrollBar *const bar = page->view()->verticalScrollBar();
        bar->setValue(step % 7 == 6 ? 0 : bar->maximum());
        if (step % 40 == 20)
            page->setFilter(KeysPage::FilterKind::Pattern, QStringLiteral("*7:*9"));
        if (step % 40 == 30)
            page->setFilter(KeysPage::FilterKind::Prefix, QStringLiteral("order:0%1").arg(step % 10));
        if (step % 40 == 0)
            page->setFilter(KeysPage::FilterKind::Prefix, QString());
        ++step;
        spin(50ms);
    }
    say("  keys listed by then", QString::number(page->model()->rowCount()));
}

} // namespace

int measureBlocks(int rows)
{
    const FilledStore store(rows);
    QTcpServer hanging; // Accepts and never answers.
    hanging.listen(QHostAddress::LocalHost);
    std::vector<Infra::ServiceEndpoint> services;
    for (int i = 0; i < 5; ++i)
        services.push_back({QStringLiteral("hanging-%1").arg(i), QUrl(QStringLiteral("http://127.0.0.1:%1").arg(hanging.serverPort()))});
    auto publishers = std::make_unique<Publishers>(store.url(), 5, 8, 300s);
    Window console(store.url(), services);
    console.waitForData(8);
    for (int page = 0; page < PageCount; ++page) {
        console.window().goTo(static_cast<PageId>(page));
        spin(300ms);
    }
    Blocks blocks;
    console.walkPages(8s);
    blocks.note("pages walked with live data");

    console.window().goTo(PageId::Services);
    for (int round = 0; round < 8; ++round) {
        console.session().checkAllServices();
        console.walkPages(800ms);
    }
    blocks.note("services hanging");

    browse(console, 12s);
    blocks.note("1 million keys browsed");

    std::atomic locking = Locking::Waits;
    std::thread locker([&] { lockFiles(store.path(), 10s, locking); });
    spinUntil(12s, [&locking] { return locking != Locking::Waits; });
    blocks.forget();
    while (locking != Locking::Ended)
        console.walkPages(1s);
    locker.join();
    blocks.note("store locked for 10 s");
    console.waitForData(8);
    blocks.forget();

    auto invalidation = console.session().invalidate("orders", Infra::Target::region());
    int steps = 0;
    while (!invalidation.isFinished() && ++steps < 300)
        console.walkPages(400ms);
    if (!invalidation.isFinished() || !invalidation.result())
        die(QStringLiteral("the region was not invalidated: %1")
                .arg(invalidation.isFinished() ? invalidation.result().error().message : QStringLiteral("not finished")));
    say("  entries invalidated meanwhile", QString::number(invalidation.result()->report.entries));
    blocks.note("region of 1 million rows invalidated");

    publishers.reset();
    for (const char *suffix : {"", "-wal", "-shm", ".coherence", ".telemetry", ".telemetry-wal", ".telemetry-shm"})
        QFile::remove(store.path() + QLatin1String(suffix));
    console.walkPages(6s);
    blocks.note("file deleted");
    return blocks.missed() ? 1 : 0;
}

} // namespace InfraBench
