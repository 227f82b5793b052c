// SPDX-License-Identifier: MIT
#include "fixture.h"
#include "measures.h"

#include "application.h"
#include "mainwindow.h"
#include "session/livesession.h"
#include "settings.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QSettings>
#include <QTemporaryDir>

#include <cstdio>

namespace InfraBench {

using namespace std::chrono_literals;
using namespace InfraConsole;

int showStart(const QString &url)
{
    const QTemporaryDir home;
    CommandLine commandLine;
    commandLine.store = url;
    Application console(commandLine, std::make_unique<Settings>(std::make_unique<QSettings>(
                                         home.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat)));
    if (const auto started = console.start(); !started)
        die(started.error().message);
    const bool live = spinUntil(20s, [&console] {
        const SnapshotPointer snapshot = console.session()->snapshot();
        return snapshot->source == SourceState::Live && !snapshot->caches.empty();
    });
    if (!live)
        die(QStringLiteral("no live data"));
    // Painted as well.
    console.window()->grab();
    std::puts("shown");
    std::fflush(stdout);
    return 0;
}

int measureStart(const Scale &scale)
{
    const FilledStore store(scale.rows);
    const Publishers publishers(store.url(), 5, 8, scale.history);
    InfraTest::Samples took;
    for (int round = 0; round < 7; ++round) {
        QProcess child;
        child.setProcessChannelMode(QProcess::ForwardedErrorChannel);
        QElapsedTimer timer;
        timer.start();
        child.start(QCoreApplication::applicationFilePath(), {QStringLiteral("showstart"), store.url()});
        QByteArray said;
        while (!said.contains("shown")) {
            if (!child.waitForReadyRead(30'000))
                die(QStringLiteral("the window does not come"));
            said += child.readAllStandardOutput();
        }
        took.values.push_back(static_cast<double>(timer.nsecsElapsed()) / 1e6);
        child.waitForFinished();
    }
    figures().addAbsolute(QStringLiteral("start to live data"), took, QStringLiteral("ms"), 1000, InfraTest::Figures::Bound::AtMost);
    return 0;
}

} // namespace InfraBench
